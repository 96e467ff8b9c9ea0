/** Gaussian blur and distances in volumes whose first index is fastest. */

type Shape = readonly number[];

/**
 * A volume blurred by a Gaussian along the given axes; 0 outside.
 *
 * @param values [X * Y * Z]
 * @param sigma standard deviation in voxels; 0 leaves the values as they are
 */
export function blur(
  values: ArrayLike<number>,
  shape: Shape,
  sigma: number,
  axes: readonly number[] = [0, 1, 2],
): Float32Array {
  let result: Float32Array = Float32Array.from(values);
  if (!(sigma > 0)) return result;
  const reach = Math.ceil(3 * sigma);
  const taps = Float32Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)),
  );
  const sum = taps.reduce((total, tap) => total + tap, 0);
  for (const axis of axes) result = convolveAxis(result, shape, axis, taps, sum);
  return result;
}

function convolveAxis(
  values: Float32Array,
  shape: Shape,
  axis: number,
  taps: Float32Array,
  sum: number,
): Float32Array {
  const size = shape[axis];
  const inner = shape.slice(0, axis).reduce((product, n) => product * n, 1);
  const reach = (taps.length - 1) / 2;
  const result = new Float32Array(values.length);
  for (let line = 0; line < values.length; line += size * inner) {
    for (let t = 0; t < taps.length; t++) {
      const weight = taps[t] / sum;
      const offset = (t - reach) * inner;
      const last = line + size * inner - Math.max(offset, 0);
      for (let j = line + Math.max(-offset, 0); j < last; j++) {
        result[j] += weight * values[j + offset];
      }
    }
  }
  return result;
}

/** The 26 neighbours of a voxel: steps along the axes and their length in voxels. */
export const NEIGHBOURS: readonly { step: readonly number[]; length: number }[] = [-1, 0, 1]
  .flatMap((dz) => [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => [dx, dy, dz])))
  .filter((step) => step.some((d) => d !== 0))
  .map((step) => ({ step, length: Math.hypot(...step) }));

/**
 * For each voxel the distance to the nearest source along steps to neighbours (at most 13 % above
 * the straight one), in voxels. The outermost layer is left at Infinity unless it is a source.
 *
 * @param isSource of the voxel at an index
 */
export function distanceTo(isSource: (index: number) => boolean, shape: Shape): Float32Array {
  const [x, y, z] = shape;
  const distance = new Float32Array(x * y * z);
  for (let i = 0; i < distance.length; i++) distance[i] = isSource(i) ? 0 : Infinity;
  const steps = NEIGHBOURS.map(({ step: [dx, dy, dz], length }) => ({
    offset: dx + x * (dy + y * dz),
    length,
  }));
  const relax = (index: number, before: typeof steps): void => {
    let least = distance[index];
    for (const { offset, length } of before) {
      const other = distance[index + offset] + length;
      if (other < least) least = other;
    }
    distance[index] = least;
  };
  const earlier = steps.filter(({ offset }) => offset < 0);
  const later = steps.filter(({ offset }) => offset > 0);
  for (let k = 1; k < z - 1; k++) {
    for (let j = 1; j < y - 1; j++) {
      for (let i = 1; i < x - 1; i++) relax(i + x * (j + y * k), earlier);
    }
  }
  for (let k = z - 2; k > 0; k--) {
    for (let j = y - 2; j > 0; j--) {
      for (let i = x - 2; i > 0; i--) relax(i + x * (j + y * k), later);
    }
  }
  return distance;
}
