import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../base/errors';
import { randomStream } from '../base/random';
import { madeBrainScan, rfnetData } from '../checks/fixtures/rfnet-data';
import { boxAround, brainVoxels, nonzeroSpans, normaliseInBrain, resampledSpans } from './brain';

test("a box is the slice that RFNet's code takes, to the voxel", () => {
  for (const [least, greatest, side, from, to] of rfnetData.boxes) {
    const [box] = boxAround([[least, greatest + 1]], [side]);
    assert.deepEqual(box, [from, to], `${least} to ${greatest} of ${side}`);
  }
});

test('a box lies in the grid, is 128 long or ends with the grid, and holds all but the last voxel', () => {
  const stream = randomStream(0, 'boxes');
  for (let i = 0; i < 2000; i++) {
    const side = 1 + stream.integer(300);
    const first = stream.integer(side);
    const end = first + 1 + stream.integer(side - first);
    const [[from, to]] = boxAround([[first, end]], [side]);
    const text = `${first} to ${end} of ${side}: ${from} to ${to}`;
    assert.ok(0 <= from && from < to && to <= side, text);
    assert.ok(to - from >= 128 || to === side, text);
    assert.ok(from <= first && to >= end - 1, text);
    // At most one more than 128 where it was made longer.
    assert.ok(to - from <= Math.max(129, end - 1 - first), text);
  }
});

test('spans are found over all scans; on another grid they are where those voxels are', () => {
  const shape = [6, 5, 4];
  const one = new Float32Array(6 * 5 * 4);
  const other = new Int16Array(6 * 5 * 4);
  one[2 + 6 * (1 + 5 * 2)] = 0.5;
  other[4 + 6 * (1 + 5 * 3)] = -1;
  assert.deepEqual(nonzeroSpans([one, other], shape), [
    [2, 5],
    [1, 2],
    [2, 4],
  ]);
  const spans = [
    [2, 5],
    [1, 2],
    [0, 4],
  ] as const;
  assert.deepEqual(resampledSpans(spans, shape, shape), spans);
  assert.deepEqual(resampledSpans(spans, shape, [3, 10, 5]), [
    [1, 3],
    [2, 4],
    [0, 5],
  ]);
});

test('the brain is where the sum of the scans is above 0: the same voxels for each', () => {
  const shape = [4, 1, 1];
  const scans = [Float32Array.of(0, 3, -2, 5), Float32Array.of(0, 1, 1, 0)];
  const whole = shape.map((side) => [0, side] as const);
  const brain = brainVoxels(scans, shape, whole, 'x');
  assert.deepEqual([...brain], [1, 3]);
  // Mean 4 and deviation 1, then 0.5 and 0.5, everywhere, background too.
  const [first, second] = scans.map((scan) => normaliseInBrain(scan, brain));
  assert.deepEqual([[...first.values], first.background], [[-4, -1, -6, 1], -4]);
  assert.deepEqual([[...second.values], second.background], [[-1, 1, 1, -1], -1]);
  const box = [[0, 3], ...whole.slice(1)] as const;
  assert.deepEqual([...brainVoxels(scans, shape, box, 'x')], [1]);
});

test('without a brain, or with one value in it, an error with the case or the file, and the value', () => {
  const negative = Float32Array.of(0, -1, -2);
  const whole = [[0, 3] as const, [0, 1] as const, [0, 1] as const];
  assert.throws(
    () => brainVoxels([negative], [3, 1, 1], whole, 'x'),
    (error: unknown) => error instanceof UserError && /case x: .* above 0 is 0/.test(error.message),
  );
  const [shape, first, last] = [
    [5, 5, 5],
    [1, 1, 1],
    [3, 3, 3],
  ];
  const scan = madeBrainScan({ shape, first, last }, 1);
  const spans = nonzeroSpans([scan], shape);
  const brain = brainVoxels([scan], shape, spans, 'x');
  // 0.1 has no exact mean, so a deviation of 0 would not be found by its value.
  const flat = Float64Array.from(scan, (value) => (value > 0 ? 0.1 : 0));
  assert.throws(
    () => normaliseInBrain(flat, brain, 'x_t1.nii'),
    (error: unknown) =>
      error instanceof UserError &&
      /^x_t1\.nii: every voxel of the brain is 0\.1 and should be/.test(error.message) &&
      error.details.file === 'x_t1.nii' &&
      error.details.value === 0.1,
  );
});
