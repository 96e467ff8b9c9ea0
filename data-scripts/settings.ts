/** `--set key=value` of the commands: overrides of a config. */
import { ReaderError } from '@mckd/lib/dist/errors';

/**
 * `["brats.width=0.5", "brats.augmentation=none"]` as nested overrides; values are JSON, or text where they
 * are none. Whether key and type exist is `buildConfig`'s to check.
 * @throws ReaderError for a piece without `=`
 */
export function overridesOf(pieces: readonly string[]): Record<string, unknown> {
  const overrides: Record<string, unknown> = {};
  for (const piece of pieces) {
    const at = piece.indexOf('=');
    if (at < 1) {
      throw new ReaderError(`--set is "${piece}"; write key=value, such as brats.batchSize=2`, {
        field: '--set',
        value: piece,
      });
    }
    const keys = piece.slice(0, at).split('.');
    const last = keys.pop() as string;
    let place = overrides;
    for (const key of keys) place = (place[key] ??= {}) as Record<string, unknown>;
    place[last] = valueOf(piece.slice(at + 1));
  }
  return overrides;
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
