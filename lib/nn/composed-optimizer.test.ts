import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClose, assertNoLeak } from '../checks/fixtures/tensors';
import { composedOptimizer } from './composed-optimizer';
import { adamOptimizer, adamStep, disposeAdam, initAdam, renewedAdamOptimizer } from './adam';
import { countOptimizerStep, disposeOptimizerState, type Optimizer } from './optimizer';
import { sgdOptimizer } from './sgd';
import { constantVariable, disposeAll, type NamedTensors, type Parameters } from './parameters';
import { tf } from './tf';

const fresh = (): Parameters => ({
  'd.a': constantVariable([3], Float32Array.of(0.5, -1, 2)),
  'n.a': constantVariable([3], Float32Array.of(0.5, -1, 2)),
  'n.b': constantVariable([2], Float32Array.of(0.3, 0.1)),
});

/** In the second step, n.b has none. */
const GRADIENTS: Record<string, number[]>[] = [
  { 'd.a': [0.1, -0.2, 0.3], 'n.a': [0.1, -0.2, 0.3], 'n.b': [1, 2] },
  { 'd.a': [0.5, 0, -0.4], 'n.a': [0.5, 0, -0.4] },
  { 'd.a': [-1, 0.2, 0.1], 'n.a': [-1, 0.2, 0.1], 'n.b': [-1, 0.5] },
];

function train(optimizer: Optimizer, names?: readonly string[]): Record<string, number[]> {
  const parameters = fresh();
  const state = optimizer.create(parameters);
  for (const step of GRADIENTS) {
    const chosen = Object.entries(step).filter(([name]) => names?.includes(name) ?? true);
    const gradients: NamedTensors = Object.fromEntries(
      chosen.map(([name, values]) => [name, tf.tensor1d(values)]),
    );
    const rates = optimizer.rates(state, 0.1);
    optimizer.step(parameters, gradients, state, rates);
    countOptimizerStep(state, Object.keys(gradients));
    tf.dispose([...rates.tensors]);
    disposeAll(gradients);
  }
  const values = Object.entries(parameters).map(([name, p]) => [name, Array.from(p.dataSync())]);
  disposeAll(parameters);
  disposeOptimizerState(state);
  return Object.fromEntries(values) as Record<string, number[]>;
}

test('each parameter moves as by its own optimizer alone; one that no part moves stays', () => {
  const adam = adamOptimizer({ weightDecay: 0.01 });
  const amsgrad = adamOptimizer({ amsgrad: true });
  const sgd = sgdOptimizer({ momentum: 0.9, nesterov: true });
  assertNoLeak(() => {
    for (const other of [sgd, amsgrad, renewedAdamOptimizer({ learningRate: 0.1 })]) {
      const both = train(
        composedOptimizer([
          { moves: (name) => name.startsWith('n.'), optimizer: adam },
          { moves: () => true, optimizer: other },
        ]),
      );
      assert.deepEqual(both['d.a'], train(other, ['d.a'])['d.a']);
      const alone = train(adam, ['n.a', 'n.b']);
      assert.deepEqual([both['n.a'], both['n.b']], [alone['n.a'], alone['n.b']]);
      assert.notDeepEqual(both['d.a'], both['n.a']);
    }
    const part = train(composedOptimizer([{ moves: (n) => n === 'n.b', optimizer: adam }]));
    assert.deepEqual(part['d.a'], [0.5, -1, 2]);
  });
});

test('Adam made anew at every step is the first step of Adam each time', () => {
  assertNoLeak(() => {
    const parameters = fresh();
    for (const step of GRADIENTS) {
      const state = initAdam(parameters);
      const gradients = Object.fromEntries(
        Object.entries(step).map(([name, values]) => [name, tf.tensor1d(values)]),
      );
      adamStep(parameters, gradients, state, 0.1, { beta1: 0.9, beta2: 0.99 });
      disposeAdam(state);
      disposeAll(gradients);
    }
    const renewed = train(renewedAdamOptimizer({ learningRate: 0.1 }));
    for (const [name, values] of Object.entries(renewed))
      assertClose(parameters[name], values, 1e-6);
    disposeAll(parameters);
  });
});
