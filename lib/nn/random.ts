/** Random numbers of TensorFlow's stateless generator, which are the same on every device, and dropout by them. */
import type { RandomStream } from '../base/random';
import { tf } from './tf';
import { withGradient } from './custom-gradient';
import { FLOAT, nativeKernels2d, runOp, type OpAttribute } from './kernels';

/** Seeds of dropouts and noise, two draws of the stream each: int32 [2]. */
export function seedsOf(stream: RandomStream): () => tf.Tensor1D {
  return () => tf.tensor1d([stream.integer(0x7fffffff), stream.integer(0x7fffffff)], 'int32');
}

/** U[0, 1) */
const uniformNumbers = (shape: readonly number[], seed: tf.Tensor): tf.Tensor =>
  stateless('StatelessRandomUniform', shape, seed);

/** N(0, 1). The caller disposes of it. @param seed of `seedsOf`; it stays the caller's */
export const normalNumbers = (shape: readonly number[], seed: tf.Tensor): tf.Tensor =>
  tf.tidy(() => stateless('StatelessRandomNormal', shape, seed));

function stateless(op: string, shape: readonly number[], seed: tf.Tensor): tf.Tensor {
  return runOp(
    op,
    [
      { name: 'dtype', type: 'type', value: 'float32' },
      { name: 'T', type: 'type', value: 'int32' },
      { name: 'Tseed', type: 'type', value: 'int32' },
    ],
    [tf.tensor1d([...shape], 'int32'), seed],
  )[0];
}

/**
 * Inverted dropout: each value is kept with probability 1 - rate and divided by it.
 *
 * @param seed asked once, in a tidy, such as `seedsOf` a stream; not asked at rate 0
 */
export function dropout<T extends tf.Tensor>(x: T, rate: number, seed: () => tf.Tensor): T {
  if (rate === 0) return x.clone();
  return tf.tidy(() => {
    const uniform = uniformNumbers(x.shape, seed());
    if (nativeKernels2d()) return nativeDropout(x, uniform, rate);
    const mask = tf.cast(tf.greaterEqual(uniform, rate), 'float32');
    return tf.mul(x, tf.mul(mask, 1 / (1 - rate))) as T;
  });
}

/** For processors: lib/native/dropout.cc. */
function nativeDropout<T extends tf.Tensor>(x: T, uniform: tf.Tensor, rate: number): T {
  const attributes: OpAttribute[] = [FLOAT, { name: 'rate', type: 'float', value: rate }];
  const drop = (...inputs: tf.Tensor[]): tf.Tensor[] => runOp('MckdDropout', attributes, inputs);
  return withGradient<T>([x], {
    forward: ([values]) => ({ value: drop(values, uniform)[0], saved: [uniform] }),
    backward: (dy, [saved]) => drop(dy, saved),
  });
}
