import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MODALITIES, type Modality } from '../../base/modality';
import { normaliseIntensity } from '../../volume/normalise';
import { prepareAnatomy, type AnatomyMaps } from './anatomy';
import { makePhantomCase, type PhantomCase } from './case';
import { gridOfSize } from './grid';
import { icbm152OrSkip, madeAnatomy } from '../../checks/fixtures/phantom';
import { NEIGHBOURS } from './volume-filters';

type Part = 'brain' | 'oedema' | 'core' | 'enhancing';
const LABEL_OF: Record<Part, number> = { brain: 0, oedema: 2, core: 1, enhancing: 4 };

/** Mean and variance of a part in a scan; undefined where it has fewer than 20 voxels. */
function momentsOf(
  { scans, labels }: PhantomCase,
  modality: Modality,
  part: Part,
): { mean: number; variance: number } | undefined {
  const values = [...scans[modality]].filter((v, i) => v > 0 && labels[i] === LABEL_OF[part]);
  if (values.length < 20) return undefined;
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  return { mean, variance };
}

function makeCases(maps: AnatomyMaps, count: number, size: number[]): PhantomCase[] {
  const grid = gridOfSize(size);
  const anatomy = prepareAnatomy(maps, grid.spacing);
  return Array.from({ length: count }, (_, index) => makePhantomCase(anatomy, grid, 3, index));
}

/** The mean over cases of one part's mean relative to another's. */
function ratio(cases: PhantomCase[], modality: Modality, part: Part, to: Part): number {
  const ratios = cases.flatMap((made) => {
    const [a, b] = [momentsOf(made, modality, part), momentsOf(made, modality, to)];
    return a && b ? [a.mean / b.mean] : [];
  });
  assert.ok(ratios.length > 0);
  return ratios.reduce((sum, one) => sum + one, 0) / ratios.length;
}

/** Mean distance of enhancing from another part, in standard deviations, over the cases. */
function distance(cases: PhantomCase[], modality: Modality, from: Part): number {
  const distances = cases.flatMap((made) => {
    const [a, b] = [momentsOf(made, modality, 'enhancing'), momentsOf(made, modality, from)];
    return a && b ? [(a.mean - b.mean) / Math.sqrt((a.variance + b.variance) / 2)] : [];
  });
  return distances.reduce((sum, one) => sum + one, 0) / distances.length;
}

/** Properties of phantoms for any anatomy. */
function checkContrasts(cases: PhantomCase[]): void {
  const within = (value: number, low: number, high: number, what: string): void =>
    assert.ok(value > low && value < high, `${what}: ${value} is not in ${low}..${high}`);
  within(ratio(cases, 'flair', 'oedema', 'brain'), 1.2, 1.7, 'oedema is bright in FLAIR');
  within(ratio(cases, 't2', 'oedema', 'brain'), 1.05, 1.7, 'oedema is bright in T2');
  within(ratio(cases, 't1', 'oedema', 'brain'), 0.7, 1.1, 'oedema is not bright in T1');
  within(ratio(cases, 'flair', 'core', 'oedema'), 0.94, 1.06, 'core looks like oedema in FLAIR');
  within(ratio(cases, 't1ce', 'core', 'oedema'), 0.5, 0.92, 'core is darker than oedema in T1ce');
  within(ratio(cases, 't2', 'core', 'oedema'), 1.1, 1.6, 'core is brighter than oedema in T2');
  within(ratio(cases, 't1ce', 'enhancing', 'brain'), 1.35, 2, 'enhancing is bright in T1ce');
  for (const other of ['core', 'oedema'] as const) {
    const inT1ce = distance(cases, 't1ce', other);
    within(inT1ce, 2.5, 15, `enhancing stands out against ${other} in T1ce`);
    within(Math.abs(distance(cases, 'flair', other)), -1, 0.7, `and not in FLAIR`);
  }
  // In T1 and T2 it lies between the two, so no threshold has it.
  const between = (modality: 't1' | 't2', sign: number): void => {
    assert.ok(sign * distance(cases, modality, 'core') < 0.5, modality);
    assert.ok(sign * distance(cases, modality, 'oedema') > -0.5, modality);
  };
  between('t2', 1);
  between('t1', -1);
}

/** Of the synthetic anatomy. */
const tenCases = makeCases(madeAnatomy(), 10, [48, 48, 32]);

test('tissue and tumour have the documented contrasts; enhancement shows in T1ce alone', () => {
  checkContrasts(tenCases);
});

test('with the ICBM 152 anatomy, too', async (t) => {
  const maps = await icbm152OrSkip(t);
  if (maps) checkContrasts(makeCases(maps, 6, [48, 48, 32]));
});

test('labels are nested: oedema surrounds a core, enhancing tumour is in it, all in the brain', () => {
  for (const { scans, labels, grid, grade } of tenCases) {
    const counts = [0, 0, 0, 0, 0];
    labels.forEach((label, i) => {
      counts[label] += 1;
      if (label > 0) assert.ok(MODALITIES.every((modality) => scans[modality][i] > 0));
    });
    assert.equal(counts[3], 0);
    assert.ok(counts[1] + counts[4] > 0 && counts[2] > 0, `${String(counts)}`);
    assert.ok(
      grade === 'HGG' ? counts[4] > 0 : counts[4] < 0.1 * counts[1],
      `${grade} ${String(counts)}`,
    );
    // All of the oedema is connected to the core.
    const [x, y] = grid.shape;
    const steps = NEIGHBOURS.map(({ step: [dx, dy, dz] }) => dx + x * (dy + y * dz));
    const reached = new Set<number>();
    labels.forEach((label, i) => {
      if (label === 1 || label === 4) reached.add(i);
    });
    // Iterating a set includes what is added meanwhile.
    for (const at of reached) {
      for (const step of steps) if (labels[at + step] > 0) reached.add(at + step);
    }
    assert.equal(reached.size, counts[1] + counts[2] + counts[4]);
  }
});

test('every brain and tumour is different; background is exactly 0, the brain is not', () => {
  const cases = makeCases(madeAnatomy(), 4, [32, 32, 24]);
  for (const { scans, labels } of cases) {
    const isBrain = (modality: Modality) => [...scans[modality]].map((value) => value > 0);
    for (const modality of MODALITIES) {
      assert.deepEqual(isBrain(modality), isBrain('t1'));
      assert.ok(scans[modality].every((value) => value >= 0));
    }
    assert.equal(scans.t1[0], 0);
    assert.ok(labels.some((label) => label > 0));
  }
  const masks = cases.map(({ scans }) => scans.t1.map((value) => Math.min(value, 1)).join(''));
  assert.equal(new Set(masks).size, 4);
  assert.equal(new Set(cases.map(({ labels }) => labels.join(''))).size, 4);
});

test('a case depends on anatomy, grid, seed and index only', () => {
  const grid = gridOfSize([32, 32, 24]);
  const anatomy = prepareAnatomy(madeAnatomy(), grid.spacing);
  const once = makePhantomCase(anatomy, grid, 3, 2);
  makePhantomCase(anatomy, grid, 3, 5);
  assert.deepEqual(makePhantomCase(anatomy, grid, 3, 2), once);
  assert.notDeepEqual(makePhantomCase(anatomy, grid, 4, 2).labels, once.labels);
});

test('on any grid the brain has its size and lies inside, and normalisation clips few of its voxels', () => {
  for (const size of [
    [20, 20, 16],
    [40, 40, 32],
    [51, 48, 37],
    [64, 64, 48],
  ]) {
    const [{ scans, labels, grid }] = makeCases(madeAnatomy(), 1, size);
    const litres = scans.t1.filter((value) => value > 0).length * grid.spacing ** 3 * 1e-6;
    assert.ok(litres > 0.9 && litres < 1.8, `${String(size)}: ${litres} l`);
    const [x, y, z] = grid.shape;
    scans.t1.forEach((value, i) => {
      const at = [i % x, Math.floor(i / x) % y, Math.floor(i / x / y)];
      const isEdge = at.some((n, axis) => n === 0 || n === [x, y, z][axis] - 1);
      if (isEdge) assert.equal(value, 0, `${String(size)}: voxel ${String(at)}`);
    });
    if (size[0] < 32) continue;
    for (const modality of MODALITIES) {
      const { clip } = normaliseIntensity(scans[modality]);
      const healthy = scans[modality].filter((value, i) => value > 0 && labels[i] === 0);
      const clipped = healthy.filter((value) => value > clip).length / healthy.length;
      assert.ok(clipped < 0.08, `${String(size)} ${modality}: ${clipped}`);
    }
  }
});

test('an invalid anatomy: what is wrong with it', () => {
  const maps = madeAnatomy();
  const faults: [Partial<AnatomyMaps>, RegExp][] = [
    [{ grey: new Uint8Array(5) }, /an egg: number of voxels of grey is 5 and should be 114264/],
    [{ t1: new Uint8Array(maps.t1.length) }, /every voxel of t1 is 0 and should be above 0/],
    [{ affine: maps.affine.map((row) => row.map(() => 1)) }, /affine is .* parallel to the axes/],
  ];
  for (const [fault, message] of faults) {
    assert.throws(() => prepareAnatomy({ ...maps, ...fault }, 4), {
      name: 'UserError',
      message,
    });
  }
});
