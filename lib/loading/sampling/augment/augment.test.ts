import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../../base/errors';
import { randomStream } from '../../../base/random';
import { goldenSample } from '../../../checks/fixtures/sampling';
import { momentsOf } from '../../../volume/moments';
import { type Sample } from '../sample';
import { voxelCount, type Size3 } from '../../../volume/size';
import { augment, NO_AUGMENTATION, PAPER_AUGMENTATION, type AugmentationOptions } from './augment';

const SIZE: Size3 = [12, 16, 20];
const COUNT = voxelCount(SIZE);

/** Four images, each three times the whole-tumour mask (less 1 for each channel), so that both can be compared. */
function alignedSample(): Sample {
  const [, height, width] = SIZE;
  const inside = (i: number, radius: number): boolean => {
    const d = Math.floor(i / (height * width)) - 4;
    const h = (Math.floor(i / width) % height) - 9;
    const w = (i % width) - 8;
    return d * d + h * h + w * w <= radius * radius;
  };
  const regions = Uint8Array.from({ length: 3 * COUNT }, (_, at) =>
    inside(at % COUNT, [2, 4, 3][Math.floor(at / COUNT)]) ? 1 : 0,
  );
  const images = Float32Array.from(
    { length: 4 * COUNT },
    (_, at) => 3 * regions[COUNT + (at % COUNT)] - Math.floor(at / COUNT),
  );
  return { size: SIZE, images, regions };
}

/** Every step's probability is 1. */
const EVERY_STEP = JSON.parse(
  JSON.stringify(PAPER_AUGMENTATION, (name, value: unknown) =>
    /probability$/i.test(name) ? 1 : value,
  ),
) as AugmentationOptions;

test('the same stream gives the same bytes, another one others; the sample is not changed', () => {
  const sample = alignedSample();
  const augmented = augment(sample, EVERY_STEP, randomStream(1, 'a'));
  assert.deepEqual(augment(sample, EVERY_STEP, randomStream(1, 'a')), augmented);
  assert.notDeepEqual(augment(sample, EVERY_STEP, randomStream(2, 'a')), augmented);
  assert.deepEqual(sample, alignedSample());
  assert.ok(augmented.images.every(Number.isFinite));
});

test('no augmentation returns the sample itself', () => {
  const sample = alignedSample();
  assert.equal(augment(sample, NO_AUGMENTATION, randomStream(1, 'a')), sample);
});

test('a step’s draws do not depend on the others', () => {
  const stream = randomStream(7, 'steps');
  const onlyGamma = { ...NO_AUGMENTATION, gamma: EVERY_STEP.gamma };
  const alone = augment(alignedSample(), onlyGamma, stream);
  // A factor of 1 draws but changes nothing.
  const multiplication = { probability: 1, factorRange: [1, 1] } as const;
  const blurred = { probability: 1, channelProbability: 0, sigmaRange: [1, 2] } as const;
  assert.deepEqual(
    augment(alignedSample(), { ...onlyGamma, multiplication, blur: blurred }, stream),
    alone,
  );
});

test('after every spatial step regions are 0 or 1 and where the images show them', () => {
  const spatialOnly = {
    ...NO_AUGMENTATION,
    spatial: { ...EVERY_STEP.spatial, elasticSigma: [3, 4], elasticStrength: [10, 20] },
    mirror: { axisProbability: 0.5 },
  } as const;
  const before = alignedSample().regions;
  for (let seed = 0; seed < 10; seed++) {
    const { images, regions } = augment(alignedSample(), spatialOnly, randomStream(seed, 's'));
    let [inside, apart] = [0, 0];
    for (let i = 0; i < COUNT; i++) {
      const whole = regions[COUNT + i];
      assert.ok(regions[i] <= regions[2 * COUNT + i] && regions[2 * COUNT + i] <= whole);
      assert.ok(whole === 0 || whole === 1);
      inside += whole;
      if (images[i] > 1.5 !== (whole === 1)) apart += 1;
    }
    assert.ok(inside > 100, `${inside} voxels`);
    // Cubic and linear interpolation cross one half at nearly the same place.
    assert.ok(apart <= inside / 20, `${apart} of ${inside}`);
    assert.notDeepEqual(regions, before);
  }
});

/** The share of 2000 samples of one voxel that a step with the paper's options changes. */
function shareChanged(step: keyof AugmentationOptions): number {
  const sample: Sample = {
    size: [1, 1, 2],
    images: Float32Array.of(-1, 3, -2, 2, -1, 1.5, -3, 1),
    regions: new Uint8Array(6),
  };
  const options = { ...NO_AUGMENTATION, [step]: PAPER_AUGMENTATION[step] };
  let changed = 0;
  for (let i = 0; i < 2000; i++) {
    const { images } = augment(sample, options, randomStream(i, step));
    if (images.some((value, at) => value !== sample.images[at])) changed += 1;
  }
  return changed / 2000;
}

test('each step happens as often as in the paper', () => {
  // With probability 1/2 per channel, none of four is chosen in 1 of 16 samples.
  const some = 15 / 16;
  const wanted = {
    noise: 0.1,
    blur: 0.2 * some,
    multiplication: 0.15,
    addition: 0.15 * some,
    contrast: 0.15,
    mirror: 0.5,
    spatial: 1 - 0.8 ** 3,
  };
  for (const [step, share] of Object.entries(wanted)) {
    const found = shareChanged(step as keyof AugmentationOptions);
    // Four standard errors.
    const slack = 4 * Math.sqrt((share * (1 - share)) / 2000);
    assert.ok(Math.abs(found - share) < slack, `${step}: ${found}, ${share}`);
  }
});

test('intensity steps stay in their ranges', () => {
  const sample = goldenSample();
  const count = voxelCount(sample.size);
  const channels = (images: Float32Array) =>
    [0, 1, 2, 3].map((c) =>
      momentsOf(new Float64Array(images.subarray(c * count, (c + 1) * count))),
    );
  const before = channels(sample.images);
  const only = (step: keyof AugmentationOptions, seed: number) =>
    channels(
      augment(sample, { ...NO_AUGMENTATION, [step]: EVERY_STEP[step] }, randomStream(seed, 'r'))
        .images,
    );
  const factors: number[] = [];
  for (let seed = 0; seed < 200; seed++) {
    only('multiplication', seed).forEach(({ deviation }, c) => {
      factors.push(deviation / before[c].deviation);
    });
    only('contrast', seed).forEach(({ least, greatest }, c) => {
      assert.ok(least >= before[c].least && greatest <= before[c].greatest);
    });
    only('gamma', seed).forEach(({ deviation }, c) => {
      assert.ok(Math.abs(deviation / before[c].deviation - 1) < 1e-5);
    });
  }
  assert.ok(Math.min(...factors) > 0.75 && Math.max(...factors) < 1.25);
  assert.ok(Math.min(...factors) < 0.76 && Math.max(...factors) > 1.24);
});

test('invalid options are errors that name them', () => {
  const cases: [AugmentationOptions, string][] = [
    [{ ...NO_AUGMENTATION, mirror: { axisProbability: 1.5 } }, 'mirror.axisProbability'],
    [
      { ...NO_AUGMENTATION, blur: { ...NO_AUGMENTATION.blur, channelProbability: NaN } },
      'blur.channelProbability',
    ],
    [
      { ...NO_AUGMENTATION, noise: { probability: 0, deviationRange: [2, 1] } },
      'noise.deviationRange',
    ],
    [{ ...NO_AUGMENTATION, gamma: { probability: 0, gammaRange: [-1, 1] } }, 'gamma.gammaRange'],
  ];
  for (const [options, field] of cases) {
    assert.throws(
      () => augment(alignedSample(), options, randomStream(1, 'a')),
      (error) => error instanceof UserError && error.details.field === field,
    );
  }
});
