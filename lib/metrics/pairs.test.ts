import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { UserError } from '../base/errors';
import { pairFiles, type PairOptions } from './pairs';

/** A folder of empty files; names may have folders in them. */
function folderOf(t: TestContext, files: string[]): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mckd-pairs-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const file of files) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), '');
  }
  return folder;
}

/** [name, prediction, truth], paths from the folders. */
function paired(t: TestContext, predictions: string[], truths: string[], pattern?: string) {
  const [prediction, truth] = [folderOf(t, predictions), folderOf(t, truths)];
  return pairFiles(prediction, truth, { pattern }).pairs.map((pair) => [
    pair.name,
    path.relative(prediction, pair.prediction),
    path.relative(truth, pair.truth),
  ]);
}

test('predictions are found by the name of the case, in flat and nested folders', (t) => {
  const pairs = paired(
    t,
    ['a.nii.gz', 'a_flair.nii.gz', 'sub/a_1_mckd.nii', 'b-seg.nii.gz', 'b_other.nii.gz', 'c/x.nii'],
    ['HGG/a/a_seg.nii.gz', 'HGG/a/a_t1.nii.gz', 'a_1_seg.nii.gz', 'b-seg.nii.gz', 'c_seg.nii'],
  );
  assert.deepEqual(pairs, [
    ['a', 'a.nii.gz', 'HGG/a/a_seg.nii.gz'],
    ['a_1', 'sub/a_1_mckd.nii', 'a_1_seg.nii.gz'],
    ['b', 'b-seg.nii.gz', 'b-seg.nii.gz'],
    ['c', 'c/x.nii', 'c_seg.nii'],
  ]);
});

test('ground truths without an ending, and with one of their own', (t) => {
  assert.deepEqual(paired(t, ['a.nii', 'b.nii'], ['a.nii', 'b.nii', 'a_t1.nii']), [
    ['a', 'a.nii', 'a.nii'],
    ['b', 'b.nii', 'b.nii'],
  ]);
  assert.deepEqual(paired(t, ['a.nii'], ['a_gold.nii', 'a_seg.nii'], 'labels=_gold'), [
    ['a', 'a.nii', 'a_gold.nii'],
  ]);
});

test('predictions in the folder of the ground truth are recognised', (t) => {
  const folder = folderOf(t, ['a/a_seg.nii', 'a/a_flair.nii', 'a/a_mckd.nii']);
  const [{ prediction, truth }] = pairFiles(folder, folder).pairs;
  assert.deepEqual(
    [prediction, truth].map((file) => path.basename(file)),
    ['a_mckd.nii', 'a_seg.nii'],
  );
});

test('one file against a folder, and two files of any name', (t) => {
  const prediction = folderOf(t, ['a.nii', 'b.nii', 'z.nii']);
  const truth = folderOf(t, ['a_seg.nii', 'b_seg.nii']);
  const names = (p: string, q: string) => pairFiles(p, q).pairs.map(({ name }) => name);
  assert.deepEqual(names(path.join(prediction, 'b.nii'), truth), ['b']);
  assert.deepEqual(names(prediction, path.join(truth, 'a_seg.nii')), ['a']);
  assert.deepEqual(names(path.join(prediction, 'z.nii'), path.join(truth, 'a_seg.nii')), ['a']);
});

test('codes are those of the ground truth’s edition, or those that are stated', (t) => {
  const enhancing = (truth: string, options: PairOptions = {}) => {
    const folder = folderOf(t, [truth]);
    const file = path.join(folder, truth);
    const [{ codes }] = pairFiles(file, file, options).pairs;
    return [codes.prediction.enhancing, codes.truth.enhancing, codes.truth.ignore];
  };
  assert.deepEqual(enhancing('a-seg.nii'), [[3], [3], undefined]);
  assert.deepEqual(enhancing('BraTS-GLI-00005-100-seg.nii'), [[3], [3], [4]]);
  assert.deepEqual(enhancing('a_seg.nii'), [[4], [4], undefined]);
  assert.deepEqual(enhancing('a_seg.nii', { labels: 'brats2023' }), [[3], [3], undefined]);
  assert.deepEqual(enhancing('a_seg.nii', { predictionLabels: 'brats2023' }), [
    [3],
    [4],
    undefined,
  ]);
  assert.throws(
    () => enhancing('BraTS-PED-00001-000-seg.nii'),
    /PED.*differ.*state them: --labels/,
  );
});

test('a case without its partner, twice, or with several predictions is named', (t) => {
  const refused = (predictions: string[], truths: string[], message: RegExp, field: string) =>
    assert.throws(
      () => paired(t, predictions, truths),
      (error: unknown) =>
        error instanceof UserError &&
        message.test(error.message) &&
        error.details.field === field &&
        error.details.file !== undefined &&
        error.details.value !== undefined,
    );
  refused(['a.nii'], ['a_seg.nii', 'b_seg.nii'], /b_seg.*prediction of b is missing/, 'prediction');
  refused(['a.nii', 'b.nii'], ['a_seg.nii'], /b\.nii: ground truth of b is missing/, 'truth');
  refused(['a_x.nii', 'a_y.nii'], ['a_seg.nii'], /a has 2 predictions/, 'prediction');
  refused(['a.nii'], ['a_seg.nii', 'x/a_seg.nii'], /a has two ground truths/, 'case');
  refused(['a.nii'], ['a_t1.nii'], /has no label map/, 'truth');
  const folder = folderOf(t, ['a_seg.nii']);
  assert.throws(() => pairFiles(folder, folder), { code: 'MISSING' });
  assert.throws(() => pairFiles(path.join(folder, 'absent'), folder), { code: 'CANNOT_READ' });
  assert.throws(() => pairFiles(folder, folder, { pattern: 'flair=_f' }), { code: 'MISSING' });
});

test('predictions from subsets of the scans have one row each, in printed order', (t) => {
  const truths = ['a/a_seg.nii', 'a/a_t1.nii', 'b/b_seg.nii'];
  const subsets = (predictions: string[], options: PairOptions = {}) => {
    const folder = folderOf(t, predictions);
    return pairFiles(folder, folderOf(t, truths), options).pairs.map(({ name, subset }) => [
      name,
      subset?.join('-'),
    ]);
  };
  const two = ['a', 'b'].flatMap((n) => [`${n}_from-flair-t1ce.nii`, `${n}_from-t1.nii`]);
  const expected = ['a', 'b'].flatMap((n) => [
    [n, 't1'],
    [n, 'flair-t1ce'],
  ]);
  assert.deepEqual(subsets(two), expected);
  // As older versions named them.
  assert.deepEqual(subsets(two.map((file) => file.replace('from-', ''))), expected);
  assert.throws(() => subsets(two.slice(0, 3)), /b has no prediction from T1, which others have/);
  assert.equal(subsets(two.slice(0, 3), { onlyThere: true }).length, 3);
  const twice = [...two, 'x/a_t1.nii'];
  assert.throws(() => subsets(twice), { code: 'AMBIGUOUS' });
  // A file of the predictions' folder is a prediction, even if it is named like a scan.
  assert.deepEqual(subsets(['a_t1.nii', 'b_t1.nii', '._a_t1.nii']), [
    ['a', 't1'],
    ['b', 't1'],
  ]);
  // A prediction of the whole case comes first.
  assert.deepEqual(subsets([...two, 'a.nii', 'b_x.nii']), [
    ['a', undefined],
    ['b', undefined],
  ]);
});

test('a part of the cases: those with a prediction, and those that are named', (t) => {
  const [prediction, truth] = [folderOf(t, ['a.nii']), folderOf(t, ['a_seg.nii', 'b_seg.nii'])];
  assert.throws(() => pairFiles(prediction, truth), /prediction of b is missing.*--only-there/);
  const { pairs, leftOut } = pairFiles(prediction, truth, { onlyThere: true });
  assert.deepEqual([pairs.map(({ name }) => name), leftOut], [['a'], ['b']]);
  assert.deepEqual(pairFiles(prediction, truth, { cases: ['a'] }).leftOut, ['b']);
  assert.throws(() => pairFiles(prediction, truth, { cases: ['z'] }), { code: 'MISSING' });
});
