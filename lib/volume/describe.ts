/** What an image holds, in numbers. */
import type { Affine, DatatypeName, Volume, VoxelArray } from '../formats/nifti';

/** Statistics of values, in float64. */
export interface Statistics {
  min: number;
  max: number;
  mean: number;
  /** Population standard deviation. */
  std: number;
  /** How many are not 0. */
  nonzero: number;
  /** How many are NaN or infinite; they are left out of min, max, mean and std. Absent if none. */
  nonFinite?: number;
}

/** One image: its position and its values (slope and intercept applied). */
export interface VolumeDescription extends Statistics {
  shape: readonly number[];
  /** The type in the file. */
  datatype: DatatypeName;
  axes: string;
  affine: Affine;
  /** Notes on the file; absent if none. */
  notes?: readonly string[];
}

/** Sums are sums of partial sums of so many values, so that rounding doesn't build up over millions. */
const BLOCK = 4096;

/** Statistics of all values, in two passes; NaN for min, max, mean and std where none is finite. */
export function statisticsOf(values: VoxelArray): Statistics {
  let [min, max, nonzero, finite] = [Infinity, -Infinity, 0, 0];
  const sum = sumOver(values, (value) => {
    if (value !== 0) nonzero += 1;
    if (!Number.isFinite(value)) return 0;
    finite += 1;
    if (value < min) min = value;
    if (value > max) max = value;
    return value;
  });
  const nonFinite = values.length - finite;
  if (finite === 0) return { min: NaN, max: NaN, mean: NaN, std: NaN, nonzero, nonFinite };
  const mean = sum / finite;
  const squares = sumOver(values, (value) => (Number.isFinite(value) ? (value - mean) ** 2 : 0));
  const std = Math.sqrt(squares / finite);
  return { min, max, mean, std, nonzero, ...(nonFinite > 0 ? { nonFinite } : {}) };
}

/** The sum of a term of each value, in float64. */
function sumOver(values: VoxelArray, term: (value: number) => number): number {
  let sum = 0;
  for (let start = 0; start < values.length; start += BLOCK) {
    const end = Math.min(start + BLOCK, values.length);
    let block = 0;
    for (let i = start; i < end; i++) block += term(values[i]);
    sum += block;
  }
  return sum;
}

/** Position and values of an image, as `mckd inspect` prints them. */
export function describeVolume({
  shape,
  datatype,
  axes,
  affine,
  values,
  notes = [],
}: Omit<Volume, 'notes'> & Partial<Pick<Volume, 'notes'>>): VolumeDescription {
  const found = { shape, datatype, axes, affine, ...statisticsOf(values) };
  return notes.length > 0 ? { ...found, notes } : found;
}
