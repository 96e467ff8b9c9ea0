import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readNifti, type VoxelArray } from '../../formats/nifti';
import { fromDepthFirst, toDepthFirst } from '../../volume/orientation';
import { UserError } from '../../base/errors';
import { PAPER_POSTPROCESSING, paperPostprocessing } from './options';
import { postprocess } from './postprocess';
import { fixture } from '../../checks/fixtures/label-maps';

const CASES = ['plain-1', 'smallet-1', 'islands-1', 'low-1'];

/** The effect of the rules in the files, from components counted with scipy.ndimage.label. */
const RULES: Record<string, number[]> = {
  'plain-1': [1, 0, 0, 0, 0],
  'smallet-1': [1, 0, 0, 0, 257],
  'islands-1': [3, 1676, 0, 0, 0],
  'low-1': [4, 1676, 3071, 0, 0],
};

const labelsOf = async (file: string) => Uint8Array.from((await readNifti(file)).values);

/** The authors' maps, with their T1ce if available, else one of noise, which no case uses. */
async function authorsCase(name: string, t1ceFile?: string) {
  const { shape, values } = await readNifti(fixture(`${name}-prediction.nii.gz`));
  const t1ce: VoxelArray = t1ceFile
    ? (await readNifti(t1ceFile)).values
    : Int16Array.from({ length: values.length }, (_, i) => 200 + ((i * 7919) % 331));
  const expected = await labelsOf(fixture(`${name}-expected.nii.gz`));
  return { shape, labels: Uint8Array.from(values), t1ce, expected };
}

test('equals the authors’ post-processing voxel for voxel, in both orders of voxels', async () => {
  for (const name of CASES) {
    const { expected, ...input } = await authorsCase(name);
    const before = structuredClone(input);
    const { labels, report } = postprocess(input);
    assert.deepEqual(labels, expected, name);
    const { components, small, low, darkOedema, fewEnhancing } = report;
    assert.deepEqual(
      [components, small.voxels, low.voxels, darkOedema?.split.length, fewEnhancing.voxels],
      RULES[name],
    );
    assert.deepEqual(input, before);
    const again = { shape: input.shape, labels };
    assert.equal(postprocess(again).report.changedVoxels, 0);

    const { shape } = input;
    const deep = postprocess({
      shape,
      order: 'depth-first',
      labels: toDepthFirst(input.labels, shape),
      t1ce: toDepthFirst(input.t1ce, shape),
    });
    assert.deepEqual(fromDepthFirst(deep.labels, shape), expected);
    assert.deepEqual(deep.report, report);
  }
});

const reference = process.env.MCKD_DATA
  ? path.join(process.env.MCKD_DATA, '..', 'reference', 'postprocess')
  : '';
const skip = !existsSync(reference) && 'no ../reference/postprocess beside MCKD_DATA';

test('equals it also with the T1ce scans of the reference', { skip }, async () => {
  for (const name of CASES) {
    const { expected, ...input } = await authorsCase(
      name,
      path.join(reference, `${name}-t1ce.nii.gz`),
    );
    assert.deepEqual(postprocess(input).labels, expected, name);
  }
});

/*
The authors' loop over components in numpy 2.4 and scipy 1.17 (ndimage.label), with the random clustering
replaced by the best of all cuts (see k-means.test.ts) and kept to the component's oedema; per map:
components, voxels of labels 1, 2, 4 before and after, and (after * (index % 997)).sum() with x fastest.
  x, y, z = np.indices((24, 20, 16))
  h = x // 4 * 7919 + y // 4 * 10473 + z // 4 * 12997 + n * 31337; h = h * h % 10007
  labels = np.where(h % 3, 0, np.where(h % 13 == 0, 4, np.where(h % 2 == 0, 2, 1)))
  v = (x * 1009 + y * 2003 + z * 4001 + n) % 10009; t1ce = 200 + v * v % 10007 % 150
*/
const OPTIONS = {
  smallVoxels: 300,
  smallFraction: 0.3,
  lowSlice: 5,
  enhancingFraction: 0.12,
  componentEnhancingFraction: 0.2,
  componentEnhancingSum: 450,
  coreVoxels: 900,
  fewEnhancingVoxels: 150,
};
const MADE: Record<number, number[]> = {
  1: [20, 1664, 1024, 128, 1088, 576, 0, 980604],
  2: [12, 1472, 1600, 192, 1024, 1088, 192, 1808492],
  3: [12, 960, 1280, 192, 852, 300, 0, 662869],
  42: [16, 832, 1280, 0, 800, 480, 0, 911625],
  148: [19, 960, 1280, 64, 851, 685, 0, 1192289],
  216: [17, 896, 1344, 192, 1058, 734, 0, 1318696],
};

function madeMap(n: number) {
  const shape = [24, 20, 16];
  const labels = new Uint8Array(24 * 20 * 16);
  const t1ce = new Int16Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    const [x, y, z] = [i % 24, Math.floor(i / 24) % 20, Math.floor(i / 480)];
    const h = ((x >> 2) * 7919 + (y >> 2) * 10473 + (z >> 2) * 12997 + n * 31337) ** 2 % 10007;
    labels[i] = h % 3 ? 0 : h % 13 === 0 ? 4 : h % 2 === 0 ? 2 : 1;
    const v = (x * 1009 + y * 2003 + z * 4001 + n) % 10009;
    t1ce[i] = 200 + (((v * v) % 10007) % 150);
  }
  return { shape, labels, t1ce };
}

test('equals the rules in numpy on maps where all of them apply, at other thresholds', () => {
  let splitComponents = 0;
  for (const [n, expected] of Object.entries(MADE)) {
    const { labels, report } = postprocess(madeMap(Number(n)), OPTIONS);
    const { components, before, after, darkOedema } = report;
    const sum = labels.reduce((total, label, i) => total + label * (i % 997), 0);
    const counts = [before, after].flatMap((c) => [c.core, c.oedema, c.enhancing]);
    assert.deepEqual([components, ...counts, sum], expected, `map ${n}`);
    splitComponents += darkOedema?.split.length ?? 0;
  }
  assert.equal(splitComponents, 14);
});

test('without T1ce the rule that needs it is skipped, with a note', () => {
  const { t1ce, ...map } = madeMap(3);
  const { labels, report } = postprocess(map, OPTIONS);
  assert.equal('darkOedema' in report, false);
  assert.deepEqual(
    labels,
    postprocess({ ...map, t1ce }, { ...OPTIONS, enhancingFraction: 0 }).labels,
  );
  assert.equal(postprocess({ ...map, labels }, OPTIONS).report.changedVoxels, 0);
});

test('an empty prediction stays empty; T1ce of another size is an error', () => {
  const shape = [3, 2, 2];
  const { labels, report } = postprocess({ shape, labels: new Uint8Array(12) });
  assert.deepEqual([labels, report.changedVoxels], [new Uint8Array(12), 0]);
  assert.throws(
    () => postprocess({ shape, labels: new Uint8Array(12), t1ce: new Int16Array(11) }),
    (error) => error instanceof UserError && /T1ce has 11 voxels/.test(error.message),
  );
});

test('the thresholds are the paper’s by default, and frozen', () => {
  assert.deepEqual(
    { ...PAPER_POSTPROCESSING },
    {
      smallVoxels: 2000,
      smallFraction: 0.1,
      lowSlice: 25,
      enhancingFraction: 0.12,
      componentEnhancingFraction: 0.05,
      componentEnhancingSum: 450,
      coreVoxels: 10_000,
      clusters: 3,
      fewEnhancingVoxels: 500,
    },
  );
  assert.ok(Object.isFrozen(PAPER_POSTPROCESSING));
});

test('thresholds are volumes: those of 1 mm voxels are the authors’, others follow the voxel', () => {
  assert.deepEqual(paperPostprocessing([1, 1, 1]), PAPER_POSTPROCESSING);
  const large = paperPostprocessing([5, 5, 5]);
  assert.deepEqual(
    [large.smallVoxels, large.fewEnhancingVoxels, large.coreVoxels, large.lowSlice],
    [16, 4, 80, 5],
  );
  assert.equal(large.smallFraction, PAPER_POSTPROCESSING.smallFraction);
});
