import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { MODALITIES, type Modality } from '../../base/modality';
import { randomStream } from '../../base/random';
import { temporaryFolder } from '../../checks/fixtures/prepared';
import { reorientCase, rfnetData, writeMadeBrain } from '../../checks/fixtures/rfnet-data';
import { findCases, readCase, regionMasks } from '../../datasets/brats';
import { prepareCase } from '../../loading/prepared';
import { segmentationParameters } from '../../models/segmentation';
import { disposeAll } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import { diceScore } from '../../metrics/overlap';
import { scoreCase } from '../evaluate';
import { mckdModel, type Network } from '../models';
import { readCaseForWeights, readCaseVolume } from './case-volume';
import { trainedNormalisation } from './normalisation';
import { segmentCase, type CaseSegmentation } from './segment-case';
import { segmentSubsets } from './segment-slabs';
import { labelsOfProbabilities } from './labels';
import type { CaseVolume } from './volumes';
import { unlikeTraining } from './voxel-size';

const TILE = [16, 32, 32] as const;
const BRAIN = { normalisation: 'brain' } as const;
const [MADE] = rfnetData.cases;
const TRAINED = { metadata: { config: JSON.stringify(BRAIN) } };

/** Fresh logits are about 0, so that each label occurs. */
function network(t: TestContext): Network {
  const before = tf.memory().numTensors;
  const parameters = segmentationParameters(1 / 32, randomStream(3, 'segment-case'));
  t.after(() => {
    disposeAll(parameters);
    assert.equal(tf.memory().numTensors, before, 'tensors leaked');
  });
  return { model: mckdModel, parameters };
}

async function segmentAll(
  own: Network,
  volume: CaseVolume,
  subsets: Modality[][],
): Promise<CaseSegmentation[]> {
  const results: CaseSegmentation[] = [];
  const options = { tile: TILE, probabilities: true };
  for await (const event of segmentCase(own, volume, subsets, options)) {
    if (event.kind === 'segmentation') results.push(event);
  }
  return results;
}

test('a case is segmented in its box, and labels and probabilities are where they belong in the files', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeBrain(folder, 'x', MADE);
  // The files run to S, R, A: their axes are BraTS' third, first and second, the last two mirrored.
  await reorientCase(folder, 'x', 'SRA');
  const [files] = findCases(folder);
  const own = network(t);
  const notes: string[] = [];
  const onNote = (note: string): void => void notes.push(note);
  const volume = await readCaseForWeights(TRAINED, files, MODALITIES, { onNote });
  assert.deepEqual([volume.size, volume.box?.grid], [MADE.size, [7, 150, 10]]);
  assert.ok(!notes.join('\n').includes('box'), notes.join('\n'));
  const subsets: Modality[][] = [['t1ce'], ['flair', 't2']];
  const results = await segmentAll(own, volume, subsets);

  const { size, images } = await prepareCase(files, BRAIN);
  const maps = segmentSubsets(own, { size, images }, subsets, { tile: TILE });
  const [X, Y, Z] = MADE.shape;
  const [depth, height, width] = size;
  const count = depth * height * width;
  for (const [s, { labels, probabilities }] of results.entries()) {
    const expected = labelsOfProbabilities(maps[s]);
    assert.ok(new Set(expected).size > 1, 'more than one label, or the test is void');
    for (let z = 0; z < Z; z++) {
      for (let x = 0; x < X; x++) {
        for (let y = 0; y < Y; y++) {
          const stored = z + Z * (X - 1 - x + X * (Y - 1 - y));
          const [d, h, w] = [z, x, y].map((index, axis) => index - MADE.start[axis]);
          const isIn = d >= 0 && h >= 0 && w >= 0 && d < depth && h < height && w < width;
          const at = (d * height + h) * width + w;
          assert.equal(labels[stored], isIn ? expected[at] : 0);
          assert.equal(probabilities?.WT[stored], isIn ? maps[s][count + at] : 0);
        }
      }
    }
  }
});

test('from some of the scans the box is theirs, with a note', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeBrain(folder, 'x', MADE);
  const [files] = findCases(folder);
  const notes: string[] = [];
  const onNote = (note: string): void => void notes.push(note);
  const volume = await readCaseForWeights(TRAINED, files, ['flair', 't2'], { onNote });
  assert.match(notes.join('\n'), /x: the box around the brain.* are found from FLAIR, T2;/);
  const own = { ...files, scans: { flair: files.scans.flair, t2: files.scans.t2 } };
  const expected = await prepareCase(own, { ...BRAIN, missingScans: 'allow', withoutLabels: true });
  assert.deepEqual(volume.images, expected.images);
  const plain = await readCaseForWeights({ metadata: {} }, files, ['flair', 't2']);
  assert.deepEqual([plain.size, plain.box], [[7, 150, 10], undefined]);
});

test('scores are of the label map on the whole grid: what lies outside of the box is missed', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeBrain(folder, 'x', MADE);
  const [files] = findCases(folder);
  const own = network(t);
  const prepared = await prepareCase(files, BRAIN);
  const subsets: Modality[][] = [['flair'], [...MODALITIES]];
  const { dice: scores } = await scoreCase(own, prepared, { tile: TILE, subsets });
  const volume = await readCaseVolume(files, MODALITIES, BRAIN);
  const results = await segmentAll(own, volume, subsets);
  const { labels } = await readCase(files, { axes: 'stored' });
  const truth = regionMasks(labels as Uint8Array);
  const count = truth.length / 3;
  for (const [s, segmentation] of results.entries()) {
    const masks = regionMasks(segmentation.labels);
    for (let r = 0; r < 3; r++) {
      const part = (values: Uint8Array): Uint8Array => values.subarray(r * count, (r + 1) * count);
      assert.equal(scores[s][r], diceScore(part(masks), part(truth)));
    }
  }
  const { box, ...inBox } = prepared;
  assert.ok(box);
  assert.notDeepEqual((await scoreCase(own, inBox, { tile: TILE, subsets })).dice, scores);
});

test('a case of another voxel size: its box is of the resampled scans, and outside of it nothing is predicted', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeBrain(folder, 'x', MADE);
  const [files] = findCases(folder);
  const own = network(t);
  const volume = await readCaseForWeights(TRAINED, files, MODALITIES, { resample: [0.5, 1, 1] });
  assert.deepEqual(
    [volume.size, volume.box?.grid],
    [
      [7, 271, 10],
      [7, 300, 10],
    ],
  );
  const [{ labels, probabilities }] = await segmentAll(own, volume, [['t1']]);
  assert.equal(labels.length, 150 * 10 * 7);
  // The box is 20 to 291 of 300 along X: 10 to 145.5 of 150.
  probabilities?.WT.forEach((p, i) => {
    const x = i % 150;
    assert.equal(p > 0, x >= 10 && x <= 145, `x ${x}`);
    if (p === 0) assert.equal(labels[i], 0);
  });
});

test('the normalisation is that of the checkpoint; an unknown one is an error with its value', () => {
  const stating = (config: unknown): { metadata: Record<string, string> } => ({
    metadata: { training: JSON.stringify({ config }) },
  });
  assert.equal(trainedNormalisation(TRAINED).normalisation, 'brain');
  assert.deepEqual(trainedNormalisation(stating(BRAIN)), BRAIN);
  assert.equal(trainedNormalisation(stating({ crop: [16, 32, 32] })).normalisation, 'foreground');
  assert.equal(trainedNormalisation({ metadata: {} }).normalisation, 'foreground');
  assert.throws(() => trainedNormalisation(stating({ normalisation: 'landmarks' })), {
    code: 'MISSING',
    message: /^the landmarks of the checkpoint are missing/,
  });
  assert.throws(
    () => trainedNormalisation(stating({ normalisation: 'histogram' })),
    /normalisation in the config of the checkpoint is "histogram", which is none of foreground, brain, percentiles, landmarks, range/,
  );
});

test('in a box, too, far more voxels that are not background than in the training give a note', async (t) => {
  const folder = temporaryFolder(t);
  writeMadeBrain(folder, 'x', MADE);
  const volume = await readCaseVolume(findCases(folder)[0], MODALITIES, BRAIN);
  const trained = (brainShare: number): { metadata: Record<string, string> } => {
    const facts = { voxelSize: [1, 1, 1], grid: [7, 150, 10], brainShare, intensities: {} };
    return { metadata: { trainingData: JSON.stringify(facts) } };
  };
  // 136 x 7 x 5 of 150 x 10 x 7 voxels, of which a fifth are 0: 36 %.
  assert.deepEqual(unlikeTraining(trained(0.3), volume), []);
  assert.match(unlikeTraining(trained(0.2), volume)[0], /^36 % of the voxels are not background/);
});
