import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomStream } from '../../../base/random';
import { goldenSample, scriptedStream } from '../../../checks/fixtures/sampling';
import { rfnetData } from '../../../checks/fixtures/rfnet-data';
import { voxelCount, type Size3 } from '../../../volume/size';
import { mirrorSample } from '../mirror';
import type { Sample } from '../sample';
import { augment, FLIPS, RFNET_AUGMENTATION as RFNET } from './augment';
import { drawPlaneRotation, PLANES, rotateInPlane } from './plane-rotation';
import { drawSagittalBrightness } from './sagittal-brightness';

/** One image of its voxels' indices; regions that are 1 at odd indices. */
function indexed(size: Size3): Sample {
  const count = voxelCount(size);
  const images = Float32Array.from({ length: count }, (_, i) => i);
  const regions = Uint8Array.from({ length: 3 * count }, (_, i) => (i % count) % 2);
  return { size, images, regions };
}

test("rotations are scipy's, in each plane and direction; regions come from the same voxels", () => {
  const sample = indexed([11, 14, 17]);
  const count = sample.images.length;
  rfnetData.rotations.forEach((own, plane) => {
    for (const { degrees, outside, checksum } of own) {
      const { images, regions } = rotateInPlane(sample, PLANES[plane], degrees);
      let [sum, from] = [0, 0];
      images.forEach((value, k) => {
        sum += (value + 2) * ((k * k) % 1009);
        if (value < 0) from += 1;
        const region = value < 0 ? 0 : value % 2;
        for (let r = 0; r < 3; r++) assert.equal(regions[r * count + k], region);
      });
      assert.deepEqual([from, sum], [outside, checksum], `plane ${plane}, ${degrees} degrees`);
    }
  });
  assert.equal(rotateInPlane(sample, PLANES[0], 0), sample);
});

test('a rotation is always drawn, in one of three planes by -10 to 9 degrees', () => {
  const { probability, degrees } = RFNET.planeRotation;
  assert.deepEqual([probability, degrees], [1, [-10, 9]]);
  const sample = indexed([3, 31, 5]);
  // Draws: that there is a rotation, its plane, its angle.
  const drawn = drawPlaneRotation(sample, RFNET.planeRotation, scriptedStream([0.99, 0.5, 0.999]));
  assert.deepEqual(drawn, rotateInPlane(sample, PLANES[1], 9));
  const least = drawPlaneRotation(sample, RFNET.planeRotation, scriptedStream([0.99, 0, 0]));
  assert.deepEqual(least, rotateInPlane(sample, PLANES[0], -10));
});

test('each sagittal slice of each scan has a factor and a shift of its own', () => {
  const before = goldenSample();
  const { images, regions } = drawSagittalBrightness(
    before,
    RFNET.sagittalBrightness,
    randomStream(3, 'brightness'),
  );
  assert.equal(regions, before.regions);
  const [D, H, W] = before.size;
  const found: string[] = [];
  for (let c = 0; c < 4; c++) {
    for (let h = 0; h < H; h++) {
      // A line through the slice's values: its slope and where it begins.
      const at = (d: number, w: number): number => ((c * D + d) * H + h) * W + w;
      const [p, q] = [at(0, 0), at(D - 1, W - 1)];
      const factor = (images[q] - images[p]) / (before.images[q] - before.images[p]);
      const shift = images[p] - factor * before.images[p];
      assert.ok(factor > 0.9 && factor < 1.1 && Math.abs(shift) < 0.1, `${factor}, ${shift}`);
      for (let d = 0; d < D; d++) {
        for (let w = 0; w < W; w++) {
          const expected = before.images[at(d, w)] * factor + shift;
          assert.ok(Math.abs(images[at(d, w)] - expected) < 1e-5);
        }
      }
      found.push(factor.toFixed(4));
    }
  }
  assert.equal(new Set(found).size, 4 * H, 'one for each slice of each scan');
});

test("RFNet's steps come in its order: rotation, brightness, flips; `FLIPS` are flips alone", () => {
  const sample = goldenSample();
  const stream = randomStream(8, 'crop');
  const expected = drawSagittalBrightness(
    drawPlaneRotation(sample, RFNET.planeRotation, stream.split('plane-rotation')),
    RFNET.sagittalBrightness,
    stream.split('sagittal-brightness'),
  );
  const mirror = stream.split('mirror');
  const axes = [0, 1, 2].map(() => mirror.uniform() < 0.5) as [boolean, boolean, boolean];
  assert.ok(axes.includes(true), 'or the test is void');
  assert.deepEqual(augment(sample, RFNET, stream), mirrorSample(expected, axes));
  assert.deepEqual(augment(sample, FLIPS, stream), mirrorSample(sample, axes));
});
