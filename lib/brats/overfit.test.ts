import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfig } from '../config';
import type { PreparedCase } from '../loading/sampling';
import { tf } from '../nn/tf';
import { measureSteps } from './measure';
import { overfit, type OverfitStep } from './overfit';
import { tumourCrop } from './tumour-crop';

const { brats: config } = buildConfig('smoke', {
  brats: { width: 1 / 16, learningRate: 0.05, momentum: 0.9 },
});

/** A ball of 8 voxels radius around [20, 24, 28], bright in FLAIR, its middle in T1ce. */
function ball(): PreparedCase {
  const size = [40, 48, 48] as const;
  const count = 40 * 48 * 48;
  const images = new Float32Array(4 * count);
  const regions = new Uint8Array(3 * count);
  for (let i = 0; i < count; i++) {
    const [z, y, x] = [Math.floor(i / 2304), Math.floor(i / 48) % 48, i % 48];
    const distance = Math.hypot(z - 20, y - 24, x - 28);
    for (const m of [1, 3]) images[m * count + i] = Math.sin(i * (m + 0.5));
    images[i] = distance < 8 ? 2 : Math.sin(i);
    images[2 * count + i] = distance < 4 ? 2 : Math.cos(i);
    if (distance < 8) regions[count + i] = 1;
    if (distance < 4) regions[i] = regions[2 * count + i] = 1;
  }
  return { name: 'ball', size, images, regions };
}

test('the crop is centred on the tumour, and stays inside the volume', () => {
  const crop = tumourCrop(ball(), config);
  assert.deepEqual(crop.size, [32, 32, 32]);
  const inside = crop.regions.subarray(32 ** 3, 2 * 32 ** 3);
  assert.equal(inside[(16 * 32 + 16) * 32 + 16], 1);
  const whole = ball().regions.subarray(40 * 48 * 48, 2 * 40 * 48 * 48);
  const sum = (values: Uint8Array): number => values.reduce((a, b) => a + b, 0);
  assert.equal(sum(inside), sum(whole));
});

test('one crop is learned: the loss falls, and Dice is reported every few steps', async () => {
  const before = tf.memory().numTensors;
  const steps: OverfitStep[] = [];
  const options = { config, seed: 0, steps: 40, scoreEvery: 20 };
  for await (const step of overfit(tumourCrop(ball(), config), options)) steps.push(step);
  assert.equal(tf.memory().numTensors, before, 'tensors leaked');
  const scored = steps.filter(({ dice }) => dice);
  assert.deepEqual(
    scored.map(({ step }) => step),
    [20, 40],
  );
  assert.ok(steps[39].loss < steps[0].loss / 3, `${steps[0].loss} to ${steps[39].loss}`);
});

test('a step is measured', () => {
  const [cost] = [...measureSteps(config, 0, 1)];
  assert.ok(cost.seconds > 0 && cost.peakBytes > 1e8);
});
