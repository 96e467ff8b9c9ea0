import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../checks/fixtures/prepared';
import {
  madeBrainScan,
  reorientCase,
  rfnetData,
  writeMadeBrain,
} from '../../checks/fixtures/rfnet-data';
import { MODALITIES } from '../../base/modality';
import { findCases } from '../../datasets/brats';
import { boxAround, brainVoxels, nonzeroSpans, normaliseInBrain } from '../../volume/brain';
import { NORMALISATIONS } from '../../volume/normalise';
import { commonForeground } from '../../volume/foreground';
import { betweenPercentiles } from '../../volume/percentiles';
import { normaliseRange } from '../../volume/range';
import { voxelCount } from '../../volume/size';
import { caseKey } from './case-key';
import { contentHashes } from './content-hashes';
import { landmarksOf, openPrepared, prepareCase } from './index';

const [MADE] = rfnetData.cases;
const [WIDTH, HEIGHT, DEPTH] = MADE.shape;

/** The value of [X, Y, Z] values at [z, x, y] on the kit's grid, which is depth, left, posterior. */
const at = (values: ArrayLike<number>, z: number, x: number, y: number): number =>
  values[x + WIDTH * (y + HEIGHT * z)];

test('by percentiles it is the box of the brain, in whatever axes the files are', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeBrain(folder, 'x', MADE);
  const options = { normalisation: 'percentiles' } as const;
  const made = await prepareCase(findCases(folder)[0], options);
  const scans = MODALITIES.map((_, m) => madeBrainScan(MADE, m));
  const box = boxAround(nonzeroSpans(scans, MADE.shape), MADE.shape);
  const brain = brainVoxels(scans, MADE.shape, box, 'x');
  assert.ok(made.box);
  const [z, x, y] = made.box.start;
  scans.forEach((scan, m) => {
    const between = betweenPercentiles(scan, brain);
    assert.ok(between.length < brain.length);
    const { values, background } = normaliseInBrain(scan, between);
    const count = voxelCount(made.size);
    assert.equal(made.images[m * count], at(values, z, x, y));
    assert.equal(
      made.images[(m + 1) * count - 1],
      at(values, z + made.size[0] - 1, x + made.size[1] - 1, y + made.size[2] - 1),
    );
    assert.equal(made.box!.background[m], background);
  });
  await reorientCase(folder, 'x', 'SRA');
  assert.deepEqual(await prepareCase(findCases(folder)[0], options), made);
});

test('by range it is the whole case, with its background at 0', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeBrain(folder, 'x', MADE);
  const files = findCases(folder)[0];
  const made = await prepareCase(files, { normalisation: 'range' });
  assert.deepEqual([made.size, made.box], [[DEPTH, WIDTH, HEIGHT], undefined]);
  const count = voxelCount(made.size);
  MODALITIES.forEach((_, m) => {
    const values = normaliseRange(madeBrainScan(MADE, m));
    for (let i = 0; i < count; i += 37) {
      const [z, x, y] = [
        Math.floor(i / WIDTH / HEIGHT),
        Math.floor(i / HEIGHT) % WIDTH,
        i % HEIGHT,
      ];
      assert.equal(made.images[m * count + i], at(values, z, x, y));
    }
  });
  assert.equal(made.images[0], 0);
});

test('each normalisation has prepared cases of its own', async (t) => {
  const root = temporaryFolder(t);
  const folder = join(root, 'cache');
  writeMadeBrain(join(root, 'data'), 'x', MADE);
  const [files] = findCases(join(root, 'data'));
  const hashes = contentHashes(join(root, 'index.json'));
  const kinds = NORMALISATIONS;
  const landmarks = await landmarksOf([files, files]);
  const keys = new Set<string>();
  for (const normalisation of kinds) {
    const options = { normalisation, landmarks };
    keys.add(await caseKey(files, options, hashes));
    const expected = await prepareCase(files, options);
    for (let i = 0; i < 2; i++) {
      const opened = openPrepared([files], { ...options, folder, memoryBytes: 0 });
      assert.deepEqual(await opened.whole('x'), expected, normalisation);
    }
  }
  const other = { ...landmarks, t1: landmarks.t2 };
  keys.add(await caseKey(files, { normalisation: 'landmarks', landmarks: other }, hashes));
  assert.equal(keys.size, kinds.length + 1);
});

test('by landmarks each scan has mean 0 and deviation 1 in the foreground, in whatever axes the files are', async (t) => {
  const folder = temporaryFolder(t);
  for (const name of ['a', 'b']) writeMadeBrain(folder, name, MADE);
  const cases = findCases(folder);
  const landmarks = await landmarksOf(cases);
  const options = { normalisation: 'landmarks', landmarks } as const;
  const made = await prepareCase(cases[0], options);
  assert.ok(made.box);
  const scans = MODALITIES.map((_, m) => madeBrainScan(MADE, m));
  const spans = boxAround(nonzeroSpans(scans, MADE.shape), MADE.shape);
  const box = { shape: MADE.shape, spans };
  const foreground = commonForeground(scans, box, { name: 'a', padding: 10 });
  const count = voxelCount(made.size);
  const [z, x, y] = made.box.start;
  MODALITIES.forEach((_, m) => {
    const [depth, width, height] = made.size;
    const inside = Array.from(foreground, (voxel) => {
      const [vx, vy, vz] = [
        voxel % WIDTH,
        Math.floor(voxel / WIDTH) % HEIGHT,
        Math.floor(voxel / WIDTH / HEIGHT),
      ];
      assert.ok(vz - z < depth);
      return made.images[m * count + ((vz - z) * width + vx - x) * height + vy - y];
    });
    const mean = inside.reduce((sum, value) => sum + value, 0) / inside.length;
    const squares = inside.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    assert.ok(Math.abs(mean) < 1e-5, String(mean));
    assert.ok(Math.abs(squares / inside.length - 1) < 1e-5);
  });
  for (const { name } of cases) await reorientCase(folder, name, 'SRA');
  const turned = findCases(folder);
  assert.deepEqual(await landmarksOf(turned), landmarks);
  assert.deepEqual(await prepareCase(turned[0], options), made);
});

test('landmarks need training cases, and their normalisation needs landmarks', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeBrain(folder, 'x', MADE);
  const cases = findCases(folder);
  await assert.rejects(landmarksOf(cases), {
    code: 'BAD_VALUE',
    message: /^the number of training cases is 1, and landmarks of histograms need 2 or more/,
  });
  await assert.rejects(prepareCase(cases[0], { normalisation: 'landmarks' }), {
    code: 'MISSING',
    message: /^brats\.normalisation is landmarks, and there are none/,
  });
});
