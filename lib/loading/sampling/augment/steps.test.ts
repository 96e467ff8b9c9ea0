import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RandomStream } from '../../../base/random';
import {
  golden,
  goldenNoise,
  goldenSample,
  NORMALS,
  scriptedStream,
  UNIFORMS,
  worstDifference,
} from '../../../checks/fixtures/sampling';
import type { Sample } from '../sample';
import { PAPER_AUGMENTATION as PAPER } from './augment';
import { drawBlur } from './blur';
import { drawAddition, drawMultiplication } from './brightness';
import { drawContrast } from './contrast';
import { drawGamma } from './gamma';
import { drawLowResolution } from './low-resolution';
import { drawNoise } from './noise';
import { drawSpatial, type SpatialOptions } from './spatial';

/** batchgenerators computes these in float32. */
const FLOAT32 = 2e-6;

test('each intensity step equals batchgenerators’ given the same draws', () => {
  const steps: Record<string, (sample: Sample, stream: RandomStream) => Sample> = {
    blur: (sample, stream) => drawBlur(sample, PAPER.blur, stream),
    multiplication: (sample, stream) => drawMultiplication(sample, PAPER.multiplication, stream),
    addition: (sample, stream) => drawAddition(sample, PAPER.addition, stream),
    contrast: (sample, stream) => drawContrast(sample, PAPER.contrast, stream),
    lowResolution: (sample, stream) => drawLowResolution(sample, PAPER.lowResolution, stream),
    gamma: (sample, stream) => drawGamma(sample, PAPER.gamma, stream),
  };
  for (const [name, step] of Object.entries(steps)) {
    const sample = goldenSample();
    const stepped = step(sample, scriptedStream(UNIFORMS, NORMALS));
    const wanted = golden[name as 'blur'];
    const worst = worstDifference(stepped.images, wanted);
    assert.ok(worst < FLOAT32, `${name}: ${worst}`);
    // The step changed a copy.
    assert.ok(worstDifference(sample.images, wanted) > 0.01, name);
    assert.deepEqual(sample, goldenSample());
    assert.equal(stepped.regions, sample.regions);
  }
});

test('the spatial step equals batchgenerators’ given the same draws', () => {
  const noise = [0, 1, 2].flatMap(goldenNoise);
  const [off, centre] = [[0.9], [0.25, 0.5, 0.5]];
  const narrow = { ...PAPER.spatial, elasticStrength: [5, 9], elasticSigma: [1, 2] } as const;
  const cases: [string, SpatialOptions, Record<string, number[]>][] = [
    [
      'all',
      PAPER.spatial,
      {
        elastic: [0.1, 0.3, 0.6, ...noise],
        rotation: [0.05, 0.8, 0.1, 0.65],
        scale: [0.1, 0.3, 0.4],
        centre,
      },
    ],
    [
      'elastic',
      narrow,
      { elastic: [0.1, 0.3, 0.6, ...noise], rotation: off, scale: off, centre: [0.75, 0.5, 0.5] },
    ],
    [
      'turned',
      PAPER.spatial,
      {
        elastic: off,
        rotation: [0.05, 0.9, 0.7, 0.2],
        scale: [0.1, 0.8, 0.4],
        centre: [0.5, 0.5, 0.5],
      },
    ],
  ];
  for (const [name, options, draws] of cases) {
    const sample = goldenSample();
    const { images, regions } = drawSpatial(sample, options, scriptedStream([], [], draws));
    assert.ok(worstDifference(images, golden.spatial[name].images) < 1e-7, name);
    assert.equal(regions.join(''), golden.spatial[name].regions, name);
    assert.deepEqual(sample, goldenSample());
  }
});

test('noise adds the drawn normals, times one deviation, to every voxel', () => {
  const sample = goldenSample();
  const normals = Array.from(sample.images, (_, i) => ((i * 37) % 101) / 50 - 1);
  const { images } = drawNoise(sample, PAPER.noise, scriptedStream([0.05, 0.3], normals));
  const wanted = normals.map((normal, i) => sample.images[i] + 0.03 * normal);
  assert.ok(worstDifference(images, wanted) < 1e-7);
});

test('a step that isn’t drawn returns the sample itself', () => {
  const sample = goldenSample();
  const never = scriptedStream([0.999]);
  assert.equal(drawNoise(sample, PAPER.noise, never), sample);
  const off = { elastic: [0.9], rotation: [0.9], scale: [0.9] };
  assert.equal(drawSpatial(sample, PAPER.spatial, scriptedStream([], [], off)), sample);
});
