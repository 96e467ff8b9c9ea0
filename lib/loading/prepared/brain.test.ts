import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildConfig } from '../../config';
import { randomStream } from '../../base/random';
import { samplingOptions } from '../../brats/sampling';
import { temporaryFolder, writeMadeCase } from '../../checks/fixtures/prepared';
import {
  madeBrainLabels,
  reorientCase,
  rfnetData,
  writeMadeBrain,
  type MadeBrain,
} from '../../checks/fixtures/rfnet-data';
import { findCases } from '../../datasets/brats';
import { readNifti, writeNifti } from '../../formats/nifti';
import { voxelCount } from '../../volume/size';
import { drawSample, type Sample } from '../sampling';
import { caseKey } from './case-key';
import { contentHashes } from './content-hashes';
import { openPrepared, prepareCase } from './index';

const BRAIN = { normalisation: 'brain' } as const;
const [MADE] = rfnetData.cases;

/** ET, WT, TC: voxels of the regions in and out of the box. */
function labelVoxels(
  made: MadeBrain,
  { size, box }: { size: readonly number[]; box?: { start: readonly number[] } },
): { inside: number[]; outside: number[] } {
  const counts = { inside: [0, 0, 0], outside: [0, 0, 0] };
  const [width, height] = made.shape;
  madeBrainLabels(made).forEach((label, i) => {
    const [x, y, z] = [i % width, Math.floor(i / width) % height, Math.floor(i / width / height)];
    const at = [z, x, y].map((index, axis) => index - (box?.start[axis] ?? 0));
    const isIn = at.every((index, axis) => index >= 0 && index < size[axis]);
    const own = isIn ? counts.inside : counts.outside;
    if (label === 4) own[0] += 1;
    if (label !== 0) own[1] += 1;
    if (label === 4 || label === 1) own[2] += 1;
  });
  return counts;
}

function regionVoxels({ size, regions }: Sample): number[] {
  const count = voxelCount(size);
  return [0, 1, 2].map((r) =>
    regions.subarray(r * count, (r + 1) * count).reduce((sum, value) => sum + value, 0),
  );
}

test("a case is cut and normalised as by RFNet's code, in whatever axes its files are", async (t) => {
  const folder = temporaryFolder(t);
  for (const [i, made] of rfnetData.cases.entries()) {
    writeMadeBrain(folder, `case${i}`, made);
    writeMadeBrain(folder, `turned${i}`, made);
    await reorientCase(folder, `turned${i}`, 'SRA');
  }
  for (const files of findCases(folder)) {
    const made = rfnetData.cases[Number(files.name.slice(-1))];
    const found = await prepareCase(files, BRAIN);
    const { size, images, box } = found;
    const [X, Y, Z] = made.shape;
    assert.deepEqual([size, box?.start, box?.grid], [made.size, made.start, [Z, X, Y]]);
    const count = voxelCount(size);
    made['every 97th'].forEach((values, m) => {
      values.forEach((value, i) => {
        const error = Math.abs(images[m * count + 97 * i] - value);
        assert.ok(error < 1e-5, `${files.name}, scan ${m}, voxel ${97 * i}: off by ${error}`);
      });
      const background = box?.background[m] ?? 0;
      assert.ok(Math.abs(background - made.background[m]) < 1e-5);
      const least = images.subarray(m * count, (m + 1) * count).reduce((a, b) => Math.min(a, b));
      assert.equal(least, background, 'what was 0 has one value');
    });
    const { inside, outside } = labelVoxels(made, found);
    assert.deepEqual(regionVoxels(found), inside);
    assert.deepEqual(box?.regionsOutside, outside);
    assert.ok(outside.every((voxels) => voxels > 0));
  }
});

test('from memory, from disk whole and slab by slab: the same case with the same box', async (t) => {
  const root = temporaryFolder(t);
  const [data, folder] = [join(root, 'data'), join(root, 'prepared')];
  writeMadeBrain(data, 'x', MADE);
  const cases = findCases(data);
  const expected = await prepareCase(cases[0], BRAIN);
  assert.deepEqual(await openPrepared(cases, { ...BRAIN, folder }).whole('x'), expected);
  const [stored] = readdirSync(folder).filter((name) => name.endsWith('.prepared'));
  assert.equal(readFileSync(join(folder, stored)).readUInt32LE(8), 2, 'its version');
  assert.deepEqual(await openPrepared(cases, { ...BRAIN, folder }).whole('x'), expected);
  const reader = await openPrepared(cases, { ...BRAIN, folder, memoryBytes: 0 }).open('x');
  assert.deepEqual([reader.size, reader.box], [expected.size, expected.box]);
  const { images } = await reader.slab(2, 5);
  const [, height, width] = expected.size;
  const from = 2 * height * width;
  assert.deepEqual(
    images.subarray(0, 3 * height * width),
    expected.images.subarray(from, from + 3 * height * width),
  );
  assert.deepEqual(await reader.regions(), expected.regions);

  // The other normalisation of the same files has a file of its own, without a box.
  const other = await openPrepared(cases, { folder }).whole('x');
  assert.deepEqual([other.size, other.box], [[7, 150, 10], undefined]);
  assert.equal(readdirSync(folder).filter((name) => name.endsWith('.prepared')).length, 2);
});

test('a missing scan stays 0; box and means are of the others', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeBrain(folder, 'x', MADE);
  // FLAIR reaches further than the others, and is the only scan there.
  const file = join(folder, 'x', 'x_flair.nii');
  const image = await readNifti(file);
  const values = Int16Array.from(image.values);
  values[148] = 1000;
  writeNifti(file, { ...image, values, datatype: 'int16' });
  const [files] = findCases(folder);
  const all = await prepareCase(files, BRAIN);
  assert.deepEqual(
    [all.box?.start, all.size],
    [
      [0, 10, 0],
      [7, 138, 10],
    ],
  );
  delete files.scans.flair;
  await assert.rejects(prepareCase(files, BRAIN), /case x has no FLAIR/);
  const three = await prepareCase(files, { ...BRAIN, missingScans: 'allow' });
  assert.deepEqual([three.box?.start, three.size], [MADE.start, MADE.size]);
  const count = voxelCount(three.size);
  assert.ok(three.images.subarray(0, count).every((value) => value === 0));
  assert.deepEqual(
    three.box?.background.map((value) => value === 0),
    [true, false, false, false],
  );
  const unlabelled = await prepareCase(files, {
    ...BRAIN,
    missingScans: 'allow',
    withoutLabels: true,
  });
  assert.deepEqual(unlabelled.images, three.images);
  assert.deepEqual(unlabelled.box?.regionsOutside, [0, 0, 0]);
});

test('a case that is 0, and a scan with one value in the brain: an error with the file and the value', async (t) => {
  const folder = temporaryFolder(t);
  const change = async (name: string, change: (value: number) => number): Promise<void> => {
    writeMadeBrain(folder, name, MADE);
    const file = join(folder, name, `${name}_t2.nii`);
    const image = await readNifti(file);
    const values = Int16Array.from(image.values, change);
    writeNifti(file, { ...image, values, datatype: 'int16' });
  };
  await change('empty', () => 0);
  await change('flat', (value) => (value > 0 ? 7 : 0));
  const byName = new Map(findCases(folder).map((files) => [files.name, files]));
  const prepared = (name: string): Promise<unknown> =>
    prepareCase(byName.get(name) as never, BRAIN);
  await assert.rejects(prepared('empty'), /empty_t2\.nii: every voxel is 0 and should be/);
  await assert.rejects(prepared('flat'), /flat_t2\.nii: every voxel of the brain is 7 and should/);
});

test('resampled, the box is at least 128 of the new voxels, and holds the same brain', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeBrain(folder, 'x', MADE);
  const [files] = findCases(folder);
  const options = { ...BRAIN, withoutLabels: true };
  const plain = await prepareCase(files, options);
  const half = await prepareCase(files, { ...options, voxelSize: [0.5, 1, 1] });
  // Of X, 10 to 146 of 150 are 20 to 292 of 300; the box ends before the last.
  assert.deepEqual(
    [half.box?.start, half.box?.grid],
    [
      [0, 20, 0],
      [7, 300, 10],
    ],
  );
  assert.deepEqual(half.size, [7, 271, 10]);
  const coarse = await prepareCase(files, { ...options, voxelSize: [3, 1, 1] });
  assert.deepEqual(
    [coarse.size, coarse.box?.grid],
    [
      [7, 50, 10],
      [7, 50, 10],
    ],
  );
  // Means and deviations are those of the scans before.
  assert.deepEqual(coarse.box?.background, plain.box?.background);
});

/** Of the kit before there was a second normalisation. */
const BEFORE = {
  key: 'f5840f1d670c349ff75f33d12d208b4484284fb8864c0f15e0566b89f5138c47',
  keyResampled: 'de00e55d13307bd3f7ee184dff43c077f6ddfabb98352541a56007955994b340',
  prepared: '5b2b458eafe4f95f',
  stored: '8be9919cbdc53ab6',
  crops: '74249f58b122af9a',
};

test("the authors' normalisation has the bytes, the keys and the files that it had", async (t) => {
  const root = temporaryFolder(t);
  const [data, folder] = [join(root, 'data'), join(root, 'prepared')];
  writeMadeCase(data, 'x', { shape: [20, 18, 22] });
  const [files] = findCases(data);
  const hashes = contentHashes(join(root, 'hashes.json'));
  const sum = (...all: (Float32Array | Uint8Array)[]): string => {
    const hash = createHash('sha256');
    for (const { buffer, byteOffset, byteLength } of all) {
      hash.update(new Uint8Array(buffer, byteOffset, byteLength));
    }
    return hash.digest('hex').slice(0, 16);
  };
  const key = await caseKey(files, {}, hashes);
  const resampled = { withoutLabels: true, voxelSize: [2, 2, 2], missingScans: 'allow' } as const;
  const made = await openPrepared([files], { folder }).whole('x');
  const { brats } = buildConfig('smoke', { brats: { crop: [16, 32, 32], augmentation: 'none' } });
  const crops = [0, 1, 2, 3].map((n) =>
    drawSample(made, samplingOptions(brats, 'training'), randomStream(n, 'crop')),
  );
  assert.ok(existsSync(join(folder, `${key}.prepared`)));
  assert.deepEqual(
    {
      key,
      keyResampled: await caseKey(files, resampled, hashes),
      prepared: sum(made.images, made.regions),
      stored: sum(readFileSync(join(folder, `${key}.prepared`))),
      crops: sum(...crops.flatMap(({ images, regions }) => [images, regions])),
    },
    BEFORE,
  );
  assert.notEqual(await caseKey(files, BRAIN, hashes), key);
  assert.equal(await caseKey(files, { normalisation: 'foreground' }, hashes), key);
});
