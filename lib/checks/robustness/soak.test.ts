import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder } from '../fixtures/prepared';
import { tf } from '../../nn/tf';
import { runSoak, slope, type SoakSample } from './soak';

test('the slope of a line is found in spite of symmetric noise', () => {
  assert.equal(slope([]), 0);
  assert.equal(slope([[5, 1]]), 0);
  const points = Array.from({ length: 10 }, (_, x): [number, number] => [x, 7 + 3 * x]);
  assert.ok(Math.abs(slope(points) - 3) < 1e-12);
  const around = points.flatMap(([x, y]): [number, number][] => [
    [x, y - 5],
    [x, y + 5],
  ]);
  assert.ok(Math.abs(slope(around) - 3) < 1e-12);
});

test('no tensor is leaked by steps, meta events, checkpoints and evaluations', async (t) => {
  const before = tf.memory().numTensors;
  const samples: SoakSample[] = [];
  const summary = await runSoak({
    folder: temporaryFolder(t),
    steps: 30,
    checkEvery: 10,
    sampleEvery: 2,
    warmUp: 0.2,
    onSample: (sample) => void samples.push(sample),
  });
  const { steps, metaEvents, checkpoints, tensorsPerStep, bytesPerStep } = summary;
  assert.deepEqual([steps, samples.length, checkpoints], [30, 15, 3]);
  assert.ok(metaEvents >= 3);
  assert.equal(tensorsPerStep, 0, JSON.stringify(samples));
  assert.deepEqual(
    summary.sizesMiB,
    samples.map(({ bytes }) => Math.round(bytes / 2 ** 20)),
  );
  // The growth in so few steps is meaningless; only that it is measured is tested.
  assert.ok(Number.isFinite(bytesPerStep) && samples.every(({ bytes }) => bytes > 1e7));
  assert.equal(tf.memory().numTensors, before);
});
