import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsOfProbabilities } from './labels';

/** Of background, labels 1, 2, 4 -> ET, WT, TC, voxels side by side. */
function regionsOf(classes: readonly (readonly number[])[]): Float32Array {
  const of = (sum: (p: readonly number[]) => number): number[] => classes.map(sum);
  return Float32Array.from([
    ...of((p) => p[3]),
    ...of((p) => p[1] + p[2] + p[3]),
    ...of((p) => p[1] + p[3]),
  ]);
}

test('a label map of regions has each region where it is more probable than not', () => {
  const probabilities = Float32Array.from([0.6, 0.5, 0.4, 0.7, 0.7, 0.2, 0.6, 0.6, 0.4]);
  assert.deepEqual([...labelsOfProbabilities(probabilities)], [4, 1, 0]);
});

test('a label map of classes has the most probable one, even where no region is more probable than not', () => {
  const classes = [
    [0.4, 0.3, 0.2, 0.1],
    [0.2, 0.4, 0.3, 0.1],
    [0.3, 0.1, 0.4, 0.2],
    [0.3, 0.2, 0.1, 0.4],
    // The whole tumour is more probable than not, and no label more probable than background.
    [0.45, 0.2, 0.15, 0.2],
  ];
  assert.deepEqual([...labelsOfProbabilities(regionsOf(classes), 'classes')], [0, 1, 2, 4, 0]);
});
