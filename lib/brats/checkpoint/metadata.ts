/** The metadata of a weights file: in the facts of a training, or, of weights alone, one key each. */

/** The JSON under a key; undefined if the file lacks it, or it is no JSON. */
export function statedIn(
  metadata: Readonly<Record<string, string>>,
  key: 'config' | 'trainingData' | 'landmarks',
): unknown {
  const { training, [key]: own } = metadata;
  try {
    if (training !== undefined) return (JSON.parse(training) as Record<string, unknown>)[key];
    return own === undefined ? undefined : JSON.parse(own);
  } catch {
    return undefined;
  }
}
