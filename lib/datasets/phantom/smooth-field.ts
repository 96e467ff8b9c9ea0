/** Random fields that vary smoothly in space, on millimetres and not on voxels. */
import type { RandomStream } from '../../base/random';
import type { PhantomGrid } from './grid';

/** Half the edges of the box that control points are drawn for, mm; beyond it a field stays as at its edge. */
const HALF_MM = [120, 120, 84] as const;
/** Mean over space of the squared weights of a cubic B-spline, along one axis. */
const POWER_OF_ONE_AXIS = 151 / 315;

/**
 * A field of mean 0 and variance 1: uniform random numbers on control points, blended by cubic B-splines.
 * Control points lie at fixed places in space, so a stream gives the same field on every grid.
 *
 * @param controlMm distance of the control points; the field varies over about this distance
 * @returns [X * Y * Z], the first index fastest
 */
export function smoothField(
  stream: RandomStream,
  grid: PhantomGrid,
  controlMm: number,
): Float32Array {
  const axes = grid.shape.map((size, axis) =>
    splineAxis(size, grid.spacing, HALF_MM[axis], controlMm),
  );
  const [x, y, z] = axes.map(({ controls }) => controls);
  // A uniform number has variance 1/3.
  const amplitude = Math.sqrt(3 / POWER_OF_ONE_AXIS ** 3);
  let values: Float32Array = new Float32Array(x * y * z);
  for (let i = 0; i < values.length; i++) values[i] = amplitude * (2 * stream.uniform() - 1);
  values = blendAxis(values, axes[0], 1);
  values = blendAxis(values, axes[1], grid.shape[0]);
  return blendAxis(values, axes[2], grid.shape[0] * grid.shape[1]);
}

/** `target += scale * field`. */
export function addField(target: Float32Array, field: Float32Array, scale: number): void {
  for (let i = 0; i < target.length; i++) target[i] += scale * field[i];
}

interface SplineAxis {
  controls: number;
  /** For each voxel, the first of its four control points. */
  first: Int32Array;
  /** [voxels * 4] */
  weights: Float32Array;
}

function splineAxis(size: number, spacing: number, half: number, control: number): SplineAxis {
  const controls = Math.floor((2 * half) / control) + 4;
  const first = new Int32Array(size);
  const weights = new Float32Array(4 * size);
  for (let i = 0; i < size; i++) {
    const mm = (i - (size - 1) / 2) * spacing;
    const at = (Math.min(Math.max(mm, -half), half) + half) / control;
    first[i] = Math.floor(at);
    const t = at - first[i];
    weights.set(
      [
        (1 - t) ** 3 / 6,
        (3 * t ** 3 - 6 * t ** 2 + 4) / 6,
        (-3 * t ** 3 + 3 * t ** 2 + 3 * t + 1) / 6,
        t ** 3 / 6,
      ],
      4 * i,
    );
  }
  return { controls, first, weights };
}

/** [outer, controls, inner] to [outer, voxels, inner]. */
function blendAxis(
  values: Float32Array,
  { controls, first, weights }: SplineAxis,
  inner: number,
): Float32Array {
  const outer = values.length / controls / inner;
  const size = first.length;
  const result = new Float32Array(outer * size * inner);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < size; i++) {
      const [a, b, c, d] = weights.subarray(4 * i, 4 * i + 4);
      const from = (o * controls + first[i]) * inner;
      const to = (o * size + i) * inner;
      for (let j = 0; j < inner; j++) {
        const p = from + j;
        result[to + j] =
          a * values[p] +
          b * values[p + inner] +
          c * values[p + 2 * inner] +
          d * values[p + 3 * inner];
      }
    }
  }
  return result;
}
