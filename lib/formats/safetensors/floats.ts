/** Tensors of floats, checked. */
import { UserError } from '../../base/errors';
import type { SafetensorsFile } from './read';

export const FLOATS: readonly string[] = ['F32', 'F64', 'F16', 'BF16'];

export interface FloatsWanted {
  /** Default: any. */
  shape?: readonly number[];
  /** What to do about a fault, for its message. */
  fix: string;
}

/**
 * One tensor as float32.
 * @throws UserError for a name that isn't in the file, a type that is no float, another shape, or a value that isn't finite
 */
export async function readFloats(
  source: SafetensorsFile,
  name: string,
  { shape: wanted, fix }: FloatsWanted,
): Promise<{ shape: number[]; values: Float32Array }> {
  const { dtype, shape, values } = await source.tensor(name);
  const fits = wanted === undefined || wanted.join() === shape.join();
  if (!FLOATS.includes(dtype) || !fits) {
    const should = [FLOATS.join(' or '), ...(wanted ? [`[${wanted.join(', ')}]`] : [])].join(' ');
    throw new UserError(
      `${source.file}: ${name} is ${dtype} [${shape.join(', ')}] and should be ${should}; ${fix}`,
      { code: 'MISMATCH', file: source.file, field: name, value: shape },
    );
  }
  const floats = values instanceof Float32Array ? values : Float32Array.from(values, Number);
  const wrong = floats.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new UserError(
      `${source.file}: value ${wrong} of ${name} is ${floats[wrong]} and should be a finite float32; ${fix}`,
      { code: 'NOT_FINITE', file: source.file, field: name, value: floats[wrong] },
    );
  }
  return { shape: [...shape], values: floats };
}
