import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findCases } from './index';
import { temporaryFolder, writeMadeCase } from '../../checks/fixtures/prepared';
import { prepareOutputs } from './outputs';
import { makeFolder, writeFileAtomic } from '../../base/atomic-write';

test('a result replaces nothing that is read, under any name', (t) => {
  const folder = temporaryFolder(t);
  writeMadeCase(folder, 'x');
  const cases = findCases(folder);
  const truth = join(folder, 'x', 'x_seg.nii');
  const before = readFileSync(truth);
  symlinkSync(truth, join(folder, 'link.nii'));
  linkSync(truth, join(folder, 'second name.nii'));
  const weights = join(folder, 'weights.safetensors');
  writeFileSync(weights, 'w');
  for (const file of [truth, join(folder, 'link.nii'), join(folder, 'second name.nii'), weights]) {
    assert.throws(
      () => prepareOutputs([file], { cases, inputs: [weights] }),
      /is among the data that are read.*would be replaced; choose another name/,
    );
    // It also holds for later writes of this process.
    assert.throws(() => writeFileAtomic(file, 'new'), { code: 'EXISTS' });
  }
  assert.deepEqual(readFileSync(truth), before);
});

test('beside the scans of a case, no result may be named like a scan or the ground truth', (t) => {
  const folder = temporaryFolder(t);
  writeMadeCase(folder, 'x', { withoutLabels: true });
  const cases = findCases(folder);
  const refused = (name: string, pattern?: string): void =>
    assert.throws(
      () => prepareOutputs([join(folder, 'x', name)], { cases, pattern }),
      /lies beside the scans of x and would be read as the .*; choose another folder, or a name/,
    );
  refused('x_seg.nii.gz');
  refused('pred_seg.nii.gz');
  refused('y_t1.nii.gz');
  refused('FLAIR.nii.gz');
  refused('mine.nii.gz', 'flair=_flair,labels=mine');
  assert.deepEqual(prepareOutputs([join(folder, 'x', 'x_mckd.nii.gz')], { cases }), []);
  // In another folder nothing is read as a file of this case.
  assert.deepEqual(prepareOutputs([join(folder, 'results', 'x_seg.nii.gz')], { cases }), []);
});

test('a replaced file is reported; one that can’t be written is found before the work', (t) => {
  const folder = temporaryFolder(t);
  const old = join(folder, 'old.csv');
  writeFileSync(old, 'old');
  assert.deepEqual(prepareOutputs([old, join(folder, 'new', 'deep', 'x.csv')]), [
    `${old} is replaced`,
  ]);
  assert.deepEqual(readdirSync(join(folder, 'new', 'deep')), []);
  assert.throws(() => prepareOutputs([join(old, 'x.csv')]), /old\.csv is a file, not a folder/);
  mkdirSync(join(folder, 'x.nii.gz'));
  assert.throws(() => prepareOutputs([join(folder, 'x.nii.gz')]), { code: 'EXISTS' });
  assert.equal(readFileSync(old, 'utf8'), 'old');
});

test('a folder without write permission is found before the work', (t) => {
  const folder = join(temporaryFolder(t), 'closed');
  mkdirSync(folder);
  chmodSync(join(folder, '..'), 0o755);
  chmodSync(folder, 0o555);
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65534);
  try {
    assert.throws(
      () => prepareOutputs([join(folder, 'x.nii.gz')]),
      /closed can't be written \(EACCES.*; allow writing there or choose another folder/,
    );
  } finally {
    if (root) process.seteuid?.(0);
  }
});

test('a folder where none can be made is an error, and no endless loop', (t) => {
  if (!existsSync('/proc/self')) return t.skip('there is no /proc here');
  assert.throws(() => makeFolder('/proc/mckd/a/b'), /ENOENT|EACCES|EPERM/);
  assert.throws(() => prepareOutputs(['/proc/mckd/x.csv']), { code: 'CANNOT_WRITE' });
});
