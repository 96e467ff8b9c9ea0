import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomStream } from '../../base/random';
import { drawSample, PAPER_SAMPLING } from './draw-sample';
import { goldenSample } from '../../checks/fixtures/sampling';
import { drawMirror, mirrorSample, PAPER_MIRROR, type MirroredAxes } from './mirror';

const WAYS: MirroredAxes[] = [0, 1, 2, 3, 4, 5, 6, 7].map((way) => [
  (way & 1) !== 0,
  (way & 2) !== 0,
  (way & 4) !== 0,
]);

test('mirrored images and regions are the voxels of the other side', () => {
  const sample = goldenSample();
  for (const axes of WAYS) {
    const mirrored = mirrorSample(sample, axes);
    for (let at = 0; at < sample.images.length; at++) {
      const [d, h, w] = [Math.floor(at / 48) % 5, Math.floor(at / 8) % 6, at % 8];
      const from = [axes[0] ? 4 - d : d, axes[1] ? 5 - h : h, axes[2] ? 7 - w : w];
      const other = at - (at % 240) + (from[0] * 6 + from[1]) * 8 + from[2];
      assert.equal(mirrored.images[at], sample.images[other]);
      if (at < sample.regions.length) assert.equal(mirrored.regions[at], sample.regions[other]);
    }
    assert.deepEqual(mirrorSample(mirrored, axes), sample);
  }
  assert.deepEqual(sample, goldenSample());
});

test('3 of 10 crops are not mirrored, and each other way has 1 of 10', () => {
  const sample = goldenSample();
  const ways = new Map(WAYS.map((axes) => [mirrorSample(sample, axes).images.join(), 0]));
  const stream = randomStream(5, 'mirror');
  for (let i = 0; i < 2000; i++) {
    const way = drawMirror(sample, PAPER_MIRROR, stream).images.join();
    ways.set(way, (ways.get(way) ?? 0) + 1);
  }
  assert.equal(ways.size, 8);
  [...ways.values()].forEach((count, i) => {
    const share = i === 0 ? 0.3 : 0.1;
    assert.ok(Math.abs(count / 2000 - share) < 0.045, `${i}: ${count}`);
  });
});

test('a sample drawn with the paper’s options is the same for the same stream, and the case is not changed', () => {
  const prepared = goldenSample();
  const options = {
    ...PAPER_SAMPLING,
    crop: { ...PAPER_SAMPLING.crop, size: [4, 4, 6] as const },
  };
  const before = JSON.stringify(options);
  const drawn = new Set<string>();
  for (let seed = 0; seed < 30; seed++) {
    const sample = drawSample(prepared, options, randomStream(seed, 'sample'));
    assert.deepEqual(drawSample(prepared, options, randomStream(seed, 'sample')), sample);
    assert.deepEqual([sample.size, sample.images.length], [[4, 4, 6], 4 * 96]);
    assert.ok(sample.images.every(Number.isFinite));
    assert.ok(sample.regions.every((value) => value === 0 || value === 1));
    drawn.add(sample.images.join());
  }
  assert.equal(drawn.size, 30);
  assert.deepEqual(prepared, goldenSample());
  assert.equal(JSON.stringify(options), before);
});
