/** `--set key=value` of the commands: overrides of a config. */
import { UserError } from '@mckd/lib/base';

/**
 * `["brats.width=0.5", "brats.augmentation=none"]` as nested overrides; values are JSON, or text if they
 * are not. Key and type are checked by `buildConfig`.
 * @throws UserError for a piece without `=`
 */
export function overridesOf(pieces: readonly string[]): Record<string, unknown> {
  const overrides: Record<string, unknown> = {};
  for (const piece of pieces) {
    const at = piece.indexOf('=');
    if (at < 1) {
      throw new UserError(`--set is "${piece}"; write key=value, such as brats.batchSize=2`, {
        code: 'BAD_VALUE',
        field: '--set',
        value: piece,
      });
    }
    const keys = piece.slice(0, at).split('.');
    const fault = (why: string): UserError =>
      new UserError(`--set is "${piece}", and ${why}`, {
        code: 'BAD_VALUE',
        field: '--set',
        value: piece,
      });
    // Set on an object, this name changes what the object is.
    if (keys.includes('__proto__')) throw fault('there is no setting __proto__; fix the name');
    const last = keys.pop() as string;
    let place = overrides;
    for (const key of keys) {
      // Own keys only: changing inherited ones, such as `constructor`, would change them for all.
      const inside = Object.hasOwn(place, key) ? place[key] : {};
      if (typeof inside !== 'object' || inside === null) {
        throw fault(`${key} was set to a value before; write each setting once`);
      }
      place = place[key] = inside as Record<string, unknown>;
    }
    place[last] = valueOf(piece.slice(at + 1));
  }
  return overrides;
}

/** `--precision` as a piece of `--set`. */
export function addPrecision(set: readonly string[], precision: string | undefined): string[] {
  return precision === undefined ? [...set] : [...set, `brats.precision=${precision}`];
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
