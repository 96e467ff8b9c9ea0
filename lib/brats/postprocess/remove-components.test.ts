import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tumourComponents } from '../../volume/components';
import { relabelFewEnhancing } from './few-enhancing';
import { removeLowComponents, removeSmallComponents } from './remove-components';
import { labelMap, type Box } from '../../checks/fixtures/label-maps';

/** Bars of the given voxels along x, none touching another. */
function bars(...lengths: number[]): { labels: Uint8Array; shape: number[] } {
  const shape = [Math.max(...lengths), 2 * lengths.length, 1];
  const boxes = lengths.map((length, i): Box => ({
    from: [0, 2 * i, 0],
    to: [length, 2 * i + 1, 1],
    value: 2,
  }));
  return { labels: labelMap(shape, ...boxes), shape };
}

test('under 2000 voxels is small beside a large tumour, exactly 2000 is not', () => {
  const { labels, shape } = bars(30_000, 2000, 1999);
  const before = labels.slice();
  const components = tumourComponents(labels, { shape });
  const { labels: after, ...removed } = removeSmallComponents(labels, components);
  assert.deepEqual(removed, { components: 1, voxels: 1999 });
  assert.deepEqual(after, bars(30_000, 2000, 0).labels);
  assert.deepEqual(labels, before);
});

test('beside a small tumour 10 % of it is the threshold, and exactly 10 % stays', () => {
  const { labels, shape } = bars(1000, 100, 99);
  const components = tumourComponents(labels, { shape });
  const { labels: after, ...removed } = removeSmallComponents(labels, components);
  assert.deepEqual(removed, { components: 1, voxels: 99 });
  const again = removeSmallComponents(after, tumourComponents(after, { shape }));
  assert.deepEqual(again, { labels: after, components: 0, voxels: 0 });
  const stricter = removeSmallComponents(labels, components, { smallFraction: 0.5 });
  assert.equal(stricter.components, 2);
  assert.equal(removeSmallComponents(labels, components, { smallVoxels: 0 }).components, 0);
});

test('a component that ends at slice 25 is low, one that reaches 26 is not', () => {
  const shape = [6, 1, 30];
  const low: Box = { from: [0, 0, 10], to: [1, 1, 26], value: 2 };
  const high: Box = { from: [2, 0, 0], to: [3, 1, 27], value: 1 };
  const other: Box = { from: [4, 0, 25], to: [5, 1, 26], value: 4 };
  const labels = labelMap(shape, low, high, other);
  const before = labels.slice();
  const components = tumourComponents(labels, { shape });
  const { labels: after, ...removed } = removeLowComponents(labels, components);
  assert.deepEqual(removed, { components: 2, voxels: 17 });
  assert.deepEqual(after, labelMap(shape, high));
  assert.deepEqual(labels, before);
  assert.equal(removeLowComponents(labels, components, { lowSlice: 9 }).components, 0);
  // Voxels that another rule has removed are not counted twice.
  assert.equal(removeLowComponents(labelMap(shape, high, other), components).voxels, 1);
});

test('499 enhancing voxels become core, 500 stay', () => {
  const shape = [1000, 1, 1];
  const few = labelMap(shape, { from: [0, 0, 0], to: [499, 1, 1], value: 4 });
  few[700] = 2;
  const before = few.slice();
  const { labels, ...report } = relabelFewEnhancing(few);
  assert.deepEqual(report, { enhancingVoxels: 499, voxels: 499 });
  assert.equal(labels.indexOf(4), -1);
  assert.deepEqual([labels[0], labels[498], labels[499], labels[700]], [1, 1, 0, 2]);
  assert.deepEqual(few, before);
  assert.deepEqual(relabelFewEnhancing(labels).labels, labels);

  const enough = labelMap(shape, { from: [0, 0, 0], to: [500, 1, 1], value: 4 });
  assert.deepEqual(relabelFewEnhancing(enough), {
    labels: enough,
    enhancingVoxels: 500,
    voxels: 0,
  });
  assert.equal(relabelFewEnhancing(enough, { fewEnhancingVoxels: 501 }).voxels, 500);
});
