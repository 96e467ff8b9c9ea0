import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tf } from './tf';
import { valueAndGradients } from './gradients';
import {
  batchNormInference,
  batchNormParameters,
  batchNormStatistics,
  batchNormTraining,
  conv2d,
  linear,
} from './layers2d';
import { disposeAll, type NamedTensors } from './parameters';
import { assertClose, assertNoLeak, numericGradient, patterned } from '../checks/fixtures/tensors';

const weighted = (y: tf.Tensor): tf.Scalar =>
  tf.sum(
    tf.mul(
      y,
      patterned(y.shape, (k) => Math.cos(k)),
    ),
  ) as tf.Scalar;

/** Compares the gradient of every parameter and of x with central differences. */
function checkGradients(
  tensors: NamedTensors,
  loss: (tensors: NamedTensors) => tf.Scalar,
  tolerance: number,
): void {
  const { value, gradients } = valueAndGradients(() => loss(tensors), tensors);
  for (const name of Object.keys(tensors)) {
    const numeric = numericGradient((x) => loss({ ...tensors, [name]: x }), tensors[name]);
    assertClose(gradients[name], numeric, tolerance);
  }
  value.dispose();
  disposeAll(gradients);
}

test('linear: value by hand, gradients by differences, no leak', () => {
  assertNoLeak(() => {
    const tensors = {
      'a.weight': patterned([3, 2], (k) => Math.sin(k)),
      'a.bias': patterned([2], (k) => k + 1),
      x: patterned([4, 3], (k) => Math.cos(k)),
    };
    const y = linear(tensors, 'a', tensors.x as tf.Tensor2D);
    const byHand =
      Math.cos(0) * Math.sin(0) + Math.cos(1) * Math.sin(2) + Math.cos(2) * Math.sin(4) + 1;
    assertClose([y.dataSync()[0]], [byHand], 1e-6);
    y.dispose();
    tf.tidy(() =>
      checkGradients(tensors, (t) => weighted(linear(t, 'a', t.x as tf.Tensor2D)), 1e-2),
    );
    disposeAll(tensors);
  });
});

test('conv2d: value by hand, gradients by differences, no leak', () => {
  assertNoLeak(() => {
    const tensors = {
      'c.weight': patterned([2, 2, 1, 2], (k) => Math.sin(k + 1)),
      'c.bias': patterned([2], (k) => 0.5 - k),
      x: patterned([2, 4, 3, 1], (k) => Math.cos(k)),
    };
    const y = conv2d(tensors, 'c', tensors.x as tf.Tensor4D);
    assert.deepEqual(y.shape, [2, 3, 2, 2]);
    const byHand =
      Math.cos(0) * Math.sin(1) +
      Math.cos(1) * Math.sin(3) +
      Math.cos(3) * Math.sin(5) +
      Math.cos(4) * Math.sin(7) +
      0.5;
    assertClose([y.dataSync()[0]], [byHand], 1e-6);
    y.dispose();
    tf.tidy(() =>
      checkGradients(tensors, (t) => weighted(conv2d(t, 'c', t.x as tf.Tensor4D)), 1e-2),
    );
    disposeAll(tensors);
  });
});

// x = torch.arange(24.).reshape(2, 3, 2, 2).mul(.37).sin(); bn = BatchNorm2d(3), weight 1.5 .5 -1, bias .1 -.2 .3
// loss = (bn(x) * torch.arange(24.).reshape(2, 3, 2, 2).mul(.11).cos()).sum(); everything printed as N, H, W, C
const TORCH = {
  y: [
    0.509395, 0.362719, 0.459605, 1.254899, 0.32368, 1.002646, 1.899502, 0.137866, 1.50827, 2.35596,
    -0.169574, 1.908041, -1.476188, -1.161537, -0.600395, -1.542384, -0.753077, -0.744709, -1.33088,
    -0.345657, -0.689944, -0.870304, 0.00558, -0.443514,
  ],
  dx: [
    0.736984, 0.264274, -0.971992, 0.309662, 0.239359, -0.421727, -0.08628, 0.330657, 0.10941,
    -0.401842, 0.517119, 0.566833, 0.291977, 0.359042, 0.017966, 0.106483, -0.117077, 0.032194,
    -0.237042, -0.58827, 0.188259, -0.719941, -1.005103, 0.479057,
  ],
  dGamma: [3.23916, 3.08828, -4.188612],
  dBeta: [4.256073, 1.888275, -0.839234],
  runningMean: [-0.019858, 0.049707, 0.028872],
  runningVariance: [0.960501, 0.922449, 0.952451],
};

/** The PyTorch layout N, C, H, W brought to N, H, W, C. */
const channelsLast = (f: (k: number) => number): tf.Tensor =>
  tf.tidy(() => tf.transpose(patterned([2, 3, 2, 2], f), [0, 2, 3, 1]));

test('batch norm in training is torch.nn.BatchNorm2d: value, gradients, running statistics', () => {
  assertNoLeak(() => {
    const statistics = batchNormStatistics('n', 3);
    const tensors = {
      'n.weight': tf.tensor1d([1.5, 0.5, -1]),
      'n.bias': tf.tensor1d([0.1, -0.2, 0.3]),
      x: channelsLast((k) => Math.sin(0.37 * k)),
    };
    tf.tidy(() => {
      const run = (): tf.Tensor4D =>
        batchNormTraining(tensors, statistics, 'n', tensors.x as tf.Tensor4D);
      const { gradients } = valueAndGradients(
        () =>
          tf.sum(
            tf.mul(
              run(),
              channelsLast((k) => Math.cos(0.11 * k)),
            ),
          ) as tf.Scalar,
        tensors,
      );
      assertClose(statistics['n.running_mean'], TORCH.runningMean, 2e-6);
      assertClose(statistics['n.running_var'], TORCH.runningVariance, 2e-6);
      assertClose(gradients.x, TORCH.dx, 2e-5);
      assertClose(gradients['n.weight'], TORCH.dGamma, 2e-5);
      assertClose(gradients['n.bias'], TORCH.dBeta, 2e-5);
      assertClose(run(), TORCH.y, 2e-5);
    });
    disposeAll(tensors);
    disposeAll(statistics);
  });
});

test('batch norm at inference uses the running statistics and leaves them alone', () => {
  assertNoLeak(() => {
    const parameters = batchNormParameters('n', 2);
    const statistics = batchNormStatistics('n', 2);
    tf.tidy(() => {
      statistics['n.running_mean'].assign(tf.tensor1d([1, -1]));
      statistics['n.running_var'].assign(tf.tensor1d([4, 0.25]));
    });
    tf.tidy(() => {
      const y = batchNormInference(
        parameters,
        statistics,
        'n',
        tf.tensor4d([3, 1, 1, -1], [1, 1, 2, 2]),
      );
      assertClose(y, [1, 4, 0, 0], 1e-4);
      assertClose(statistics['n.running_mean'], [1, -1], 0);
    });
    disposeAll(parameters);
    disposeAll(statistics);
  });
});
