/** The kit's own kernels, and the fused ones for GPUs, against the same composed of TensorFlow's ops. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test as anyTest } from 'node:test';
import { adamStep, disposeAdam, initAdam } from './adam';
import { initSgd, sgdStep } from './sgd';
import { randomStream } from '../base/random';
import { tf } from './tf';
import { valueAndGradients } from './gradients';
import { FLOAT, nativeKernels, runOp, usesGpu, usingKernels, type OpAttribute } from './kernels';
import { batchNormStatistics, batchNormTraining, conv2d, maxPool2d } from './layers2d';
import { conv3d, instanceNorm, normsBySample } from './layers3d';
import { maxPool3d } from './max-pool3d';
import { normalise, type Normalisation } from './normalise';
import { constantVariable, disposeAll, type Parameters } from './parameters';
import { dropout, seedsOf } from './random';
import { assertClose, patterned } from '../checks/fixtures/tensors';

/** The kernels are for processors. */
const test = usesGpu() ? anyTest.skip : anyTest;

const wave = (shape: number[], pace: number): tf.Tensor =>
  patterned(shape, (k) => Math.sin(pace * k) + 0.2);

/** Value and gradients of a weighted sum of `f(inputs)`, as plain numbers. */
function numbersOf(
  inputs: tf.NamedTensorMap,
  f: (inputs: tf.NamedTensorMap) => tf.Tensor,
): Record<string, Float32Array> {
  return tf.tidy(() => {
    const y = f(inputs);
    const { gradients } = valueAndGradients(
      () => tf.sum(tf.mul(f(inputs), wave(y.shape, 0.11))) as tf.Scalar,
      inputs,
    );
    return Object.fromEntries(
      Object.entries({ y, ...gradients }).map(([name, t]) => [
        name,
        (t.dataSync() as Float32Array).slice(),
      ]),
    );
  });
}

function assertSame(
  inputs: tf.NamedTensorMap,
  f: (inputs: tf.NamedTensorMap) => tf.Tensor,
  tolerance: number,
): void {
  assert.ok(nativeKernels(), 'the kit has its kernels');
  const before = tf.memory().numTensors;
  const composed = usingKernels('composed', () => numbersOf(inputs, f));
  // Fused, TensorFlow adds all places in one float32.
  const tolerances = { native: tolerance, fused: 4 * tolerance };
  for (const kind of ['native', 'fused'] as const) {
    const own = usingKernels(kind, () => numbersOf(inputs, f));
    assert.deepEqual(Object.keys(own), Object.keys(composed));
    for (const [name, values] of Object.entries(own)) {
      assertClose(values, composed[name], tolerances[kind]);
    }
  }
  assert.equal(tf.memory().numTensors, before, 'tensors leaked');
}

const NORMALISATIONS: [string, number[], Partial<Normalisation>][] = [
  ['a volume whose voxels fill several parts', [3, 20, 18, 16, 24], { bySample: true }],
  ['one channel', [2, 5, 4, 3, 1], { bySample: true, slope: 0.01 }],
  ['filters', [3, 3, 3, 40, 17], { bySample: false, unbiased: true, epsilon: 1e-12 }],
];

for (const [name, shape, options] of NORMALISATIONS) {
  test(`normalise is the same in both: ${name}`, () => {
    tf.tidy(() => {
      const channels = [shape[shape.length - 1]];
      const affine = options.bySample;
      const inputs = {
        x: wave(shape, 0.37),
        ...(affine
          ? { gamma: wave(channels, 0.7), beta: wave(channels, 1.3), plus: wave(shape, 0.05) }
          : {}),
      } as tf.NamedTensorMap;
      const f = ({ x, gamma, beta, plus }: tf.NamedTensorMap): tf.Tensor =>
        normalise(x, {
          epsilon: 1e-5,
          bySample: true,
          ...(affine ? { scaleAndShift: [gamma, beta], plus } : {}),
          ...options,
        });
      // Sums over thousands of places, in float32 on one side.
      assertSame(inputs, f, 3e-3);
      const told = (): Float32Array[] => {
        const statistics: Float32Array[] = [];
        const onStatistics = (...both: tf.Tensor[]): void =>
          both.forEach((one) => statistics.push((one.dataSync() as Float32Array).slice()));
        tf.tidy(() =>
          normalise(inputs.x, { epsilon: 1e-5, bySample: true, ...options, onStatistics }),
        );
        return statistics;
      };
      const composed = usingKernels('composed', told);
      for (const kind of ['native', 'fused'] as const) {
        const own = usingKernels(kind, told);
        assert.equal(own.length, 2);
        own.forEach((values, i) => assertClose(values, composed[i], 1e-5));
      }
    });
  });
}

test('a constant map becomes the shift, exactly, and passes no gradient', () => {
  tf.tidy(() => {
    const x = tf.fill([2, 17, 16, 15, 5], 0.1234567);
    const [gamma, beta] = [wave([5], 0.7), wave([5], 1.3)];
    const f = ({ x: input }: tf.NamedTensorMap): tf.Tensor =>
      normalise(input, {
        ...{ epsilon: 1e-5, bySample: true, maybeConstant: true },
        scaleAndShift: [gamma, beta],
      });
    const shift = beta.dataSync();
    for (const kind of ['native', 'fused'] as const) {
      usingKernels(kind, () => f({ x }))
        .dataSync()
        .forEach((value, k) => assert.equal(value, shift[k % 5]));
    }
  });
});

test('scales and shifts repeated for all norms at once are those of each norm', () => {
  tf.tidy(() => {
    const inputs = {
      x: wave([3, 4, 5, 3, 6], 0.37),
      'net.a.weight': wave([6], 0.7),
      'net.a.bias': wave([6], 1.3),
      'net.b.weight': wave([6], 0.3),
      'net.b.bias': wave([6], 0.9),
    };
    const f = (given: tf.NamedTensorMap): tf.Tensor => {
      const parameters = normsBySample(given, 'net', 3);
      const y = instanceNorm(parameters, 'net.a', given.x as tf.Tensor5D, { activate: true });
      return instanceNorm(parameters, 'net.b', y);
    };
    assertSame(inputs, f, 1e-3);
    const repeated = usingKernels('fused', () => normsBySample(inputs, 'net', 3));
    assert.deepEqual(repeated['net.a.weight'].shape, [3, 6]);
  });
});

for (const dilation of [2, 3, 4]) {
  test(`a convolution dilated by ${dilation} is the same in all`, () => {
    tf.tidy(() => {
      const inputs = { x: wave([2, 2, 3, 4, 3], 0.37), w: wave([3, 3, 3, 3, 2], 0.71) };
      const f = ({ x, w }: tf.NamedTensorMap): tf.Tensor =>
        conv3d(x as tf.Tensor5D, w as tf.Tensor5D, { dilation });
      assertSame(inputs, f, 1e-4);
    });
  });
}

for (const channels of [1, 3, 8, 70]) {
  test(`max pooling is the same in both, with ties, for ${channels} channels`, () => {
    tf.tidy(() => {
      // Coarse values, so that windows hold their maximum several times.
      const x = tf.round(tf.mul(wave([2, 7, 6, 5, channels], 0.9), 2));
      assertSame({ x }, ({ x: input }) => maxPool3d(input as tf.Tensor5D), 1e-5);
    });
  });
}

const CONVOLUTIONS: [string, number[], number[]][] = [
  ['tiles that do not come out even', [5, 9, 8, 3], [2, 2, 3, 20]],
  ['more samples than parts', [35, 6, 7, 1], [5, 5, 1, 5]],
  ['several registers of channels', [2, 7, 6, 33], [2, 3, 33, 48]],
  ['a kernel as large as the map', [3, 4, 5, 2], [4, 5, 2, 1]],
];

for (const [name, shape, kernel] of CONVOLUTIONS) {
  test(`2-D convolution is the same in both: ${name}`, () => {
    tf.tidy(() => {
      const inputs = { x: wave(shape, 0.37), w: wave(kernel, 0.71), b: wave(kernel.slice(3), 1.3) };
      const layer = ({ w, b }: tf.NamedTensorMap) => ({ 'c.weight': w, 'c.bias': b });
      const x4 = inputs.x as tf.Tensor4D;
      assertSame(inputs, (t) => conv2d(layer(t), 'c', t.x as tf.Tensor4D), 3e-4);
      const { w, b } = inputs;
      const asData = (t: tf.NamedTensorMap): tf.Tensor =>
        conv2d(layer(t), 'c', x4, { inputIsData: true });
      assertSame({ w, b }, asData, 3e-4);
    });
  });
}

for (const activate of [false, true]) {
  test(`2-D max pooling is the same in both, ${activate ? 'with' : 'without'} ReLU`, () => {
    tf.tidy(() => {
      for (const [size, stride] of [
        [2, 2],
        [2, 4],
        [3, 2],
      ]) {
        // Coarse values, so that squares hold their maximum several times.
        const x = tf.round(tf.mul(wave([3, 9, 8, 5], 0.9), 2));
        const f = (t: tf.NamedTensorMap): tf.Tensor =>
          maxPool2d(t.x as tf.Tensor4D, { size, stride, activate });
        assertSame({ x }, f, 1e-6);
      }
    });
  });

  test(`batch norm is the same in both, ${activate ? 'with' : 'without'} ReLU, statistics too`, () => {
    const statistics = batchNormStatistics('n', 12);
    tf.tidy(() => {
      const [gamma, beta] = [wave([12], 0.7), wave([12], 1.3)];
      const inputs = { x: wave([4, 9, 8, 12], 0.37), gamma, beta };
      const f = (t: tf.NamedTensorMap): tf.Tensor => {
        // From the same start each time.
        statistics['n.running_mean'].assign(tf.zeros([12]));
        statistics['n.running_var'].assign(tf.ones([12]));
        const parameters = { 'n.weight': t.gamma, 'n.bias': t.beta };
        return batchNormTraining(parameters, statistics, 'n', t.x as tf.Tensor4D, { activate });
      };
      const moved = (): Record<string, number[]> =>
        Object.fromEntries(
          Object.entries(statistics).map(([name, t]) => [name, [...t.dataSync()]]),
        );
      assertSame(inputs, f, 1e-4);
      const composed = moved();
      numbersOf(inputs, f);
      for (const [name, values] of Object.entries(moved())) {
        assertClose(values, composed[name], 1e-6);
      }
    });
    disposeAll(statistics);
  });
}

test('dropout is the same in both, to the bit', () => {
  tf.tidy(() => {
    const f = ({ x }: tf.NamedTensorMap): tf.Tensor =>
      dropout(x, 0.6, seedsOf(randomStream(0, 'dropout')));
    assertSame({ x: wave([7, 11, 3], 0.9) }, f, 0);
  });
});

test('max pooling propagates a NaN, in 2-D, too', () => {
  const x = tf.tensor4d([0, NaN, 2, 3], [1, 2, 2, 1]);
  const y = maxPool2d(x, { size: 2, stride: 2, activate: true });
  assert.ok(Number.isNaN(y.dataSync()[0]));
  tf.dispose([x, y]);
});

test('max pooling propagates a NaN', () => {
  const x = tf.tensor5d([0, 1, NaN, 2, 3, 4, 5, 6], [1, 2, 2, 2, 1]);
  const y = maxPool3d(x);
  assert.ok(Number.isNaN(y.dataSync()[0]));
  tf.dispose([x, y]);
});

/** A parameter that is updated alone, and one that is updated with others. */
const largeAndSmall = (pace: number): Parameters => ({
  large: constantVariable([130, 131], wave([130 * 131], pace).dataSync() as Float32Array),
  small: constantVariable([7], wave([7], pace).dataSync() as Float32Array),
});

test('SGD is the same in both, for parameters large and small', () => {
  const run = (): number[] => {
    const [parameters, gradients] = [largeAndSmall(0.3), largeAndSmall(0.7)];
    const velocity = initSgd(parameters);
    const options = { momentum: 0.99, nesterov: true, weightDecay: 0.01 };
    for (let step = 0; step < 3; step++) sgdStep(parameters, gradients, velocity, 0.1, options);
    const values = [parameters, velocity].flatMap(({ large, small }) => [
      ...large.dataSync(),
      ...small.dataSync(),
    ]);
    [parameters, gradients, velocity].forEach(disposeAll);
    return values;
  };
  const composed = usingKernels('composed', run);
  for (const kind of ['native', 'fused'] as const) {
    assertClose(usingKernels(kind, run), composed, 1e-5);
  }
});

test('Adam is the same in both, also for a parameter without a gradient in one step', () => {
  const run = (): number[] => {
    const [parameters, gradients] = [largeAndSmall(0.3), largeAndSmall(0.7)];
    const state = initAdam(parameters);
    for (let step = 0; step < 3; step++) {
      const { large, small } = gradients;
      const given: Parameters = step === 1 ? { large } : { large, small };
      adamStep(parameters, given, state, 0.1, { weightDecay: 0.01 });
    }
    const values = [parameters, state.firstMoment, state.secondMoment].flatMap(
      ({ large, small }) => [...large.dataSync(), ...small.dataSync()],
    );
    [parameters, gradients].forEach(disposeAll);
    disposeAdam(state);
    return values;
  };
  const composed = usingKernels('composed', run);
  for (const kind of ['native', 'fused'] as const) {
    assertClose(usingKernels(kind, run), composed, 1e-5);
  }
});

test('a kernel that is given wrong shapes throws', () => {
  tf.tidy(() => {
    const attributes: OpAttribute[] = [
      FLOAT,
      { name: 'N', type: 'int', value: 1 },
      { name: 'momentum', type: 'float', value: 0 },
      { name: 'weight_decay', type: 'float', value: 0 },
      { name: 'nesterov', type: 'bool', value: false },
    ];
    const inputs = [tf.ones([3]), tf.ones([2]), tf.ones([3]), tf.scalar(1)];
    assert.throws(() => runOp('MckdSgd', attributes, inputs, 2), /input 1 holds 2 values, not 3/);
    const pad: OpAttribute = { name: 'pad', type: 'int', value: [2] };
    const cube = [tf.ones([1, 2, 2, 2, 1])];
    assert.throws(() => runOp('MckdReflectPad', [FLOAT, pad], cube), /pad must be less than each/);
  });
});

const HASH = `
const { tf } = require('./nn/tf');
const { normalise } = require('./nn/normalise');
const { valueAndGradients } = require('./nn/gradients');
const x = tf.sin(tf.mul(tf.range(0, 2 * 40 ** 3 * 5), 0.37)).reshape([2, 40, 40, 40, 5]);
const f = () => normalise(x, { epsilon: 1e-5, bySample: true, slope: 0.01 });
const { gradients } = valueAndGradients(() => tf.sum(tf.mul(f(), x)), { x });
const { conv2d } = require('./nn/layers2d');
const wave = (shape) => tf.sin(tf.mul(tf.range(0, shape.reduce((a, b) => a * b)), 0.71)).reshape(shape);
const layer = { x: wave([37, 9, 8, 3]), 'c.weight': wave([2, 2, 3, 20]), 'c.bias': wave([20]) };
const convolved = valueAndGradients(() => tf.sum(tf.square(conv2d(layer, 'c', layer.x))), layer).gradients;
const bytes = [f(), gradients.x, ...Object.values(convolved)].map((t) => Buffer.from(t.dataSync().buffer));
console.log(require('node:crypto').createHash('sha256').update(Buffer.concat(bytes)).digest('hex'));
`;

test('with one thread or three, norms and convolutions are equal to the bit', () => {
  const hashes = ['1', '3'].map((threads) =>
    execFileSync(process.execPath, ['-e', HASH], {
      cwd: `${__dirname}/..`,
      env: { ...process.env, TF_NUM_INTRAOP_THREADS: threads },
      encoding: 'utf8',
    }),
  );
  assert.match(hashes[0], /^[0-9a-f]{64}\n$/);
  assert.equal(hashes[0], hashes[1]);
});
