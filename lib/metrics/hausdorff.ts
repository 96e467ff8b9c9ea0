/** The 95 % Hausdorff distance of two masks. */
import { UserError } from '../base/errors';
import { EMPTY_HD95_MM, type MetricOptions } from './conventions';
import { distancesToNearest } from '../volume/nearest';
import { requireEqualLengths } from './overlap';
import { quantileOfSorted } from '../base/statistics';
import { surfaceVoxels } from '../volume/surface';

export interface HausdorffOptions extends MetricOptions {
  /** Edge lengths of a voxel in mm, [x, y, z]. Default: 1 mm. */
  spacing?: readonly number[];
}

const SHARE = 0.95;

/**
 * HD95 in mm: how far the surfaces lie apart, except for the worst 5 %. From each surface voxel of either
 * mask the distance to the nearest surface voxel of the other, between centres; then
 *
 * - `pooled` (MedPy's `hd95`): the 95th percentile of all these distances;
 * - `larger`: the 95th percentile of each direction, and the larger of the two.
 *
 * If one mask is empty: 374 by `brats` (0 if both are), else NaN.
 *
 * @param prediction [X * Y * Z], the first index fastest, not 0 inside
 * @param truth as `prediction`
 * @param shape [X, Y, Z]
 * @throws UserError when the masks don't fill the shape, or the spacing isn't three positive lengths
 */
export function hausdorff95(
  prediction: ArrayLike<number>,
  truth: ArrayLike<number>,
  shape: readonly number[],
  { convention = 'brats', hd95 = 'pooled', spacing = [1, 1, 1] }: HausdorffOptions = {},
): number {
  requireEqualLengths(
    prediction,
    truth,
    shape.reduce((product, size) => product * size, 1),
  );
  if (spacing.length !== 3 || !spacing.every((mm) => mm > 0 && Number.isFinite(mm))) {
    throw new UserError(
      `spacing is [${spacing.join(', ')}] and should be three positive lengths in mm; fix the affine`,
      { code: 'BAD_VALUE', field: 'spacing', value: spacing },
    );
  }
  const surfaces = [surfaceVoxels(prediction, shape), surfaceVoxels(truth, shape)];
  const empty = surfaces.filter(({ length }) => length === 0).length;
  if (empty > 0) return convention === 'nan' ? NaN : empty === 2 ? 0 : EMPTY_HD95_MM;

  const [there, back] = [surfaces, [...surfaces].reverse()].map(([from, to]) =>
    distancesToNearest(from, to, shape, spacing),
  );
  if (hd95 === 'larger') return Math.max(percentile(there), percentile(back));
  const both = new Float64Array(there.length + back.length);
  both.set(there);
  both.set(back, there.length);
  return percentile(both);
}

/** Sorts in place. */
function percentile(distances: Float64Array): number {
  return quantileOfSorted(distances.sort(), SHARE);
}
