import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { UserError } from '../../base/errors';
import { MODALITIES } from '../../base/modality';
import { collectCases, findCases, readCase, writeSegmentation, type CaseFiles } from './index';
import { layoutOfPattern } from './layouts';
import { BRATS_CODES, EDITIONS, parseLabelCodes, standardLabels } from './label-codes';
import { labelsOfRegions, regionMasks } from './regions';
import { readNifti, writeNifti, type Affine } from '../../formats/nifti';

const SHAPE = [3, 4, 2];
const VOXELS = 24;
const LPS = [
  [-1, 0, 0, 0],
  [0, -1, 0, 239],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];
const RAS = [
  [1, 0, 0, -2],
  [0, 1, 0, 236],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'mckd-brats-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Scan number `role`: 100 * role + the voxel's index. */
function scan(role: number): Int16Array {
  return Int16Array.from({ length: VOXELS }, (_, i) => 100 * role + i);
}

interface Made {
  shape?: number[];
  affine?: Affine;
}

function write(file: string, values: ArrayLike<number>, made: Made = {}): void {
  const { shape = SHAPE, affine = LPS } = made;
  writeNifti(file, { shape, affine, values, datatype: 'int16' });
}

const BRATS18 = ['_flair', '_t1', '_t1ce', '_t2'];

function writeCase(stem: string, endings = BRATS18, labels: number[] = [0, 1, 2, 4]): void {
  endings.forEach((ending, i) => write(`${stem}${ending}.nii.gz`, scan(i)));
  if (labels.length === 0) return;
  const seg = endings[0].startsWith('-') ? '-seg' : '_seg';
  write(
    `${stem}${seg}.nii`,
    Int16Array.from({ length: VOXELS }, (_, i) => labels[i % labels.length]),
  );
}

async function sentence(promise: Promise<unknown>): Promise<UserError> {
  const error: unknown = await promise.then(
    () => assert.fail('no error'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof UserError, String(error));
  return error;
}

test('2018 to 2020: nested or flat, with or without labels', async (t) => {
  const folder = makeFolder(t);
  writeCase(join(folder, 'HGG', 'Brats18_B', 'Brats18_B'));
  writeCase(join(folder, 'LGG', 'Brats18_A', 'Brats18_A'), BRATS18, []);
  writeCase(join(folder, 'Brats18_C', 'Brats18_C'));
  writeFileSync(join(folder, 'HGG', '._Brats18_B_flair.nii'), 'not an image');
  const cases = findCases(folder);
  assert.deepEqual(
    cases.map(({ name, grade, layout }) => [name, grade, layout]),
    [
      ['Brats18_A', 'LGG', 'brats2018'],
      ['Brats18_B', 'HGG', 'brats2018'],
      ['Brats18_C', undefined, 'brats2018'],
    ],
  );
  const [a, b] = [await readCase(cases[0]), await readCase(cases[1])];
  assert.equal(a.labels, undefined);
  MODALITIES.forEach((modality, i) => assert.deepEqual(b.scans[modality], scan(i)));
  assert.deepEqual([...(b.labels ?? [])].slice(0, 4), [0, 1, 2, 4]);
  assert.equal((await readCase(cases[1], { withoutLabels: true })).labels, undefined);
});

const SINCE_2023 = ['-t2f', '-t1n', '-t1c', '-t2w'];

test('since 2023 the enhancing tumour is 3, and in 2024 4 is a cavity', async (t) => {
  const folder = makeFolder(t);
  const read = async (name: string, labels: number[], stated?: string) => {
    writeCase(join(folder, name, name), SINCE_2023, labels);
    const [only] = findCases(join(folder, name), { labels: stated });
    assert.equal(only.layout, 'brats2023');
    const found = await readCase(only);
    MODALITIES.forEach((modality, i) => assert.deepEqual(found.scans[modality], scan(i)));
    return [...(found.labels ?? [])].slice(0, labels.length);
  };
  assert.deepEqual(await read('BraTS-GLI-00000-000', [0, 1, 2, 3]), [0, 1, 2, 4]);
  assert.deepEqual(await read('BraTS-MET-00000-000', [0, 1, 2, 3]), [0, 1, 2, 4]);
  assert.deepEqual(await read('BraTS-GLI-00000-101', [0, 1, 2, 3, 4]), [0, 1, 2, 4, 0]);
  const two = await sentence(read('BraTS-GLI-00001-000', [0, 1, 2, 4]));
  assert.match(two.message, /label 4, and the codes are .*; state what 4 is: --labels brats2024/);
  assert.deepEqual(
    await read('BraTS-GLI-00001-000', [0, 1, 2, 4], 'core=1,oedema=2,enhancing=3+4'),
    [0, 1, 2, 4],
  );
  const child = await sentence(read('BraTS-PED-00001-000', [0, 1, 2, 3]));
  assert.match(child.message, /PED.* differ .*--labels core=2\+3,oedema=4,enhancing=1/);
  const stated = 'core=2+3,oedema=4,enhancing=1';
  assert.deepEqual(await read('BraTS-PED-00001-000', [0, 1, 2, 3, 4], stated), [0, 4, 1, 1, 2]);
  assert.match((await sentence(read('BraTS-MEN-RT-0001-1', [0, 1]))).message, /not read/);
});

test('codes are stated by an edition or part by part', () => {
  assert.equal(parseLabelCodes(' BraTS2024 '), EDITIONS.brats2024);
  assert.deepEqual(parseLabelCodes('core=1,edema=2,enhancing=3+5,ignore=4'), {
    core: [1],
    oedema: [2],
    enhancing: [3, 5],
    ignore: [4],
  });
  for (const [text, what] of [
    ['brats1999', /is no edition/],
    ['core=1,oedema=2', /leaves out enhancing/],
    ['core=1,oedema=2,enhancing=1', /gives 1 two meanings/],
    ['core=0,oedema=2,enhancing=1', /gives 0 two meanings/],
    ['core=1,oedema=2,enhancing=x', /whole numbers/],
    ['core=1,oedema=2,enhancing=300', /beyond 255/],
    ['core=1,oedema=2,enhancing=3,liver=4', /names "liver"/],
    ['core=1,core=2,oedema=3,enhancing=4', /gives core twice/],
  ] as const) {
    assert.throws(() => parseLabelCodes(text), what);
  }
});

test('folders of several years in one, each by its own names', (t) => {
  const folder = makeFolder(t);
  writeCase(join(folder, 'a', 'a'));
  writeCase(join(folder, 'b', 'b'), ['-t2f', '-t1n', '-t1c', '-t2w']);
  writeCase(join(folder, 'c', 'c'), ['_fla', '_t1', '_t1c', '_t2']);
  assert.deepEqual(
    findCases(folder).map(({ name, layout, scans }) => [name, layout, Object.keys(scans).length]),
    [
      ['a', 'brats2018', 4],
      ['b', 'brats2023', 4],
      ['c', 'tcia', 4],
    ],
  );
});

test('the Decathlon: channels and labels by the names in dataset.json', async (t) => {
  const folder = makeFolder(t);
  const json = {
    modality: { 0: 'T2w', 1: 'FLAIR', 2: 't1gd', 3: 'T1w' },
    labels: { 0: 'background', 1: 'edema', 2: 'non-enhancing tumor', 3: 'enhancing tumour' },
    training: [{ image: './imagesTr/BRATS_001.nii.gz', label: './labelsTr/BRATS_001.nii.gz' }],
    test: ['./imagesTs/BRATS_485.nii.gz'],
  };
  writeFileSync(join(folder, 'dataset.json'), JSON.stringify(json));
  const four = [3, 0, 2, 1].flatMap((role) => [...scan(role)]);
  write(join(folder, 'imagesTr', 'BRATS_001.nii.gz'), four, { shape: [...SHAPE, 4] });
  write(
    join(folder, 'labelsTr', 'BRATS_001.nii.gz'),
    Int16Array.from({ length: VOXELS }, (_, i) => i % 4),
  );
  const cases = findCases(folder);
  assert.deepEqual(
    cases.map(({ name, labels }) => [name, labels !== undefined]),
    [
      ['BRATS_001', true],
      ['BRATS_485', false],
    ],
  );
  const { scans, labels, grid } = await readCase(cases[0]);
  MODALITIES.forEach((modality, i) => assert.deepEqual(scans[modality], scan(i), modality));
  assert.deepEqual([...(labels ?? [])].slice(0, 4), [0, 2, 1, 4]);
  assert.deepEqual(grid.shape, SHAPE);

  const otherwise = {
    1: 'Peritumoral_Oedema',
    2: 'necrotic and non-enhancing core',
    3: 'Enhancing',
  };
  const renamed = { ...json, labels: { 0: 'Background', ...otherwise } };
  writeFileSync(join(folder, 'dataset.json'), JSON.stringify(renamed));
  assert.deepEqual(findCases(folder)[0].codes, cases[0].codes);

  write(join(folder, 'imagesTr', 'BRATS_001.nii.gz'), four.slice(0, 72), { shape: [...SHAPE, 3] });
  assert.match((await sentence(readCase(cases[0]))).message, /4-D with a channel 3/);
  for (const [change, field] of [
    [{ modality: { ...json.modality, 3: 'FLAIR' } }, 'modality "3"'],
    [{ modality: { ...json.modality, x: 'PD' } }, 'modality "x"'],
    [{ modality: { 0: 'PD' } }, 'modality'],
    [{ modality: { ...json.modality, 3: 'PD' } }, 'modality'],
    [{ modality: { ...json.modality, 0: 'T2w\u007f' } }, 'modality'],
    [{ modality: { 0: 'FLAIR' } }, 'modality'],
    [{ labels: { ...json.labels, 3: 'liver' } }, 'labels "3"'],
    [{ labels: { ...json.labels, 2: 'non=enhancing tumor' } }, 'labels "2"'],
    [{ labels: { ...json.labels, 3: 'tumour' } }, 'labels "3"'],
    [{ training: [{ image: 'x' }] }, 'training.0.label'],
  ] as const) {
    writeFileSync(join(folder, 'dataset.json'), JSON.stringify({ ...json, ...change }));
    assert.throws(
      () => findCases(folder),
      (error: Error) => error instanceof UserError && error.details.field === field,
    );
  }
});

test('any names by a pattern', async (t) => {
  const folder = makeFolder(t);
  writeCase(join(folder, 'one'), ['.f', '.a', '.b', '.c'], []);
  writeCase(join(folder, 'two'), ['.f', '.a', '.b', '.c'], []);
  const cases = findCases(folder, { pattern: 'flair=.f,t1=.a,t1ce=.b,t2=.c' });
  assert.deepEqual(
    cases.map(({ name }) => name),
    ['one', 'two'],
  );
  assert.deepEqual((await readCase(cases[1])).scans.t2, scan(3));
  // A scan that a site lacks is left out; an ending may be written with its surroundings.
  const [, three] = findCases(folder, { pattern: 'flair=*.f.nii.gz,t1=*.a,t2=.c' });
  assert.deepEqual([three.name, Object.keys(three.scans).sort()], ['two', ['flair', 't1', 't2']]);
  assert.throws(
    () => findCases(folder, { pattern: 'flair=.g' }),
    /has no case: looked for files by the pattern flair=\.g \(a name ends as .* before \.nii/,
  );
  for (const wrong of [
    'flair=a*b*c',
    'flair=images/_f',
    'flair=.f,t1=.a,t1ce=.b,t2=',
    'flair=.f,t1=.a,t1ce=.b,t2=.b',
    'flair=.f,t1=.a,t1ce=.b,t2=.c,pd=.d',
    'flair=.f,t1=.a,t1=.x,t1ce=.b,t2=.c',
  ]) {
    assert.throws(() => layoutOfPattern(wrong), { code: 'BAD_VALUE' });
  }
});

test('a missing scan is an error in training and none at inference', async (t) => {
  const folder = makeFolder(t);
  writeCase(join(folder, 'x', 'x'), ['_flair', '_t2'], []);
  const [files] = findCases(folder);
  const error = await sentence(readCase(files));
  assert.match(error.message, /case x has no T1, T1ce/);
  assert.deepEqual(error.details.value, ['t1', 't1ce']);
  const { scans } = await readCase(files, { missingScans: 'allow' });
  assert.deepEqual(Object.keys(scans), ['flair', 't2']);
  const empty: CaseFiles = { ...files, scans: {} };
  const none = await sentence(readCase(empty, { missingScans: 'allow' }));
  assert.match(none.message, /case x has no scan/);
});

test('files that don’t belong together are an error with file, field and value', async (t) => {
  const folder = makeFolder(t);
  const stem = join(folder, 'x', 'x');
  writeCase(stem);
  const [files] = findCases(folder);
  const t1 = `${stem}_t1.nii.gz`;

  write(t1, scan(1), { affine: RAS });
  let error = await sentence(readCase(files));
  assert.deepEqual(
    [error.details.file, error.details.field, error.details.value],
    [t1, 'axes', 'RAS'],
  );
  write(t1, scan(1).slice(0, 12), { shape: [3, 4, 1] });
  error = await sentence(readCase(files));
  assert.match(error.message, /shape is 3 x 4 x 1 and should be 3 x 4 x 2/);
  write(t1, [...scan(1), ...scan(1)], { shape: [...SHAPE, 2] });
  assert.match((await sentence(readCase(files))).message, /3 x 4 x 2 x 2 and should be 3-D/);
  for (const ones of [[1], [1, 1]]) {
    write(t1, scan(1), { shape: [...SHAPE, ...ones] });
    assert.deepEqual((await readCase(files)).scans.t1, scan(1));
  }

  writeCase(stem, BRATS18, [0, 1, 2, 3]);
  error = await sentence(readCase(files));
  assert.deepEqual([error.details.field, error.details.value], ['label', 3]);
  assert.match(error.message, /codes are core 1, oedema 2, enhancing 4; if 3 is the enhancing/);
});

test('a case that appears twice, a scan that appears twice, a folder without a case', (t) => {
  const folder = makeFolder(t);
  mkdirSync(join(folder, 'empty'));
  assert.throws(() => findCases(join(folder, 'empty')), { code: 'MISSING' });
  assert.throws(() => findCases(join(folder, 'absent')), { code: 'CANNOT_READ' });
  writeCase(join(folder, 'HGG', 'x', 'x'));
  write(join(folder, 'HGG', 'x', 'x_t1.nii'), scan(1));
  writeCase(join(folder, 'LGG', 'x', 'x'));
  const { faults, cases } = collectCases(folder);
  assert.equal(cases.length, 2);
  assert.deepEqual(
    faults.map(({ details }) => details.field),
    ['t1', 'case'],
  );
  assert.throws(() => findCases(folder), { code: 'AMBIGUOUS' });
});

test('case 355 of BraTS 2020 has a label map with an irregular name', (t) => {
  const folder = makeFolder(t);
  writeCase(join(folder, 'BraTS20_Training_355', 'BraTS20_Training_355'), BRATS18, []);
  const labels = join(folder, 'BraTS20_Training_355', 'W39_1998.09.19_Segm.nii');
  write(labels, new Int16Array(VOXELS));
  const cases = findCases(folder);
  assert.deepEqual([cases.length, cases[0].labels?.file], [1, labels]);
});

test('a case is brought to LPS, and its result written back on its own grid', async (t) => {
  const folder = makeFolder(t);
  const stem = join(folder, 'x');
  BRATS18.forEach((ending, i) => write(`${stem}${ending}.nii`, scan(i), { affine: RAS }));
  const labels = Int16Array.from({ length: VOXELS }, (_, i) => [0, 4, 2, 1][i % 4]);
  write(`${stem}_seg.nii`, labels, { affine: RAS });
  const [files] = findCases(folder);
  const found = await readCase(files);
  assert.deepEqual([found.grid.axes, found.stored.axes], ['LPS', 'RAS']);
  assert.equal(found.scans.flair?.[0], scan(0)[11], 'both axes of the first slice are mirrored');
  const result = join(folder, 'result.nii.gz');
  writeSegmentation(result, found.labels as Uint8Array, found.stored, { grid: found.grid });
  const back = await readNifti(result);
  assert.deepEqual([...back.values], [...labels]);
  assert.deepEqual([back.affine, back.datatype], [RAS, 'int16']);
});

test('regions of labels and back', () => {
  const labels = Uint8Array.of(0, 1, 2, 4);
  const masks = regionMasks(labels);
  assert.deepEqual([...masks], [0, 0, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1]);
  assert.deepEqual(labelsOfRegions(masks), labels);
  // Enhancing tumour and core outside the whole tumour still count.
  assert.deepEqual([...labelsOfRegions([1, 0, 0, 0, 0, 1])], [4, 1]);
  assert.throws(() => standardLabels(Float32Array.of(0, 1.5), BRATS_CODES, 'x'), /label 1\.5/);
});

test('the real case: four scans, LPS, and no enhancing tumour', async (t) => {
  const folder = join(process.env.MCKD_DATA ?? '', 'brats');
  if (!process.env.MCKD_DATA || !existsSync(folder)) {
    return t.skip('set MCKD_DATA to a folder with a real case in brats/ to run this');
  }
  const [files] = findCases(folder);
  const { name, grid, labels, scans } = await readCase(files);
  assert.deepEqual([name, grid.shape, grid.axes], ['TCGA-DU-7294', [240, 240, 155], 'LPS']);
  assert.deepEqual(Object.keys(scans), ['flair', 't1', 't1ce', 't2']);
  const counts = [0, 0, 0, 0, 0];
  for (const label of labels ?? []) counts[label] += 1;
  assert.ok(counts[1] > 0 && counts[2] > 0 && counts[4] === 0, String(counts));
});
