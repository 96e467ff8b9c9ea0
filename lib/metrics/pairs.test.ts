import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { ReaderError } from '../errors';
import { pairFiles } from './pairs';

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
  return pairFiles(prediction, truth, { pattern }).map((pair) => [
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

test('truths without an ending, and with one of their own', (t) => {
  assert.deepEqual(paired(t, ['a.nii', 'b.nii'], ['a.nii', 'b.nii', 'a_t1.nii']), [
    ['a', 'a.nii', 'a.nii'],
    ['b', 'b.nii', 'b.nii'],
  ]);
  assert.deepEqual(paired(t, ['a.nii'], ['a_gold.nii', 'a_seg.nii'], 'labels=_gold'), [
    ['a', 'a.nii', 'a_gold.nii'],
  ]);
});

test('predictions beside the truth are told from it', (t) => {
  const folder = folderOf(t, ['a/a_seg.nii', 'a/a_flair.nii', 'a/a_mckd.nii']);
  const [{ prediction, truth }] = pairFiles(folder, folder);
  assert.deepEqual(
    [prediction, truth].map((file) => path.basename(file)),
    ['a_mckd.nii', 'a_seg.nii'],
  );
});

test('one file against a folder, and two files of any name', (t) => {
  const prediction = folderOf(t, ['a.nii', 'b.nii', 'z.nii']);
  const truth = folderOf(t, ['a_seg.nii', 'b_seg.nii']);
  const names = (p: string, q: string) => pairFiles(p, q).map(({ name }) => name);
  assert.deepEqual(names(path.join(prediction, 'b.nii'), truth), ['b']);
  assert.deepEqual(names(prediction, path.join(truth, 'a_seg.nii')), ['a']);
  assert.deepEqual(names(path.join(prediction, 'z.nii'), path.join(truth, 'a_seg.nii')), ['a']);
});

test('label 3 is the enhancing tumour where the truth is named as since 2021, or where it is said', (t) => {
  const enhancing = (truth: string, labels?: 'later') => {
    const folder = folderOf(t, [truth]);
    const [{ codes }] = pairFiles(path.join(folder, truth), path.join(folder, truth), { labels });
    return [codes.prediction.enhancing, codes.truth.enhancing];
  };
  assert.deepEqual(enhancing('a-seg.nii'), [
    [3, 4],
    [3, 4],
  ]);
  assert.deepEqual(enhancing('a_seg.nii'), [[4], [4]]);
  assert.deepEqual(enhancing('a_seg.nii', 'later'), [
    [3, 4],
    [3, 4],
  ]);
});

test('a case without its partner, twice, or with several predictions is named', (t) => {
  const refused = (predictions: string[], truths: string[], message: RegExp, field: string) =>
    assert.throws(
      () => paired(t, predictions, truths),
      (error: unknown) =>
        error instanceof ReaderError &&
        message.test(error.message) &&
        error.facts.field === field &&
        error.facts.file !== undefined &&
        error.facts.value !== undefined,
    );
  refused(['a.nii'], ['a_seg.nii', 'b_seg.nii'], /b_seg.*prediction of b is missing/, 'prediction');
  refused(['a.nii', 'b.nii'], ['a_seg.nii'], /b\.nii: truth of b is missing/, 'truth');
  refused(['a_x.nii', 'a_y.nii'], ['a_seg.nii'], /a has 2 predictions/, 'prediction');
  refused(['a.nii'], ['a_seg.nii', 'x/a_seg.nii'], /a has two truths/, 'case');
  refused(['a.nii'], ['a_t1.nii'], /has no label map/, 'truth');
  refused(['a_t1.nii'], ['a_seg.nii'], /prediction of a is missing/, 'prediction');
  const folder = folderOf(t, ['a_seg.nii']);
  assert.throws(() => pairFiles(folder, folder), /prediction of a is missing/);
  assert.throws(() => pairFiles(path.join(folder, 'absent'), folder), /absent can't be read/);
  assert.throws(() => pairFiles(folder, folder, { pattern: 'flair=_f' }), /leaves out labels/);
});
