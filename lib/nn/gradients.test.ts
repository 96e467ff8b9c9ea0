/** Every hand-written gradient against central differences, in double precision. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binaryCrossEntropy, crossEntropy, diceLoss } from './losses';
import { inFloat64 } from '../checks/parity/float64';
import { untaped } from './backward';
import { assertNoLeak } from '../checks/fixtures/tensors';
import { tf } from './tf';
import { biasAdd, matMul, takeRows } from './dense';
import { absolute, relu } from './elementwise';
import { usingKernels } from './kernels';
import { stopGradient, valueAndGradients } from './gradients';
import { conv2d } from './layers2d';
import { conv3d, doubleSize, instanceNorm, standardise, upsampleInPlane } from './layers3d';
import { maxPool3d } from './max-pool3d';
import { constantVariable } from './parameters';

/** A power of two, so that moving a number by it is exact to float32's last bits. */
const STEP = 2 ** -9;
const TOLERANCE = 2e-4;

type Named = Record<string, tf.Tensor>;

interface Gradient {
  name: string;
  /** Shape of each input that has a gradient. */
  inputs: Record<string, number[]>;
  output: (x: Named) => tf.Tensor;
}

const labels = [1, 0, 0, 1, 1, 0, 1, 0, 0, 0, 1, 1];

/** What the kit has its own kernels for. */
const NORMS_AND_POOLS: Gradient[] = [
  { name: 'standardise', inputs: { w: [3, 1, 2, 2, 3] }, output: ({ w }) => standardise(w) },
  {
    name: 'instanceNorm',
    inputs: { x: [2, 2, 3, 2, 2], 'n.weight': [2], 'n.bias': [2] },
    output: ({ x, ...parameters }) => instanceNorm(parameters, 'n', x as tf.Tensor5D),
  },
  {
    name: 'instanceNorm, a sum and leaky ReLU',
    inputs: { x: [2, 2, 3, 2, 3], plus: [2, 2, 3, 2, 3], 'n.weight': [3], 'n.bias': [3] },
    output: ({ x, plus, ...parameters }) =>
      instanceNorm(parameters, 'n', x as tf.Tensor5D, {
        plus: plus as tf.Tensor5D,
        activate: true,
      }),
  },
  {
    name: 'maxPool3d',
    inputs: { x: [1, 3, 4, 5, 2] },
    output: ({ x }) => maxPool3d(x as tf.Tensor5D),
  },
];

const GRADIENTS: Gradient[] = [
  { name: 'relu', inputs: { x: [11] }, output: ({ x }) => relu(x) },
  { name: 'absolute', inputs: { x: [11] }, output: ({ x }) => absolute(x) },
  {
    name: 'matMul',
    inputs: { a: [3, 4], b: [4, 2] },
    output: ({ a, b }) => matMul(a as tf.Tensor2D, b as tf.Tensor2D),
  },
  {
    name: 'takeRows',
    inputs: { x: [3, 2] },
    output: ({ x }) => takeRows(x, tf.tensor1d([2, 0, 2, 2], 'int32')),
  },
  { name: 'biasAdd', inputs: { x: [2, 3], b: [3] }, output: ({ x, b }) => biasAdd(x, b) },
  {
    name: 'conv2d',
    inputs: { x: [1, 4, 4, 2], 'c.weight': [3, 3, 2, 2], 'c.bias': [2] },
    output: ({ x, ...parameters }) => conv2d(parameters, 'c', x as tf.Tensor4D),
  },
  ...([1, 3] as const).flatMap((kernel) =>
    ([1, 2] as const).map((stride): Gradient => ({
      name: `conv3d ${kernel}x${kernel}x${kernel}, stride ${stride}`,
      inputs: { x: [2, 3, 4, 3, 2], w: [kernel, kernel, kernel, 2, 2] },
      output: ({ x, w }) =>
        conv3d(x as tf.Tensor5D, w as tf.Tensor5D, { stride: [stride, stride, stride] }),
    })),
  ),
  {
    name: 'conv3d, dilation 2',
    inputs: { x: [1, 4, 3, 3, 2], w: [3, 3, 3, 2, 2] },
    output: ({ x, w }) => conv3d(x as tf.Tensor5D, w as tf.Tensor5D, { dilation: 2 }),
  },
  {
    name: 'conv3d of data, for its weight alone',
    inputs: { w: [3, 3, 3, 1, 2] },
    output: ({ w }) => {
      const data = tf.reshape(tf.sin(tf.range(0, 48)), [1, 3, 4, 4, 1]) as tf.Tensor5D;
      return conv3d(data, w as tf.Tensor5D, { stride: [1, 2, 2], inputIsData: true });
    },
  },
  ...NORMS_AND_POOLS,
  ...NORMS_AND_POOLS.map(({ name, inputs, output }): Gradient => ({
    name: `${name}, composed of TensorFlow's ops`,
    inputs,
    output: (x) => usingKernels('composed', () => output(x)),
  })),
  {
    name: 'doubleSize',
    inputs: { x: [1, 2, 1, 2, 2], w: [2, 2, 2, 3, 2] },
    output: ({ x, w }) => doubleSize(x as tf.Tensor5D, w as tf.Tensor5D),
  },
  {
    name: 'upsampleInPlane',
    inputs: { x: [1, 2, 3, 2, 2] },
    output: ({ x }) => upsampleInPlane(x as tf.Tensor5D),
  },
  {
    name: 'crossEntropy',
    inputs: { x: [3, 4] },
    output: ({ x }) => crossEntropy(x as tf.Tensor2D, tf.tensor1d([2, 0, 3], 'int32')),
  },
  {
    name: 'binaryCrossEntropy',
    inputs: { x: [1, 2, 2, 1, 3] },
    output: ({ x }) => binaryCrossEntropy(x as tf.Tensor5D, tf.tensor5d(labels, [1, 2, 2, 1, 3])),
  },
  {
    name: 'diceLoss',
    inputs: { x: [1, 2, 2, 1, 3] },
    output: ({ x }) => diceLoss(x as tf.Tensor5D, tf.tensor5d(labels, [1, 2, 2, 1, 3])),
  },
];

/** Numbers of order one, all different, none near 0. */
function valuesOf(shape: number[], offset: number): Float32Array {
  const size = shape.reduce((a, b) => a * b, 1);
  return Float32Array.from({ length: size }, (_, k) => {
    const value = Math.sin(1.7 * (k + 1) + offset) + 0.3 * Math.cos(5.1 * k);
    return Math.abs(value) < 0.02 ? 0.05 : value;
  });
}

/** A scalar in which every output value has its own weight. */
function weighted(output: tf.Tensor): tf.Scalar {
  const flat = tf.reshape(output, [-1]);
  return tf.sum(tf.mul(flat, tf.cos(tf.mul(tf.range(0, flat.size), 0.7)))) as tf.Scalar;
}

for (const { name, inputs, output } of GRADIENTS) {
  test(`${name}: the gradient is that of central differences`, async () => {
    const worst = await inFloat64(() => {
      const parameters = Object.fromEntries(
        Object.entries(inputs).map(([key, shape], i) => [
          key,
          constantVariable(shape, valuesOf(shape, i)),
        ]),
      );
      const { value, gradients } = valueAndGradients(
        () => weighted(output(parameters)),
        parameters,
      );
      let off = 0;
      for (const [key, shape] of Object.entries(inputs)) {
        const exact = gradients[key].dataSync();
        const at = parameters[key].dataSync().slice();
        at.forEach((_, k) => {
          const slope = tf.tidy(() => {
            const moved = (delta: number): tf.Scalar => {
              const values = at.slice();
              values[k] += delta;
              return weighted(output({ ...parameters, [key]: tf.tensor(values, shape) }));
            };
            // Subtracted in double precision, before the number comes out as a float32.
            return tf.div(tf.sub(moved(STEP), moved(-STEP)), 2 * STEP).dataSync()[0];
          });
          off = Math.max(off, Math.abs(slope - exact[k]));
        });
      }
      tf.dispose([value, gradients, parameters]);
      return off;
    });
    assert.ok(worst < TOLERANCE, `off by ${worst}`);
  });
}

test('what is made without the tape is a constant: parameters that only it reads have no gradient', () => {
  const [x, y] = [constantVariable([3], 2), constantVariable([3], 5)];
  assertNoLeak(() => {
    const { value, gradients } = valueAndGradients(
      () =>
        tf.sum(
          tf.mul(
            x,
            untaped(() => relu(tf.mul(x, y))),
          ),
        ) as tf.Scalar,
      { x, y },
    );
    assert.deepEqual(Object.keys(gradients), ['x']);
    assert.deepEqual([...gradients.x.dataSync()], [10, 10, 10]);
    assert.deepEqual(value.dataSync()[0], 60);
    tf.dispose([value, gradients]);
  });
  tf.dispose([x, y]);
});

test('a stopped gradient is 0', () => {
  const x = constantVariable([3], 2);
  const { value, gradients } = valueAndGradients(
    () => tf.sum(tf.add(stopGradient(x), tf.mul(x, 3))) as tf.Scalar,
    { x },
  );
  assert.deepEqual([...gradients.x.dataSync()], [3, 3, 3]);
  tf.dispose([value, gradients, x]);
});
