/** What the metadata of a weights file say: in the facts of a training, or, of weights alone, each on its own. */

/** The JSON under a key; undefined where the file says nothing of it, or it is no JSON. */
export function statedIn(
  metadata: Readonly<Record<string, string>>,
  key: 'config' | 'trainingData',
): unknown {
  const { training, [key]: own } = metadata;
  try {
    if (training !== undefined) return (JSON.parse(training) as Record<string, unknown>)[key];
    return own === undefined ? undefined : JSON.parse(own);
  } catch {
    return undefined;
  }
}
