import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tf } from './tf';
import { valueAndGradients } from './gradients';
import { conv3d, instanceNorm, standardise } from './layers3d';
import { constantVariable, disposeAll } from './parameters';
import { recompute, type Block } from './recompute';
import { patterned } from '../checks/fixtures/tensors';

const block: Block<tf.Tensor5D> = (parameters, x) =>
  tf.tidy(() => {
    const y = conv3d(x, standardise(parameters['block.conv.weight']) as tf.Tensor5D);
    return instanceNorm(parameters, 'block.norm', y, { plus: x, activate: true });
  });

const wave = (size: number): Float32Array =>
  Float32Array.from({ length: size }, (_, k) => Math.sin(0.37 * k));

test('a recomputed block has the same value and the same gradients, bit for bit, and leaks nothing', () => {
  const before = tf.memory().numTensors;
  const parameters = {
    'block.conv.weight': constantVariable([3, 3, 3, 2, 2], wave(108)),
    'block.norm.weight': constantVariable([2], wave(2)),
    'block.norm.bias': constantVariable([2], wave(2)),
    'blocks.other': constantVariable([1], 1),
    x: constantVariable([2, 3, 4, 3, 2], wave(144)),
  };
  const run = (again: boolean): Record<string, number[]> => {
    const { value, gradients } = valueAndGradients(() => {
      const x = parameters.x as unknown as tf.Tensor5D;
      let y = again ? recompute(block, 'block', parameters, x) : block(parameters, x);
      y = again ? recompute(block, 'block', parameters, y) : block(parameters, y);
      return tf.sum(
        tf.mul(
          y,
          patterned(y.shape, (k) => Math.cos(0.23 * k)),
        ),
      ) as tf.Scalar;
    }, parameters);
    const numbers = Object.fromEntries(
      Object.entries({ value, ...gradients }).map(([name, t]) => [name, [...t.dataSync()]]),
    );
    tf.dispose([value, gradients]);
    return numbers;
  };
  const plain = run(false);
  assert.deepEqual(Object.keys(plain).sort(), [
    'block.conv.weight',
    'block.norm.bias',
    'block.norm.weight',
    'value',
    'x',
  ]);
  assert.deepEqual(run(true), plain);
  disposeAll(parameters);
  assert.equal(tf.memory().numTensors, before);
});
