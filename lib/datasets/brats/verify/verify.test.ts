import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { writeNifti, type Affine } from '../../../formats/nifti';
import { verifyDataSet, type DataFault, type VerifyOptions } from './index';

const SHAPE = [3, 4, 2];
const VOXELS = 24;
const LPS = [
  [-1, 0, 0, 0],
  [0, -1, 0, 239],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];
const SHIFTED = LPS.map((row, r) => (r === 0 ? [-1, 0, 0, 5] : row));
const RPS = LPS.map((row, r) => (r === 0 ? [1, 0, 0, -2] : row));
const THICK = LPS.map((row, r) => (r === 2 ? [0, 0, 2, 0] : row));
const ENDINGS = ['_flair', '_t1', '_t1ce', '_t2'];

interface Made {
  shape?: number[];
  affine?: Affine;
}

let images = 0;

/** An image unlike every other. */
function someScan(): Float32Array {
  images += 1;
  return Float32Array.from({ length: VOXELS }, (_, i) => 1000 * images + i);
}

function write(file: string, values: ArrayLike<number> = someScan(), made: Made = {}): void {
  const { shape = SHAPE, affine = LPS } = made;
  writeNifti(file, { shape, affine, values, datatype: 'float32' });
}

/** A data set of three valid cases, and the path of a case's file in it. */
function makeSet(t: TestContext): { folder: string; at: (name: string, end: string) => string } {
  const folder = mkdtempSync(join(tmpdir(), 'mckd-verify-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const at = (name: string, end: string): string => join(folder, name, `${name}${end}.nii`);
  for (const name of ['a', 'b', 'c']) {
    for (const ending of ENDINGS) write(at(name, ending));
    write(at(name, '_seg'), new Float32Array(VOXELS).fill(2, 0, 5));
  }
  return { folder, at };
}

async function faultsOf(folder: string, options: VerifyOptions = {}): Promise<DataFault[]> {
  return (await verifyDataSet(folder, options)).faults;
}

/** Without those of intensities: two dozen voxels are no brain. */
const isOfFiles = (note: string): boolean => !/: intensities from|% of the/.test(note);

const brief = (faults: DataFault[]) => faults.map(({ kind, case: name }) => [kind, name]);

test('a valid data set has no fault', async (t) => {
  const { folder } = makeSet(t);
  const done: number[] = [];
  const onCase = (count: number): number => done.push(count);
  const { notes, ...found } = await verifyDataSet(folder, { cases: 3, onCase });
  const codes = ['core 1, oedema 2, enhancing 4'];
  const counts = { cases: 3, labelled: 3, scans: 12 };
  assert.deepEqual(found, { folder, ...counts, voxelSize: [1, 1, 1], codes, faults: [] });
  assert.deepEqual(notes.filter(isOfFiles), []);
  assert.deepEqual(done, [1, 2, 3]);
});

test('bytes after the voxels of a scan give a note, and no fault', async (t) => {
  const { folder, at } = makeSet(t);
  const file = at('b', '_t1');
  writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.alloc(9)]));
  const { faults, notes } = await verifyDataSet(folder);
  assert.deepEqual(faults, []);
  assert.deepEqual(
    notes.filter(isOfFiles).map((note) => note.slice(0, note.indexOf(': '))),
    [file],
  );
});

test('a header without a position, or with two, gives a note', async (t) => {
  const { folder, at } = makeSet(t);
  const change = (name: string, made: (header: Buffer) => void): void => {
    for (const ending of [...ENDINGS, '_seg']) {
      const bytes = readFileSync(at(name, ending));
      made(bytes);
      writeFileSync(at(name, ending), bytes);
    }
  };
  const notesOf = async (): Promise<string> => {
    const { faults, notes } = await verifyDataSet(folder);
    assert.deepEqual(faults, []);
    return notes.filter(isOfFiles).join('\n');
  };
  // The qform's position, 3 mm to the side.
  change('b', (bytes) => bytes.writeFloatLE(bytes.readFloatLE(268) + 3, 268));
  assert.match(await notesOf(), /b_t1\.nii: its sform and its qform put a corner 3\.00 mm apart/);
  for (const name of ['a', 'b', 'c']) {
    change(name, (bytes) => [252, 254].forEach((code) => bytes.writeInt16LE(0, code)));
  }
  assert.match(
    await notesOf(),
    /b_t1\.nii: has neither an sform nor a qform, so .* \(RAS\) is a guess/,
  );
});

test('every fault is listed, not only the first', async (t) => {
  const { folder, at } = makeSet(t);
  rmSync(at('a', '_t1ce'));
  write(at('a', '_t2'), new Float32Array(VOXELS));
  write(at('a', '_t1'), new Float32Array(VOXELS).fill(3));
  write(at('b', '_flair'), someScan().fill(NaN, 0, 2));
  write(at('b', '_seg'), new Float32Array(VOXELS).fill(3, 0, 4).fill(1.5, 4, 6));
  write(at('b', '_t1'), someScan(), { affine: SHIFTED });
  write(at('b', '_t2'), someScan(), { affine: RPS });
  write(at('c', '_t1'), someScan().subarray(0, 12), { shape: [3, 2, 2] });
  writeFileSync(at('c', '_t2'), readFileSync(at('c', '_t2')).subarray(0, 400));
  writeFileSync(at('c', '_flair'), readFileSync(at('b', '_t1ce')));
  const faults = await faultsOf(folder, { cases: 4 });
  assert.deepEqual(brief(faults), [
    ['count', undefined],
    ['missing', 'a'],
    ['constant', 'a'],
    ['empty', 'a'],
    ['not finite', 'b'],
    ['labels', 'b'],
    ['affine', 'b'],
    ['orientation', 'b'],
    ['unreadable', 'c'],
    ['shape', 'c'],
    ['duplicate image', 'c'],
  ]);
  const of = (kind: string): DataFault => faults.find((fault) => fault.kind === kind) as DataFault;
  assert.deepEqual(of('labels').value, [1.5, 3]);
  assert.deepEqual([of('not finite').value, of('not finite').file], [2, at('b', '_flair')]);
  assert.deepEqual(of('affine').file, at('b', '_t1'));
  assert.match(of('orientation').message, /_t2\.nii: axes are RPS and should be LPS/);
  assert.match(of('unreadable').message, /the header promises 448 bytes .* and the file has 400/);
  assert.match(of('duplicate image').message, /c_flair\.nii: has the same voxels as .*b_t1ce\.nii/);
});

test('a scan that the pattern leaves out is missing in no case', async (t) => {
  const { folder } = makeSet(t);
  const pattern = 'flair=_flair,t1=_t1,t2=_t2,labels=_seg';
  const { faults, scans } = await verifyDataSet(folder, { pattern });
  assert.deepEqual([faults, scans], [[], 9]);
});

test('cases that differ from most', async (t) => {
  const { folder, at } = makeSet(t);
  for (const [name, affine] of [
    ['d', THICK],
    ['e', RPS],
  ] as const) {
    for (const ending of ENDINGS) write(at(name, ending), someScan(), { affine });
  }
  write(at('d', '_seg'), new Float32Array(VOXELS), { affine: THICK });
  const { faults, notes } = await verifyDataSet(folder);
  assert.deepEqual(brief(faults), [
    ['missing', 'e'],
    ['orientation', 'e'],
    ['affine', 'd'],
  ]);
  assert.match(faults[2].message, /voxel size in mm is 1 x 1 x 2, and 1 x 1 x 1 in most cases/);
  assert.match(
    notes.filter(isOfFiles).join('\n'),
    /^voxel sizes differ between cases by more than a fifth: the median is 1 x 1 x 1 mm, others are d 1 x 1 x 2 mm; a training/m,
  );
});

test('an image that was only reoriented or stored in another type is the same image', async (t) => {
  const { folder, at } = makeSet(t);
  const values = someScan();
  write(at('a', '_t1'), values);
  const turned = values.map((_, i) => values[i - (i % 3) + 2 - (i % 3)]);
  const image = { shape: SHAPE, affine: RPS, values: turned, datatype: 'int32' as const };
  writeNifti(at('b', '_t1'), image);
  const kinds = (await faultsOf(folder)).map(({ kind }) => kind);
  assert.deepEqual(kinds, ['orientation', 'duplicate image']);
});

test('a case in two splits: in two folders, in two lists, twice in one', async (t) => {
  const { folder, at } = makeSet(t);
  const again = join(folder, 'validation', 'a', 'a');
  for (const ending of ENDINGS) write(`${again}${ending}.nii`);
  const stray = join(folder, 'stray_seg.nii');
  write(stray);
  // Another patient of that name, by its voxels.
  const two = await verifyDataSet(folder);
  assert.deepEqual([two.cases, brief(two.faults)], [4, []]);
  const notes = two.notes.filter(isOfFiles);
  assert.match(notes[0], /are named by these: 2 named a are .*-a, validation-a/);
  assert.match(notes[1], /stray_seg\.nii is no case's label map/);
  rmSync(stray);
  writeFileSync(`${again}_flair.nii`, readFileSync(at('a', '_flair')));
  assert.deepEqual(brief(await faultsOf(folder))[0], ['duplicate case', 'a']);
  rmSync(join(folder, 'validation'), { recursive: true });

  const [train, validation] = [join(folder, 'train.txt'), join(folder, 'validation.csv')];
  writeFileSync(train, '# cases\nHGG/a/a_\nb\n\nb\n');
  writeFileSync(validation, 'c,1\r\na/,2\r\nz,3\r\n');
  const faults = await faultsOf(folder, { splits: [train, validation] });
  assert.deepEqual(
    faults.map(({ message }) => message),
    [
      `${train}, line 5: b is twice in this list; remove one of the lines`,
      `${validation}, line 2: a is in ${train} too; a case may be in one list only`,
      `${validation}, line 3: z is no case of the data set; correct the name or remove the line`,
    ],
  );
  await assert.rejects(faultsOf(folder, { splits: [at('x', '')] }), /can't be read/);

  // Those that a training reads by default are checked by default.
  mkdirSync(join(folder, 'splits'));
  writeFileSync(join(folder, 'splits', 'train.txt'), 'a\nz\n');
  assert.match((await faultsOf(folder))[0].message, /splits has no meta-validation\.txt or val/);
  writeFileSync(join(folder, 'splits', 'val.txt'), 'b\n');
  writeFileSync(join(folder, 'splits', 'test.txt'), '# nothing\n');
  assert.deepEqual(
    (await faultsOf(folder)).map(({ kind, message }) => [kind, message.replace(/.*splits./, '')]),
    [
      [
        'split',
        'train.txt, line 2: z is no case of the data set; correct the name or remove the line',
      ],
      ['split', 'test.txt names no case; write one name per line'],
    ],
  );
});

test('intensities of another scale are no fault, and a note says how they are clipped', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mckd-verify-'));
  t.after(() => rmSync(folder, { recursive: true }));
  /** A brain of 400 intensities from 0 to the highest, in a background of three times as many voxels. */
  const notesAt = async (highest: number): Promise<string[]> => {
    for (const [e, ending] of ENDINGS.entries()) {
      const values = Float32Array.from({ length: 80_000 }, (_, i) =>
        i < 60_000 ? 0 : (highest * (1 + ((i * 7919 + e) % 400))) / 400,
      );
      write(join(folder, `a${ending}.nii`), values, { shape: [40, 40, 50] });
    }
    const { faults, notes } = await verifyDataSet(folder);
    assert.deepEqual(faults, []);
    return notes.filter((note) => !isOfFiles(note));
  };
  assert.deepEqual(await notesAt(400), []);
  for (const highest of [1, 4.2]) {
    const notes = await notesAt(highest);
    assert.deepEqual(
      notes.map((note) => note.slice(0, note.indexOf(': '))),
      ENDINGS.map((ending) => join(folder, `a${ending}.nii`)),
    );
    assert.match(notes[0], /intensities from 0 to .* do not suit the authors'/);
  }
});

/** Runs with the permissions of the files; root ignores them. */
async function withRightsOfFiles(work: () => Promise<void>): Promise<void> {
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65534);
  try {
    await work();
  } finally {
    if (root) process.seteuid?.(0);
  }
}

test('read-only data have no fault; what may not be read is named', async (t) => {
  const { folder, at } = makeSet(t);
  const folders = [folder, ...['a', 'b', 'c'].map((name) => join(folder, name))];
  const allow = (mode: number): void => folders.forEach((one) => chmodSync(one, mode));
  for (const name of ['a', 'b', 'c']) {
    for (const ending of [...ENDINGS, '_seg']) chmodSync(at(name, ending), 0o444);
  }
  allow(0o555);
  try {
    await withRightsOfFiles(async () => assert.deepEqual(await faultsOf(folder), []));
    chmodSync(at('b', '_t1'), 0);
    await withRightsOfFiles(async () => {
      const faults = await faultsOf(folder);
      assert.deepEqual(
        faults.map(({ kind, file }) => [kind, file]),
        [['unreadable', at('b', '_t1')]],
      );
    });
    chmodSync(folders[3], 0);
    await withRightsOfFiles(() => assert.rejects(faultsOf(folder), /\/c can't be read \(EACCES/));
  } finally {
    allow(0o755);
  }
});

test('the Decathlon: a wrong count, and a broken image reported once', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mckd-verify-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const json = {
    modality: { 0: 'FLAIR', 1: 'T1w', 2: 't1gd', 3: 'T2w' },
    labels: { 0: 'background', 1: 'edema', 2: 'non-enhancing tumor', 3: 'enhancing tumour' },
    numTraining: 484,
    training: [{ image: './BRATS_001.nii', label: './L_001.nii' }],
    test: ['./BRATS_002.nii'],
  };
  writeFileSync(join(folder, 'dataset.json'), JSON.stringify(json));
  const four = [someScan(), someScan(), someScan()].flatMap((scan) => [...scan]);
  const shape = [...SHAPE, 4];
  write(join(folder, 'BRATS_001.nii'), [...four, ...four.slice(0, VOXELS)], { shape });
  write(join(folder, 'L_001.nii'), new Float32Array(VOXELS).fill(4));
  const faults = await faultsOf(folder);
  assert.deepEqual(brief(faults), [
    ['count', undefined],
    ['labels', 'BRATS_001'],
    ['unreadable', 'BRATS_002'],
    ['duplicate image', 'BRATS_001'],
  ]);
  assert.match(faults[3].message, /\(channel 3\): has the same voxels as .*\(channel 0\)/);
});
