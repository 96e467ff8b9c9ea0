import { test } from 'node:test';
import assert from 'node:assert/strict';
import { assertClose, assertNoLeak } from './nn/testing';
import { constantVariable, disposeAll } from './nn/parameters';
import { adamStep, disposeAdam, initAdam } from './optimizers';
import { tf } from './tf';

test('Adam with weight decay is torch.optim.Adam, also for a parameter that sat a step out', () => {
  // p = torch.tensor([.5, -1., 2.]); q = torch.tensor([[.3, .1], [-.2, .7]])
  // opt = torch.optim.Adam([p, q], lr=.1, weight_decay=.01); three steps, q.grad = None in the second
  assertNoLeak(() => {
    const parameters = {
      p: constantVariable([3], Float32Array.of(0.5, -1, 2)),
      q: constantVariable([2, 2], Float32Array.of(0.3, 0.1, -0.2, 0.7)),
    };
    const state = initAdam(parameters);
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
      adamStep(parameters, gradients, state, 0.1, { weightDecay: 0.01 });
      disposeAll(gradients);
    }
    assertClose(parameters.p, [0.3395819068, -0.832901299, 1.9094839096], 2e-6);
    assertClose(parameters.q, [0.20501329, -0.0830531642, -0.3669313192, 0.5067638159], 2e-6);
    assert.deepEqual(state.steps, { p: 3, q: 2 });
    disposeAll(parameters);
    disposeAdam(state);
  });
});
