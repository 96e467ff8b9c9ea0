/**
 * Max pooling: 3x3x3 with stride 2 and padding 1, and 2x2x2 with stride 2.
 *
 * TensorFlow's own gradient passes dy to every voxel that equals the maximum. A missing modality is a
 * volume of zeros, where all 27 are equal, so it would count 27 times; PyTorch takes the first in the
 * order of D, H, W. Taking the first along W, then H, then D picks that very voxel, too.
 */
import { tf } from './tf';
import { withGradient } from './custom-gradient';
import { FLOAT, nativeKernels, runOp, type OpAttribute } from './kernels';

const LOWEST = -3.4e38;

/** x [N, D, H, W, C] -> [N, ceil(D/2), ceil(H/2), ceil(W/2), C]. The caller disposes of it. */
export function maxPool3d(x: tf.Tensor5D): tf.Tensor5D {
  return nativeKernels() ? native(x) : composed(x);
}

/** For processors: lib/native/max-pool.cc. One byte per value is kept: where the maximum was. */
function native(x: tf.Tensor5D): tf.Tensor5D {
  const shape: OpAttribute = { name: 'shape', type: 'int', value: x.shape };
  return withGradient<tf.Tensor5D>([x], {
    forward: (inputs) => {
      const [value, taps] = runOp('MckdMaxPool', [FLOAT], inputs, 2);
      return { value, saved: [taps] };
    },
    backward: (dy, [taps]) => runOp('MckdMaxPoolGrad', [FLOAT, shape], [dy, taps]),
  });
}

/** Composed of TensorFlow's ops, one axis after the other. */
function composed(x: tf.Tensor5D): tf.Tensor5D {
  return tf.tidy(() => poolAxis(poolAxis(poolAxis(x, 3), 2), 1));
}

/**
 * y[i] = max(x[2i - 1], x[2i], x[2i + 1]) along one axis; the gradient goes to the first of the three
 * that is the maximum.
 */
function poolAxis(x: tf.Tensor5D, axis: number): tf.Tensor5D {
  const n = x.shape[axis];
  const half = Math.ceil(n / 2);
  const before = x.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const after = x.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const pooledShape = x.shape.map((size, i) => (i === axis ? half : size));
  /** The places 2i and 2i + 1 of [before, n, after], each [before, half, after]. */
  const evenOdd = (flat: tf.Tensor3D): [tf.Tensor3D, tf.Tensor3D] => {
    const whole =
      n % 2 === 0
        ? flat
        : tf.pad(
            flat,
            [
              [0, 0],
              [0, 1],
              [0, 0],
            ],
            LOWEST,
          );
    const pairs = tf.split(tf.reshape(whole, [before, half, 2, after]), 2, 2);
    return pairs.map((part) => tf.reshape(part, [before, half, after])) as [
      tf.Tensor3D,
      tf.Tensor3D,
    ];
  };
  const shifted = (odd: tf.Tensor3D): tf.Tensor3D =>
    tf.concat(
      [tf.fill([before, 1, after], LOWEST), tf.slice(odd, [0, 0, 0], [-1, half - 1, -1])],
      1,
    ) as tf.Tensor3D;

  return withGradient<tf.Tensor5D>([x], {
    forward: ([input]) => {
      const flat = tf.reshape(input, [before, n, after]) as tf.Tensor3D;
      const [even, odd] = evenOdd(flat);
      const y = tf.maximum(tf.maximum(shifted(odd), even), odd);
      return { value: tf.reshape(y, pooledShape), saved: [flat, y] };
    },
    backward: (dy, [flat, maximum]) => {
      const g = tf.reshape(dy, [before, half, after]) as tf.Tensor3D;
      const [even, odd] = evenOdd(flat as tf.Tensor3D);
      const first = tf.cast(tf.equal(shifted(odd), maximum), 'float32');
      const second = tf.mul(tf.cast(tf.equal(even, maximum), 'float32'), tf.sub(1, first));
      const third = tf.sub(tf.sub(1, first), second);
      const toPrevious = tf.mul(g, first) as tf.Tensor3D;
      const rest = tf.slice(toPrevious, [0, 1, 0], [-1, half - 1, -1]);
      const fromNext = tf.concat([rest, tf.zeros<tf.Rank.R3>([before, 1, after])], 1);
      const pairs = tf.stack([tf.mul(g, second), tf.add(tf.mul(g, third), fromNext)], 2);
      const joined = tf.reshape(pairs, [before, 2 * half, after]);
      return [tf.reshape(tf.slice(joined, [0, 0, 0], [-1, n, -1]), x.shape)];
    },
  });
}

/**
 * Max pooling 2x2x2 with stride 2; the gradient goes to the first voxel, in the order of D, H, W, that is the maximum.
 * x [N, D, H, W, C], D, H and W even -> [N, D/2, H/2, W/2, C]. The caller disposes of it.
 */
export function halveByMaximum(x: tf.Tensor5D): tf.Tensor5D {
  return tf.tidy(() => [3, 2, 1].reduce(halveAxis, x));
}

/** y[i] = max(x[2i], x[2i + 1]) along one axis. */
function halveAxis(x: tf.Tensor5D, axis: number): tf.Tensor5D {
  const half = x.shape[axis] / 2;
  const before = x.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const after = x.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const pooledShape = x.shape.map((size, i) => (i === axis ? half : size));
  return withGradient<tf.Tensor5D>([x], {
    forward: ([input]) => {
      const pairs = tf.reshape(input, [before * half, 2, after]);
      const [even, odd] = tf.split(pairs, 2, 1);
      const first = tf.cast(tf.greaterEqual(even, odd), 'float32');
      return { value: tf.reshape(tf.maximum(even, odd), pooledShape), saved: [first] };
    },
    backward: (dy, [first]) => {
      const g = tf.reshape(dy, [before * half, 1, after]);
      const toFirst = tf.mul(g, first);
      return [tf.reshape(tf.concat([toFirst, tf.sub(g, toFirst)], 1), x.shape)];
    },
  });
}
