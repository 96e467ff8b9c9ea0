import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomStream } from '../base/random';
import { assertNoLeak } from '../checks/fixtures/tensors';
import { kernelShape, layerSpecs, normSpecs, truncatedHe } from './parameter-specs';
import { disposeAll, freshParameters } from './parameters';

test('fresh parameters start as their specifications say, in the layout of the kit, by seed and name alone', () => {
  assertNoLeak(() => {
    const specs = [
      ...layerSpecs('conv', kernelShape(64, 32, 3), { weight: truncatedHe, bias: null }),
      ...layerSpecs('linear', [40, 25]),
      ...normSpecs('norm', 3),
    ];
    const parameters = freshParameters(specs, randomStream(1, 'network'));
    const alone = freshParameters(layerSpecs('linear', [40, 25]), randomStream(1, 'network'));
    assert.deepEqual(
      Object.keys(parameters),
      specs.map(({ name }) => name),
    );
    assert.deepEqual(parameters['conv.weight'].shape, [3, 3, 3, 32, 64]);
    assert.deepEqual(parameters['linear.weight'].shape, [40, 25]);
    assert.deepEqual([...parameters['norm.weight'].dataSync()], [1, 1, 1]);
    const conv = parameters['conv.weight'].dataSync() as Float32Array;
    const variance = conv.reduce((sum, v) => sum + v * v, 0) / conv.length;
    const expected = 2 / (32 * 27);
    assert.ok(Math.abs(variance / expected - 1) < 0.02, `${variance} against ${expected}`);
    const most = Math.max(...conv.map(Math.abs));
    const cut = (2 * Math.sqrt(expected)) / 0.8796;
    assert.ok(most <= cut && most > 0.95 * cut);
    const linear = parameters['linear.weight'].dataSync() as Float32Array;
    const bound = Math.max(...linear.map(Math.abs));
    assert.ok(bound <= 0.2 && bound > 0.19);
    assert.deepEqual(linear, alone['linear.weight'].dataSync());
    disposeAll(parameters);
    disposeAll(alone);
  });
});
