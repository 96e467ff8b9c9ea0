import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LAYOUTS, layoutOfPattern, roleOf } from './layouts';

/** [role, name] of a path by a pattern. */
function read(path: string, pattern: string) {
  const found = roleOf(path, layoutOfPattern(pattern));
  return found && [found.role, found.name];
}

test('a pattern is an ending, or a path with * for the name of the case', () => {
  assert.deepEqual(read('d/P1_fl', 'flair=_fl'), ['flair', 'P1']);
  assert.deepEqual(read('d/P1_fl', 'flair=*_fl.nii.gz'), ['flair', 'P1']);
  assert.equal(read('d/P1_FL', 'flair=_fl'), undefined);
  assert.deepEqual(read('d/images/P1_fl', 'flair=images/*_fl'), ['flair', 'P1']);
  assert.equal(read('d/old images/P1_fl', 'flair=images/*_fl'), undefined);
  assert.equal(read('d/images/P1/x_fl', 'flair=images/*_fl'), undefined);
  assert.deepEqual(read('d/masks/P1', 'flair=images/*_fl,labels=masks/*'), ['labels', 'P1']);
  assert.deepEqual(read('d/P1/anat/FLAIR', 'flair=*/anat/FLAIR'), ['flair', 'P1']);
  // If only the folder distinguishes cases, it is the case.
  assert.deepEqual(read('d/P1/FLAIR', 'flair=FLAIR'), ['flair', 'P1']);
  assert.deepEqual(read('d/P1/T1', 'flair=FLAIR,t1=T1'), ['t1', 'P1']);
  // The longest match wins.
  assert.deepEqual(read('d/P1_t1_seg', 't1=_t1,labels=_seg'), ['labels', 'P1_t1']);
});

test('files of one case have one key, whatever their folders', () => {
  const layout = layoutOfPattern('flair=images/*_fl,labels=masks/*');
  const [scan, labels] = ['d/images/P1_fl', 'd/masks/P1'].map((path) => roleOf(path, layout)?.key);
  assert.equal(scan, labels);
  const kinds = LAYOUTS.find(({ name }) => name === 'folders') ?? LAYOUTS[0];
  const keys = ['d/P1/FLAIR', 'd/P1/seg', 'd/P2/seg'].map((path) => roleOf(path, kinds)?.key);
  assert.equal(keys[0], keys[1]);
  assert.notEqual(keys[1], keys[2]);
});
