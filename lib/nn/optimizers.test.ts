import { test } from 'node:test';
import assert from 'node:assert/strict';
import { assertClose, assertNoLeak } from '../checks/fixtures/tensors';
import { constantVariable, disposeAll } from './parameters';
import { adamStep, disposeAdam, initAdam, type AdamOptions } from './adam';
import { initSgd, sgdStep } from './sgd';
import { tf } from './tf';

const ADAMS: { of: string; options: AdamOptions; p: number[]; q: number[] }[] = [
  {
    of: 'weight decay',
    options: { weightDecay: 0.01 },
    p: [0.3395819068, -0.832901299, 1.9094839096],
    q: [0.20501329, -0.0830531642, -0.3669313192, 0.5067638159],
  },
  {
    // beta2 is so low that the largest second moment is mostly an earlier one.
    of: 'weight decay and amsgrad',
    options: { weightDecay: 0.01, amsgrad: true, beta2: 0.5 },
    p: [0.3453702104, -0.8422174413, 1.909624897],
    q: [0.205017449, -0.0741212404, -0.3579497269, 0.5097154243],
  },
];
for (const { of, options, p: expectedP, q: expectedQ } of ADAMS) {
  test(`Adam with ${of} is torch.optim.Adam, also for a parameter without a gradient in one step`, () => {
    // p = torch.tensor([.5, -1., 2.]); q = torch.tensor([[.3, .1], [-.2, .7]])
    // opt = torch.optim.Adam([p, q], lr=.1, weight_decay=.01, ...); three steps, q.grad = None in the second
    assertNoLeak(() => {
      const parameters = {
        p: constantVariable([3], Float32Array.of(0.5, -1, 2)),
        q: constantVariable([2, 2], Float32Array.of(0.3, 0.1, -0.2, 0.7)),
      };
      const state = initAdam(parameters, options);
      const steps: [number[], number[][] | null][] = [
        [
          [0.1, -0.2, 0.3],
          [
            [1, 2],
            [3, 4],
          ],
        ],
        [[0.5, 0, -0.4], null],
        [
          [-1, 0.2, 0.1],
          [
            [-1, 0.5],
            [0, 2],
          ],
        ],
      ];
      for (const [p, q] of steps) {
        const gradients: Record<string, tf.Tensor> = { p: tf.tensor1d(p) };
        if (q) gradients.q = tf.tensor2d(q);
        adamStep(parameters, gradients, state, 0.1, options);
        disposeAll(gradients);
      }
      assertClose(parameters.p, expectedP, 2e-6);
      assertClose(parameters.q, expectedQ, 2e-6);
      assert.deepEqual(state.steps, { p: 3, q: 2 });
      disposeAll(parameters);
      disposeAdam(state);
    });
  });
}

for (const { nesterov, p: expectedP, q: expectedQ } of [
  {
    nesterov: true,
    p: [0.5201100111, -0.9692199826, 1.986229897],
    q: [0.2190000266, -0.5370000005, -1.013000011, -0.7639999986],
  },
  {
    nesterov: false,
    p: [0.4779000282, -0.9657999873, 1.984700084],
    q: [0.2100000232, -0.3300000131, -0.7699999809, -0.2600000203],
  },
]) {
  test(`SGD is torch.optim.SGD ${nesterov ? 'with' : 'without'} Nesterov, also for a parameter without a gradient in one step`, () => {
    // The parameters and gradients above; torch.optim.SGD([p, q], lr=.1, momentum=.9, nesterov=...)
    assertNoLeak(() => {
      const parameters = {
        p: constantVariable([3], Float32Array.of(0.5, -1, 2)),
        q: constantVariable([2, 2], Float32Array.of(0.3, 0.1, -0.2, 0.7)),
      };
      const velocity = initSgd(parameters);
      const steps: [number[], number[] | null][] = [
        [
          [0.1, -0.2, 0.3],
          [1, 2, 3, 4],
        ],
        [[0.5, 0, -0.4], null],
        [
          [-1, 0.2, 0.1],
          [-1, 0.5, 0, 2],
        ],
      ];
      for (const [p, q] of steps) {
        const gradients: Record<string, tf.Tensor> = { p: tf.tensor1d(p) };
        if (q) gradients.q = tf.tensor2d(q, [2, 2]);
        sgdStep(parameters, gradients, velocity, 0.1, { momentum: 0.9, nesterov });
        disposeAll(gradients);
      }
      assertClose(parameters.p, expectedP, 1e-6);
      assertClose(parameters.q, expectedQ, 1e-6);
      disposeAll(parameters);
      disposeAll(velocity);
    });
  });
}

test('SGD updates a large parameter alone as it does with small ones', () => {
  const size = 20_000;
  const large = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
  const parameters = { large: constantVariable([size], large), small: constantVariable([2], 1) };
  const velocity = initSgd(parameters);
  const gradients = { large: tf.ones([size]), small: tf.ones([2]) };
  sgdStep(parameters, gradients, velocity, 0.5, { momentum: 0.5, nesterov: true });
  assertClose(
    parameters.large,
    Array.from(large, (v) => v - 0.75),
    1e-6,
  );
  assertClose(parameters.small, [0.25, 0.25], 1e-6);
  disposeAll({ ...parameters, ...velocity, ...gradients });
});
