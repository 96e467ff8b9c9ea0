import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../base/errors';
import { tumourComponents } from '../../volume/components';
import { relabelDarkOedema, type DarkOedemaOptions } from './dark-oedema';
import { labelMap, paint, type Box } from '../../checks/fixtures/label-maps';

const SHAPE = [40, 40, 40];
/** 8000 voxels of oedema. */
const OEDEMA: Box = { from: [5, 5, 5], to: [25, 25, 25], value: 2 };

function run(
  labels: Uint8Array,
  t1ce: Int16Array | Float32Array,
  options?: Partial<DarkOedemaOptions>,
) {
  const components = tumourComponents(labels, { shape: SHAPE });
  return relabelDarkOedema({ prediction: labels, labels, components, t1ce }, options);
}

/** T1ce everywhere, darker in the lower half of the box above. */
function halves(): Int16Array {
  const t1ce = new Int16Array(64_000).fill(500);
  return paint(t1ce, SHAPE, { ...OEDEMA, value: 300 }, { ...OEDEMA, to: [25, 25, 12], value: 200 });
}

/*
The authors' call on the same oedema, OpenCV 4.13, 300 seeds:
  i = np.arange(8000); x = i * i % 10007
  masked = np.zeros(64000, np.float32)
  masked[:8000] = np.where(x % 3 == 0, 250 + x % 60, 320 + x % 80)
  for seed in range(300):
      cv2.setRNGSeed(seed + 1)
      cost, which, centre = cv2.kmeans(masked, 3, None, (3, 10, 1.0), 3, cv2.KMEANS_RANDOM_CENTERS)
      centre[np.argmax(centre)] = np.min(centre)
      (which == np.argmax(centre)).sum()
Voxels that would become label 1: seven different counts. The most frequent (87 seeds) and the one with
the least cost is 2754, centre 279.147; 45 seeds give 55999, nearly the whole background.
*/
test('equals the best of the authors’ random clustering', () => {
  const labels = labelMap(SHAPE, OEDEMA);
  const t1ce = new Float32Array(64_000).fill(123);
  let next = 0;
  labels.forEach((label, index) => {
    if (label === 0) return;
    const x = next ** 2 % 10007;
    next += 1;
    t1ce[index] = x % 3 === 0 ? 250 + (x % 60) : 320 + (x % 80);
  });
  const { voxels, split } = run(labels, t1ce);
  assert.equal(voxels, 2754);
  assert.deepEqual(split[0].clusters[0], { low: 0, high: 0, centre: 0, count: 56_000 });
  assert.ok(Math.abs(split[0].clusters[1].centre - 279.147) < 1e-3);
});

test('the darker oedema becomes core; nothing outside it changes, whatever its T1ce', () => {
  const enhancing: Box = { from: [5, 5, 25], to: [15, 15, 26], value: 4 };
  const core: Box = { from: [15, 15, 25], to: [25, 25, 26], value: 1 };
  const labels = labelMap(SHAPE, OEDEMA, enhancing, core);
  const t1ce = halves();
  const [labelsBefore, t1ceBefore] = [labels.slice(), t1ce.slice()];
  const found = run(labels, t1ce);
  const dark: Box = { ...OEDEMA, to: [25, 25, 12], value: 1 };
  assert.deepEqual(found.labels, paint(labels.slice(), SHAPE, dark));
  assert.deepEqual([found.voxels, found.split.length], [2800, 1]);
  assert.equal(found.split[0].oedemaVoxels, 8000);
  assert.deepEqual([labels, t1ce], [labelsBefore, t1ceBefore]);
  assert.deepEqual(run(labels, t1ce), found);
  t1ce.forEach(
    (_, index) => (t1ce[index] = labels[index] === 2 ? t1ce[index] : (3 * index) % 1000),
  );
  assert.deepEqual(run(labels, t1ce), found);
});

test('each component is clustered on its own, and a removed one is skipped', () => {
  const second: Box = { from: [28, 5, 5], to: [38, 25, 15], value: 2 };
  const prediction = labelMap(SHAPE, OEDEMA, second);
  const bright = paint(
    halves(),
    SHAPE,
    { ...second, value: 900 },
    { ...second, to: [38, 25, 6], value: 700 },
  );
  const both = run(prediction, bright);
  assert.deepEqual(
    both.split.map(({ component, voxels }) => [component, voxels]),
    [
      [0, 2800],
      [1, 200],
    ],
  );
  const components = tumourComponents(prediction, { shape: SHAPE });
  const labels = labelMap(SHAPE, OEDEMA);
  const one = relabelDarkOedema({ prediction, labels, components, t1ce: bright });
  assert.deepEqual(one.labels, labelMap(SHAPE, OEDEMA, { ...OEDEMA, to: [25, 25, 12], value: 1 }));
});

test('applies below each of its four thresholds and not at them', () => {
  const applies = (labels: Uint8Array, options?: Partial<DarkOedemaOptions>): boolean =>
    run(labels, halves(), options).split.length > 0;
  const enhancing = (voxels: number): Uint8Array =>
    labelMap(SHAPE, OEDEMA, { from: [0, 0, 25], to: [40, 40, 26], value: 2 }).map((label, i) =>
      label === 2 && i >= 25 * 1600 && i < 25 * 1600 + voxels ? 4 : label,
    );
  // Sum of label values 448 and 452.
  assert.equal(applies(enhancing(112)), true);
  assert.equal(applies(enhancing(113)), false);
  // 9600 voxels in all: 4 * 120 = 480 of 2 * 9600 + 2 * 120 = 19440.
  const loose = { componentEnhancingSum: Infinity };
  assert.equal(applies(enhancing(120), { ...loose, componentEnhancingFraction: 0.0247 }), true);
  assert.equal(
    applies(enhancing(120), { ...loose, componentEnhancingFraction: 480 / 19440 }),
    false,
  );
  assert.equal(applies(enhancing(112), { enhancingFraction: 0.0117 }), true);
  assert.equal(applies(enhancing(112), { enhancingFraction: 112 / 9600 }), false);

  // The whole prediction counts, including enhancing voxels elsewhere: 12 % of it is too much.
  const elsewhere = (voxels: number): Uint8Array => {
    const labels = labelMap(SHAPE, OEDEMA);
    for (let i = 0; i < voxels; i++) labels[30 * 1600 + i] = 4;
    return labels;
  };
  assert.equal(applies(elsewhere(1090)), true);
  assert.equal(applies(elsewhere(1091)), false);

  const core = (voxels: number): Uint8Array => {
    const labels = labelMap(SHAPE, OEDEMA);
    for (let i = 0; i < voxels; i++) labels[28 * 1600 + i] = 1;
    return labels;
  };
  assert.equal(applies(core(9999)), true);
  assert.equal(applies(core(10_000)), false);
});

test('label 1 is counted when a component is processed', () => {
  const second: Box = { from: [28, 5, 5], to: [38, 25, 15], value: 2 };
  const prediction = labelMap(SHAPE, OEDEMA, second);
  const t1ce = paint(halves(), SHAPE, { ...second, to: [38, 25, 6], value: 300 });
  const turns = (coreVoxels: number) => run(prediction, t1ce, { coreVoxels }).split.length;
  assert.deepEqual([turns(2800), turns(2801)], [1, 2]);

  // A core component that rule 2 removes counts until it is processed, as in the authors' loop.
  const speck = (x: number): Box => ({ from: [x, 0, 0], to: [x + 1, 1, 1], value: 1 });
  for (const [x, applies] of [
    [0, true],
    [39, false],
  ] as const) {
    const whole = labelMap(SHAPE, OEDEMA, speck(x));
    const components = tumourComponents(whole, { shape: SHAPE });
    const labels = labelMap(SHAPE, OEDEMA);
    const { split } = relabelDarkOedema(
      { prediction: whole, labels, components, t1ce: halves() },
      { coreVoxels: 1 },
    );
    assert.equal(split.length > 0, applies);
  }
});

test('with too few values, or the outside second brightest, nothing changes', () => {
  const labels = labelMap(SHAPE, OEDEMA);
  const constant = run(labels, new Int16Array(64_000).fill(300));
  assert.deepEqual([constant.voxels, constant.split[0].clusters], [0, []]);
  assert.deepEqual(constant.labels, labels);
  const negative = halves().map((value) => value - 250);
  assert.equal(run(labels, negative).split[0].clusters[1].centre, 0);
  assert.deepEqual(run(labels, negative).labels, labels);
  const core = labels.map((label) => (label ? 1 : 0));
  assert.equal(run(core, halves()).voxels, 0);
});

test('oedema without intensity is clustered with the outside', () => {
  const labels = labelMap(SHAPE, OEDEMA);
  const t1ce = paint(halves(), SHAPE, { ...OEDEMA, to: [25, 25, 7], value: 0 });
  assert.equal(run(labels, t1ce).voxels, 2000);
  assert.equal(run(labels, t1ce).labels[5 + 40 * (5 + 40 * 5)], 2);
});

test('T1ce that is not a number in the oedema is an error, elsewhere it isn’t read', () => {
  const labels = labelMap(SHAPE, OEDEMA);
  const t1ce = Float32Array.from(halves());
  t1ce[0] = NaN;
  assert.equal(run(labels, t1ce).voxels, 2800);
  t1ce[labels.indexOf(2)] = NaN;
  assert.throws(
    () => run(labels, t1ce),
    (error) => error instanceof UserError && error.details.field === 't1ce',
  );
});
