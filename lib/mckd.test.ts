import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfig, type ImportanceConfig } from './config';
import {
  disposeImportance,
  fillMissing,
  IMPORTANCE_NAME,
  importanceWeights,
  initImportance,
  metaStep,
  pairwiseDistillation,
  teacherStudentRatios,
  type Importance,
} from './mckd';
import { valueAndGradients } from './nn/gradients';
import { disposeAll } from './nn/parameters';
import { assertClose, assertNoLeak, patterned } from './checks/fixtures/tensors';
import { randomStream } from './base/random';
import { tf } from './nn/tf';

const { importance: importanceConfig } = buildConfig('paper').avMnist;

/** theta_w = (0.2, 0.9, 0.4). */
function exampleImportance(): Importance {
  const importance = initImportance(3, importanceConfig, randomStream(0, 'mckd'));
  tf.tidy(() => importance.theta[IMPORTANCE_NAME].assign(tf.tensor1d([0.2, 0.9, 0.4])));
  return importance;
}

/** Three modalities, two samples, features of 2 channels x 3 places. */
function exampleFeatures(): Record<string, tf.Tensor> {
  return {
    f0: patterned([2, 2, 3], (k) => Math.sin(0.7 * k)),
    f1: patterned([2, 2, 3], (k) => Math.cos(0.3 * k)),
    f2: patterned([2, 2, 3], (k) => Math.sin(0.5 * k)),
  };
}

const AVAILABLE = [
  [true, true, true],
  [true, false, true],
];

test('distillation: value and gradients are the ones PyTorch gives for the formula', () => {
  // sum over ordered pairs (w_i / w_j).detach() * |f_i.detach() - f_j|.mean(), mean over samples;
  // w = softmax(.2, .9, .4); sample 1 lacks modality 1
  assertNoLeak(() => {
    const features = exampleFeatures();
    const importance = exampleImportance();
    const { value, gradients } = valueAndGradients(
      () =>
        pairwiseDistillation(
          Object.values(features),
          AVAILABLE,
          teacherStudentRatios(importanceWeights(importance, importanceConfig)),
        ),
      { ...features, ...importance.theta },
    );
    assertClose(value, [2.37221956], 2e-6);
    assertClose(
      gradients.f0,
      [
        -0.167813, -0.066029, 0.269596, 0.066029, -0.269596, -0.269596, -0.101784, -0.101784,
        0.101784, 0.101784, 0.101784, 0.101784,
      ],
      2e-6,
    );
    assertClose(
      gradients.f1,
      [0.091926, 0.091926, -0.091926, -0.091926, -0.009162, -0.009162, 0, 0, 0, 0, 0, 0],
      2e-6,
    );
    assertClose(
      gradients.f2,
      [
        -0.137393, -0.205621, 0.069166, 0.205621, 0.205621, 0.205621, 0.068228, 0.068228, -0.068228,
        -0.068228, -0.068228, -0.068228,
      ],
      2e-6,
    );
    // The ratio is a constant: distillation gives the weights no gradient.
    assert.ok(!(IMPORTANCE_NAME in gradients));
    value.dispose();
    disposeAll(gradients);
    disposeAll(features);
    disposeImportance(importance);
  });
});

test('a teacher gets no gradient: with one pair in one direction only the student has one', () => {
  tf.tidy(() => {
    const features = exampleFeatures();
    const ratios = tf.tensor2d([
      [0, 1],
      [0, 0],
    ]);
    const available = [
      [true, true],
      [true, true],
    ];
    const { gradients } = valueAndGradients(
      () => pairwiseDistillation([features.f0, features.f1], available, ratios),
      { teacher: features.f0, student: features.f1 },
    );
    assertClose(gradients.teacher, new Array(12).fill(0), 0);
    assert.ok(gradients.student.dataSync().some((g) => g !== 0));
  });
});

test('distillation is 0 with one modality, symmetric in equal weights, and MSE is the mean square', () => {
  tf.tidy(() => {
    const { f0, f1 } = exampleFeatures();
    const ones = tf.ones<tf.Rank.R2>([2, 2]);
    const alone = [
      [true, false],
      [false, true],
    ];
    assertClose(pairwiseDistillation([f0, f1], alone, ones), [0], 0);
    const both = [
      [true, true],
      [true, true],
    ];
    const oneWay = pairwiseDistillation([f0, f1], both, ones).dataSync()[0];
    assertClose(pairwiseDistillation([f1, f0], both, ones), [oneWay], 1e-6);
    const square = tf.mean(tf.squaredDifference(f0, f1)).dataSync()[0];
    assertClose(pairwiseDistillation([f0, f1], both, ones, 'MSE'), [2 * square], 1e-5);
  });
});

test('filling: available features pass, absent ones become the mean of the available, with gradient', () => {
  assertNoLeak(() => {
    const features = exampleFeatures();
    const filled = fillMissing(Object.values(features), AVAILABLE);
    const [f0, f1, f2] = Object.values(features).map((f) => f.dataSync());
    assertClose(filled[0], f0, 0);
    assertClose(filled[2], f2, 0);
    assertClose(filled[1].dataSync().slice(0, 6), f1.slice(0, 6), 1e-7);
    assertClose(
      filled[1].dataSync().slice(6),
      Array.from(f0.slice(6), (v, k) => (v + f2[6 + k]) / 2),
      1e-6,
    );
    tf.dispose(filled);
    const { value, gradients } = valueAndGradients(
      () => tf.sum(fillMissing(Object.values(features), AVAILABLE)[1]) as tf.Scalar,
      features,
    );
    assertClose(gradients.f0, [0, 0, 0, 0, 0, 0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5], 1e-7);
    assertClose(gradients.f1, [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0], 1e-7);
    value.dispose();
    disposeAll(gradients);
    disposeAll(features);
  });
});

test('the meta step is PyTorch’s Adam trajectory, and moves nothing but theta_w', () => {
  // th = (.2, .9, .4); Adam lr .01, weight_decay 5e-4; w = softmax(th);
  // z = cat(w_m f_m) @ sin(.9 k); loss = mean((z - (1, -1))^2), three steps
  assertNoLeak(() => {
    const features = exampleFeatures();
    const importance = exampleImportance();
    const readout = patterned([18, 1], (k) => Math.sin(0.9 * k)) as tf.Tensor2D;
    const target = tf.tensor2d([[1], [-1]]);
    const losses = [0, 1, 2].map(() =>
      metaStep(importance, importanceConfig, Object.values(features), (parts) => {
        const flat = parts.map((f) => tf.reshape(f, [2, 6]) as tf.Tensor2D);
        return tf.mean(
          tf.squaredDifference(tf.matMul(tf.concat(flat, 1), readout), target),
        ) as tf.Scalar;
      }),
    );
    assertClose(losses, [0.31595927, 0.31096539, 0.30602637], 2e-6);
    assertClose(importance.theta[IMPORTANCE_NAME], [0.17001459, 0.92998916, 0.36999723], 5e-6);
    tf.dispose([readout, target]);
    disposeAll(features);
    disposeImportance(importance);
  });
});

test('the meta step with SGD: two steps by hand', () => {
  // Raw weights and L = sum_m w_m f_m, so the gradient is f = (1, -2), and Nesterov's steps with mu 0.99, lr 0.01 are
  //   v = f,       theta -= 0.01 (f + 0.99 v) = 0.0199 f
  //   v = 1.99 f,  theta -= 0.01 (f + 0.99 v) = 0.029701 f
  assertNoLeak(() => {
    for (const { weightDecay, steps, expected } of [
      { weightDecay: 0, steps: 1, expected: [0.9801, 1.0398] },
      { weightDecay: 0, steps: 2, expected: [0.950399, 1.099202] },
      // The gradient is f + 0.1 theta = (1.1, -1.9).
      { weightDecay: 0.1, steps: 1, expected: [0.97811, 1.03781] },
    ]) {
      const config: ImportanceConfig = {
        normalisation: 'raw',
        initial: 'equal',
        optimizer: 'sgd',
        learningRate: 0.01,
        weightDecay,
      };
      const importance = initImportance(2, config, randomStream(0, 'sgd'));
      const features = [tf.tensor1d([1]), tf.tensor1d([-2])];
      for (let s = 0; s < steps; s++)
        metaStep(importance, config, features, (parts) => tf.sum(tf.addN(parts)) as tf.Scalar);
      assertClose(importance.theta[IMPORTANCE_NAME], expected, 1e-6);
      tf.dispose(features);
      disposeImportance(importance);
    }
  });
});

test('weights: softmax sums to 1; sigmoid, raw and equal initialisation', () => {
  tf.tidy(() => {
    const stream = randomStream(0, 'weights');
    const start = (initial: 'random' | 'equal'): Importance =>
      initImportance(2, { initial }, stream);
    const random = start('random');
    const theta = Array.from(random.theta[IMPORTANCE_NAME].dataSync());
    assert.ok(theta.every((t) => t >= 0 && t < 1) && theta[0] !== theta[1]);
    const w = importanceWeights(random, { normalisation: 'softmax' }).dataSync();
    assert.ok(Math.abs(w[0] + w[1] - 1) < 1e-6);
    assertClose([w[0] / w[1]], [Math.exp(theta[0] - theta[1])], 1e-5);
    for (const [normalisation, expected] of [
      ['softmax', 0.5],
      ['raw', 1],
      ['sigmoid', 0.731059],
    ] as const) {
      const w = importanceWeights(start('equal'), { normalisation });
      assertClose(w, [expected, expected], 1e-6);
    }
  });
});
