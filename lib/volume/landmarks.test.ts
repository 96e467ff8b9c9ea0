import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normaliseInBrain, type GridBox } from './brain';
import { commonForeground, scanForeground } from './foreground';
import { averageLandmarks, percentilesOf, standardise } from './landmarks';

/*
numpy 2.4.6, scipy 1.17.1; the landmarks and the standardised scan are those of NiftyNet 0.5.0's own functions to 1e-13:
  x, y, z = np.meshgrid(np.arange(24), np.arange(22), np.arange(21), indexing='ij')
  r = (x - 11) ** 2 + (y - 11) ** 2 + (z - 10) ** 2
  def scan(c, m):
      v = (x * 79 + y * 47 + z * 29 + m * 13 + c * 31) % 97 + 20 * m + 5 * c
      return np.where((r <= 64) & (r > 3), 1 + v, 0).astype(np.float32)
  def mask(a):
      return binary_fill_holes(binary_dilation(a > a.mean(dtype=float), iterations=2))
  def percentiles(a, where):
      return np.percentile(a[where], 100 * np.array([.001, .1, .2, .3, .4, .5, .6, .7, .8, .9, .999]))
  database = np.stack([percentiles(scan(c, 0), mask(scan(c, 0))) for c in (0, 1)])
  slope = 100 / (database[:, -1] - database[:, 0])
  landmarks = slope.dot(database) / 2 + np.mean(-slope * database[:, 0])
  both = np.all([mask(np.pad(scan(0, m), 10)) for m in (0, 1)], axis=0)[10:-10, 10:-10, 10:-10]
  a, own = scan(0, 0), percentiles(scan(0, 0), both)
  width = np.diff(own)
  width[width == 0] = np.inf
  s, piece = np.diff(landmarks) / width, np.digitize(a, own[1:-1])
  b = s[piece] * a + (landmarks[:-1] - s * own[:-1])[piece]
  n = (b - b[both].mean(dtype=float)) / b[both].std(dtype=float)
  print(mask(a).sum(), both.sum(), landmarks, n[0, 0, 0], n[11, 11, 10], n[11, 6, 10], n[8, 11, 13], n[14, 14, 11], n.min(), n.max())
*/
const SHAPE = [24, 22, 21];
const FOREGROUND = 3617;
const COMMON = 3647;
const LANDMARKS = [0, 0, 0, 0, 0, 15.5246, 32.1306, 49.619, 66.8132, 83.9094, 100];
const AT = [
  [0, 0, 0],
  [11, 11, 10],
  [11, 6, 10],
  [8, 11, 13],
  [14, 14, 11],
];
const NORMALISED = [-0.8832, -0.8832, 1.73735, 1.36878, 0.59953];
const ENDS = [-0.8832, 2.10504];

const BOX: GridBox = { shape: SHAPE, spans: SHAPE.map((side) => [0, side] as const) };
const [WIDTH, HEIGHT, DEPTH] = SHAPE;

/** [X * Y * Z], the first index fastest: a ball with a hole. */
function scan(which: number, modality: number): Float32Array {
  return Float32Array.from({ length: WIDTH * HEIGHT * DEPTH }, (_, i) => {
    const [x, y, z] = [i % WIDTH, Math.floor(i / WIDTH) % HEIGHT, Math.floor(i / WIDTH / HEIGHT)];
    const r = (x - 11) ** 2 + (y - 11) ** 2 + (z - 10) ** 2;
    const value = (x * 79 + y * 47 + z * 29 + modality * 13 + which * 31) % 97;
    return r <= 64 && r > 3 ? 1 + value + 20 * modality + 5 * which : 0;
  });
}

/** Of the whole grid. */
function ownForeground(values: Float32Array): Uint32Array {
  const mask = scanForeground(values, BOX);
  return Uint32Array.from(mask.keys()).filter((voxel) => mask[voxel] === 1);
}

function near(actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(actual[i] - value) <= tolerance, `${i}: ${actual[i]}, in numpy ${value}`);
  });
}

test('foreground, landmarks and the standardised scan are those of numpy and scipy', () => {
  assert.equal(ownForeground(scan(0, 0)).length, FOREGROUND);
  const all = [0, 1].map((which) => {
    const values = scan(which, 0);
    return percentilesOf(values, ownForeground(values));
  });
  const landmarks = averageLandmarks(all);
  near(landmarks, LANDMARKS, 5.1e-5);

  const common = commonForeground([scan(0, 0), scan(0, 1)], BOX, { name: 'x', padding: 10 });
  assert.equal(common.length, COMMON);
  const values = scan(0, 0);
  const { values: standard, zero } = standardise(values, percentilesOf(values, common), landmarks);
  const normalised = normaliseInBrain(standard, common, 'x', zero);
  const found = AT.map(([x, y, z]) => normalised.values[x + WIDTH * (y + HEIGHT * z)]);
  near(found, NORMALISED, 1e-5);
  near([Math.min(...normalised.values), Math.max(...normalised.values)], ENDS, 1e-5);
  assert.equal(normalised.background, normalised.values[0]);
});

test('in a part of the grid the foreground is that of the box', () => {
  const shape = SHAPE.map((side) => side + 5);
  const spans = SHAPE.map((side, axis) => [axis + 1, axis + 1 + side] as const);
  const moved = new Float32Array(shape[0] * shape[1] * shape[2]).fill(1000);
  const index = (x: number, y: number, z: number): number => x + shape[0] * (y + shape[1] * z);
  scan(0, 0).forEach((value, i) => {
    const [x, y, z] = [i % WIDTH, Math.floor(i / WIDTH) % HEIGHT, Math.floor(i / WIDTH / HEIGHT)];
    moved[index(x + 1, y + 2, z + 3)] = value;
  });
  const box = { shape, spans };
  assert.deepEqual(scanForeground(moved, box), scanForeground(scan(0, 0), BOX));
  const [first] = commonForeground([moved], box, { name: 'x' });
  const [own] = ownForeground(scan(0, 0));
  const [x, y, z] = [
    own % WIDTH,
    Math.floor(own / WIDTH) % HEIGHT,
    Math.floor(own / WIDTH / HEIGHT),
  ];
  assert.equal(first, index(x + 1, y + 2, z + 3));
});

test('scans without a foreground in common, and a foreground of one value, are errors', () => {
  const [left, right] = [new Float32Array(WIDTH), new Float32Array(WIDTH)];
  left[0] = right[WIDTH - 1] = 1;
  const row: GridBox = {
    shape: [WIDTH, 1, 1],
    spans: [
      [0, WIDTH],
      [0, 1],
      [0, 1],
    ],
  };
  assert.throws(() => commonForeground([left, right], row, { name: 'x' }), {
    code: 'BAD_FILE',
    message: /^case x: the number of voxels that are foreground in every scan is 0; look at/,
  });
  assert.throws(() => percentilesOf(left, Uint32Array.of(1, 2, 3), 'x.nii'), {
    message: /^x\.nii: percentiles 0\.1 and 99\.9 of the foreground are both 0 and should differ/,
  });
});

test('beyond the cutoffs the first and the last piece go on; equal percentiles give a constant', () => {
  const own = [10, 20, 30, 40, 50, 60, 60, 70, 80, 90, 100];
  const landmarks = own.map((_, i) => 10 * i);
  const { values, zero } = standardise(Float32Array.of(0, 15, 59, 60, 65, 110), own, landmarks);
  // Between the two percentiles of 60 the standard scale jumps from 50 to 60.
  assert.deepEqual([...values], [-10, 5, 49, 60, 65, 110]);
  assert.equal(zero, -10);
});
