/**
 * Enlarging maps: each axis is a matrix product with the weights of its interpolation, and the gradient one with their
 * transpose.
 */
import { tf } from './tf';
import { withGradient } from './custom-gradient';
import { FLOAT, runOp } from './kernels';

/**
 * Where on the old axis of n places a place of the new one lies.
 *
 * - `corners`: linear, first and last places on each other (PyTorch's align_corners true)
 * - `half-pixel`: linear, edges on each other (align_corners false), for factor 2
 * - `legacy`: linear, the last place repeated (TensorFlow 1 without align_corners), for factor 2
 * - `nearest`: each place repeated
 */
export type Interpolation = 'corners' | 'half-pixel' | 'legacy' | 'nearest';

/** The place of the new axis' place i, as a whole number over another. */
const PLACE: Record<Interpolation, (i: number, n: number, factor: number) => [number, number]> = {
  corners: (i, n, factor) => [i * (n - 1), factor * n - 1],
  'half-pixel': (i) => [Math.max(0, 2 * i - 1), 4],
  legacy: (i) => [i, 2],
  nearest: (i, _, factor) => [Math.floor(i / factor), 1],
};

/**
 * D, H and W `factor` times as long. x [N, D, H, W, C]; the caller disposes of the result.
 * Linear in three axes is trilinear.
 */
export function enlarge(x: tf.Tensor5D, factor: number, how: Interpolation): tf.Tensor5D {
  if (factor === 1) return x.clone();
  return tf.tidy(() => [1, 2, 3].reduce((y, axis) => enlargeAxis(y, axis, factor, how), x));
}

function enlargeAxis(
  x: tf.Tensor5D,
  axis: number,
  factor: number,
  how: Interpolation,
): tf.Tensor5D {
  const n = x.shape[axis];
  const before = x.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const after = x.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const shape = x.shape.map((size, i) => (i === axis ? factor * size : size));
  return withGradient<tf.Tensor5D>([x], {
    forward: ([input]) => {
      const weights = interpolation(n, factor, how);
      const y = product(weights, tf.reshape(input, [before, n, after]), false);
      return { value: tf.reshape(y, shape), saved: [weights] };
    },
    backward: (dy, [weights]) => [
      tf.reshape(product(weights, tf.reshape(dy, [before, factor * n, after]), true), x.shape),
    ],
  });
}

/** The weights of the old places for each new one, [factor n, n]. */
function interpolation(n: number, factor: number, how: Interpolation): tf.Tensor2D {
  const numerators = new Float32Array(factor * n * n);
  let denominator = 1;
  for (let i = 0; i < factor * n; i++) {
    const [place, per] = PLACE[how](i, n, factor);
    denominator = per;
    const low = Math.floor(place / per);
    numerators[i * n + low] += per - (place % per);
    numerators[i * n + Math.min(low + 1, n - 1)] += place % per;
  }
  return tf.div(tf.tensor2d(numerators, [factor * n, n]), denominator);
}

/** `weights` (transposed) times each of the matrices. */
function product(weights: tf.Tensor, matrices: tf.Tensor, transposed: boolean): tf.Tensor {
  return runOp(
    'BatchMatMulV2',
    [
      FLOAT,
      { name: 'adj_x', type: 'bool', value: transposed },
      { name: 'adj_y', type: 'bool', value: false },
    ],
    [weights, matrices],
  )[0];
}
