import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeNifti } from '../../formats/nifti';
import { temporaryFolder, writeMadeCase } from '../../checks/fixtures/prepared';
import { collectCases, findCases } from './cases';
import { resultMark } from './kit-result';
import { BRATS_CODES } from './label-codes';
import { caseAt, caseOfScans } from './one-case';

const names = (folder: string): string[] => findCases(folder).map(({ name }) => name);

/** A label map that the kit wrote. */
function writeResult(file: string): void {
  writeNifti(file, {
    shape: [8, 9, 7],
    affine: [
      [-1, 0, 0, 0],
      [0, -1, 0, 239],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ],
    values: new Uint8Array(504),
    datatype: 'int16',
    description: resultMark('segmentation', BRATS_CODES),
  });
}

test('links to folders are followed, each folder once, and cycles end', (t) => {
  const folder = temporaryFolder(t);
  const data = join(folder, 'data');
  writeMadeCase(data, 'a');
  writeMadeCase(join(folder, 'elsewhere'), 'b');
  symlinkSync(join(folder, 'elsewhere', 'b'), join(data, 'b'));
  symlinkSync(data, join(data, 'circle'));
  symlinkSync(join(folder, 'elsewhere', 'b'), join(data, 'b again'));
  symlinkSync(join(folder, 'nowhere'), join(data, 'lost'));
  assert.deepEqual(names(data), ['a', 'b']);
  const { notes } = collectCases(data);
  assert.deepEqual(notes, [`${join(data, 'lost')} is a broken link`]);
});

test('skipped files are named: archives, other formats, images of no case', (t) => {
  const folder = temporaryFolder(t);
  writeMadeCase(folder, 'a');
  for (const file of ['more.zip', 'part.tar.gz', 'scan.mha']) writeFileSync(join(folder, file), '');
  renameSync(join(folder, 'a', 'a_seg.nii'), join(folder, 'a', 'a_mask.nii'));
  const notes = collectCases(folder).notes.join('\n');
  assert.match(notes, /since packed: .*more\.zip, .*part\.tar\.gz; unpack/);
  assert.match(notes, /since not NIfTI: .*scan\.mha; convert/);
  assert.match(notes, /1 image\(s\) have names that fit no case.*: a\/a_mask\.nii/);
  assert.throws(() => findCases(join(folder, 'more.zip')), /is a file, not a folder; unpack it/);
});

test('cases of one name are distinguished by their folders; the same case twice is refused', (t) => {
  const folder = temporaryFolder(t);
  for (const [i, site] of ['north', 'south'].entries()) {
    writeMadeCase(join(folder, site), 'P1', { seed: i });
    writeMadeCase(join(folder, site), `only ${site}`, { seed: 7 + i });
  }
  assert.deepEqual(names(folder), ['north-P1', 'only north', 'only south', 'south-P1']);
  for (const patient of ['1', '2']) {
    writeMadeCase(join(folder, 'brains', patient), 'brain', { seed: Number(patient) });
  }
  assert.deepEqual(names(join(folder, 'brains')), ['1-brain', '2-brain']);
  writeMadeCase(join(folder, 'copy'), 'only north', { seed: 7 });
  assert.throws(
    () => findCases(folder),
    /the case only north appears twice with the same voxels \(.*copy.* and .*\); remove one of the two/,
  );
});

test('the kit’s results are neither scans nor ground truth, and an unexpected label map gives a note', (t) => {
  const folder = temporaryFolder(t);
  writeMadeCase(folder, 'a', { withoutLabels: true });
  writeResult(join(folder, 'a', 'a_seg.nii.gz'));
  writeResult(join(folder, 'a', 'pred_t1.nii.gz'));
  writeResult(join(folder, 'a', 'pred_seg.nii.gz'));
  writeNifti(join(folder, 'a', 'tissue_seg.nii'), {
    shape: [2, 2, 2],
    affine: [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ],
    values: new Uint8Array(8),
    datatype: 'uint8',
  });
  const { cases, notes, loneLabels } = collectCases(folder);
  assert.deepEqual(
    cases.map(({ name, labels, scans }) => [name, labels, Object.keys(scans).length]),
    [['a', undefined, 4]],
  );
  assert.equal(notes.filter((note) => /that this kit wrote, and is not read/.test(note)).length, 3);
  assert.deepEqual(loneLabels, [join(folder, 'a', 'tissue_seg.nii')]);
});

test('labels and modalities in folders of their own are joined by names, with a note', (t) => {
  const folder = temporaryFolder(t);
  writeMadeCase(folder, 'P1');
  for (const [ending, place] of [
    ['_flair', 'FLAIR'],
    ['_t1', 'T1'],
    ['_t1ce', 'T1ce'],
    ['_t2', 'T2'],
    ['_seg', 'labels'],
  ]) {
    mkdirSync(join(folder, 'set', place), { recursive: true });
    renameSync(
      join(folder, 'P1', `P1${ending}.nii`),
      join(folder, 'set', place, `P1${ending}.nii`),
    );
  }
  const { cases, notes } = collectCases(join(folder, 'set'));
  // If the folder's name doesn't mention labels, they may be predictions.
  renameSync(join(folder, 'set', 'labels'), join(folder, 'set', 'theirs'));
  assert.equal(collectCases(join(folder, 'set')).cases[0].labels, undefined);
  assert.deepEqual(
    cases.map(({ name, scans, labels }) => [name, Object.keys(scans).length, Boolean(labels)]),
    [['P1', 4, true]],
  );
  assert.match(
    notes.join('\n'),
    /1 cases lie in one folder per modality.*\n.*label map of P1, by its/s,
  );
});

test('one case: by its folder, a scan, its name, or its scans wherever they are', (t) => {
  const folder = temporaryFolder(t);
  for (const name of ['a', 'b']) writeMadeCase(folder, name, { seed: name.charCodeAt(0) });
  const name = (path: string, options = {}): string => caseAt(path, options).files.name;
  assert.equal(name(join(folder, 'a')), 'a');
  assert.equal(name(folder, { name: 'b' }), 'b');
  assert.equal(name(join(folder, 'b', 'b_t1.nii')), 'b');
  assert.throws(() => name(folder), /has 2 cases \(a, b\); choose one: --name a/);
  assert.throws(() => name(folder, { name: 'c' }), /has no case c; it has a, b/);
  const odd = join(folder, 'a', 'odd.nii');
  writeFileSync(odd, readFileSync(join(folder, 'a', 'a_t1.nii')));
  assert.throws(() => name(odd), /odd\.nii belongs to no case .*: --flair .*odd\.nii/);
  const files = caseOfScans({ t1: odd, flair: join(folder, 'b', 'b_flair.nii') });
  assert.deepEqual([files.name, Object.keys(files.scans)], ['b', ['flair', 't1']]);
  assert.throws(() => caseOfScans({}), /no scan is given; name one or more: --flair FILE/);
});

test('one case of the Decathlon: by its name, by its image, by the folder that holds it alone', (t) => {
  const folder = temporaryFolder(t);
  const json = {
    modality: { 0: 'FLAIR', 1: 'T1w', 2: 't1gd', 3: 'T2w' },
    labels: { 0: 'background', 1: 'edema', 2: 'non-enhancing tumor', 3: 'enhancing tumour' },
    training: ['1', '2'].map((n) => ({
      image: `./imagesTr/B_${n}.nii`,
      label: `./labelsTr/B_${n}.nii`,
    })),
    test: ['./imagesTs/B_3.nii'],
  };
  writeFileSync(join(folder, 'dataset.json'), JSON.stringify(json));
  for (const place of ['imagesTr', 'imagesTs', 'labelsTr']) mkdirSync(join(folder, place));
  for (const { image, label } of [...json.training, { image: json.test[0], label: json.test[0] }]) {
    for (const file of [image, label]) writeFileSync(join(folder, file), '');
  }
  const name = (path: string, options = {}): string => caseAt(path, options).files.name;
  assert.equal(name(folder, { name: 'B_2' }), 'B_2');
  assert.equal(name(join(folder, 'imagesTr', 'B_1.nii')), 'B_1');
  assert.equal(name(join(folder, 'imagesTs')), 'B_3');
  for (const path of [folder, join(folder, 'imagesTr')]) {
    assert.throws(() => name(path), /has \d cases \(B_1, B_2.*\); choose one: --name B_1/);
  }
});

test('what macOS adds to folders and archives is skipped', (t) => {
  const folder = temporaryFolder(t);
  writeMadeCase(folder, 'a');
  writeMadeCase(join(folder, '__MACOSX'), 'b');
  writeFileSync(join(folder, '.DS_Store'), '');
  for (const name of ['._a_t1.nii', '._b_t1.nii']) writeFileSync(join(folder, 'a', name), '');
  const { cases, faults, notes } = collectCases(folder);
  assert.deepEqual([cases.map(({ name }) => name), faults, notes], [['a'], [], []]);
});

test('a data set in a folder below is pointed at', (t) => {
  const folder = temporaryFolder(t);
  const task = join(folder, 'Task01');
  writeMadeCase(join(task, 'imagesTr'), 'x');
  renameSync(join(task, 'imagesTr', 'x', 'x_flair.nii'), join(task, 'imagesTr', 'four.nii'));
  for (const ending of ['_t1', '_t1ce', '_t2', '_seg']) {
    renameSync(join(task, 'imagesTr', 'x', `x${ending}.nii`), join(task, `x.${ending}`));
  }
  writeFileSync(join(task, 'dataset.json'), '{}');
  assert.throws(
    () => findCases(folder),
    /has no case: .*Task01 has a dataset\.json: give that folder; there are 1 images, such as Task01/,
  );
});
