import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toDepthFirst } from './orientation';
import { UserError } from '../base/errors';
import { tumourComponents } from './components';
import { labelMap } from '../checks/fixtures/label-maps';

const SHAPE = [5, 4, 6];
const facts = (labels: Uint8Array, order?: 'nifti' | 'depth-first') =>
  tumourComponents(labels, { shape: SHAPE, order }).map(({ indices, highestSlice }) => [
    indices.length,
    highestSlice,
  ]);

test('faces join voxels of any label; edges and corners don’t', () => {
  const labels = labelMap(
    SHAPE,
    { from: [0, 0, 0], to: [2, 1, 1], value: 1 },
    { from: [1, 0, 1], to: [2, 1, 3], value: 4 },
    // By an edge, by a corner.
    { from: [2, 1, 2], to: [3, 2, 3], value: 2 },
    { from: [3, 2, 3], to: [5, 4, 4], value: 2 },
  );
  for (const [map, order] of [
    [labels, 'nifti'],
    [toDepthFirst(labels, SHAPE), 'depth-first'],
  ] as const) {
    assert.deepEqual(facts(map, order), [
      [4, 2],
      [1, 2],
      [4, 3],
    ]);
  }
});

test('the ends of a row, a slice and the volume are no neighbours', () => {
  const labels = labelMap(
    SHAPE,
    { from: [4, 0, 0], to: [5, 1, 1], value: 1 },
    { from: [0, 1, 0], to: [1, 2, 1], value: 1 },
    { from: [4, 3, 0], to: [5, 4, 1], value: 1 },
    { from: [0, 0, 1], to: [1, 1, 2], value: 1 },
    { from: [4, 3, 5], to: [5, 4, 6], value: 1 },
  );
  assert.equal(facts(labels).length, 5);
  assert.equal(facts(toDepthFirst(labels, SHAPE), 'depth-first').length, 5);
});

test('components come by their first voxel with x slowest; every voxel is in one', () => {
  const labels = labelMap(
    SHAPE,
    { from: [3, 0, 0], to: [5, 4, 2], value: 2 },
    { from: [0, 3, 4], to: [2, 4, 6], value: 2 },
    { from: [0, 0, 5], to: [1, 1, 6], value: 1 },
  );
  assert.deepEqual(facts(labels), [
    [1, 5],
    [4, 5],
    [16, 1],
  ]);
  const all = tumourComponents(labels, { shape: SHAPE }).flatMap(({ indices }) => [...indices]);
  const tumour = [...labels.keys()].filter((index) => labels[index] !== 0);
  assert.deepEqual(
    all.sort((a, b) => a - b),
    tumour,
  );
});

test('an empty map has none; a map of another size is an error', () => {
  assert.deepEqual(facts(labelMap(SHAPE)), []);
  assert.equal(tumourComponents(new Uint8Array(120).fill(2), { shape: SHAPE }).length, 1);
  for (const shape of [
    [5, 4, 5],
    [20, 6],
    [1, 5, 4, 6],
  ]) {
    assert.throws(() => tumourComponents(labelMap(SHAPE), { shape }), UserError);
  }
});
