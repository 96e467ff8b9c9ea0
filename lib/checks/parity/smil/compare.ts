/** Sets what the kit gives beside a golden file of SMIL, quantity by quantity. */
import { sizeOf } from '../../../nn/parameter-specs';
import type { Comparison, Precision } from '../compare';
import type { Facts, SmilGolden, Summary } from './form';

/** In double precision. */
const DOUBLE_BOUND = 1e-6;
/** Float32 may be this many times as far off as the reference's own float32 is with any quantity of the kind in the group. */
const ALLOWANCE = 5;
/** Of a quantity that is counted. */
const EXACT_BOUND = 1e-9;

/** Gradients that are zero up to rounding: of a bias before a batch norm. */
const ZERO_GRADIENT = /^(sound_extractor|speech)\.conv\d\.bias$/;

interface Quantity {
  name: string;
  kind: 'loss' | 'output' | 'gradient' | 'parameter' | 'count';
  ours: number | undefined;
  reference: number;
  single: number | undefined;
  /** Error of a value that is off by so much. */
  error: (value: number | undefined, vector: readonly number[] | undefined) => number;
  vectors?: { ours?: readonly number[]; single?: readonly number[] };
}

type Tree = unknown;

const isRecord = (tree: Tree): tree is Record<string, Tree> =>
  typeof tree === 'object' && tree !== null && !Array.isArray(tree);
const isSummary = (tree: Tree): tree is Summary =>
  isRecord(tree) && 'shape' in tree && 'sampled' in tree;
const isFacts = (tree: Tree): tree is NonNullable<Facts> =>
  isRecord(tree) && 'norm' in tree && 'sampled' in tree;
const norm = (values: readonly number[]): number => Math.hypot(...values);
const at = (tree: Tree, key: string): Tree => (isRecord(tree) ? tree[key] : undefined);

/** |v - reference| / scale; what is missing is infinitely far off. */
const offBy =
  (reference: number, scale: number) =>
  (value: number | undefined): number =>
    value === undefined ? Infinity : Math.abs(value - reference) / (scale || 1);

const offFrom =
  (reference: readonly number[], scale: number) =>
  (_: number | undefined, vector: readonly number[] | undefined): number =>
    vector?.length === reference.length
      ? norm(reference.map((r, i) => vector[i] - r)) / (scale || 1)
      : Infinity;

/** The numbers of a tree, with those of two others at the same places. */
function* quantities(
  path: readonly string[],
  trees: { ours: Tree; reference: Tree; single: Tree },
  shapes: SmilGolden['parameters'],
): Generator<Quantity> {
  const { ours, reference, single } = trees;
  const name = path.join(', ');
  const last = path.at(-1) ?? '';
  const gradient = path.some((part) => /gradients/i.test(part));
  if (typeof reference === 'number') {
    const kind = last === 'parameters' ? 'count' : 'loss';
    yield {
      ...{ name: `${kind} ${name}`, kind, reference },
      ours: ours as number | undefined,
      single: single as number | undefined,
      error: offBy(reference, Math.abs(reference)),
    };
  } else if (isSummary(reference)) {
    const scale = reference.std;
    for (const part of ['mean', 'std'] as const) {
      yield {
        ...{ name: `output ${name}, ${part}`, kind: 'output', reference: reference[part] },
        ours: (ours as Summary | undefined)?.[part],
        single: (single as Summary | undefined)?.[part],
        error: offBy(reference[part], scale),
      };
    }
    yield sampled(`output ${name}, samples`, 'output', trees, norm(reference.sampled));
  } else if (isFacts(reference)) {
    const kind = gradient ? 'gradient' : 'parameter';
    if (gradient && ZERO_GRADIENT.test(last)) return;
    yield {
      ...{ name: `${kind} norm, ${name}`, kind, reference: reference.norm },
      ours: (ours as Facts | undefined)?.norm,
      single: (single as Facts | undefined)?.norm,
      error: offBy(reference.norm, reference.norm),
    };
    const shape = shapes[`net.${last}`] ?? shapes[last] ?? shapes[`encoder.${last}`] ?? [1];
    // A sampled entry may be far smaller than the others.
    const usual = reference.norm * Math.sqrt(reference.sampled.length / sizeOf(shape));
    const scale = Math.max(norm(reference.sampled), usual);
    yield sampled(`${kind} samples, ${name}`, kind, trees, scale);
  } else if (reference === null) {
    const none = ours === null || ours === undefined;
    yield {
      ...{ name: `gradient none, ${name}`, kind: 'count', reference: 0, single: 0 },
      ours: none ? 0 : (ours as NonNullable<Facts>).norm,
      error: (value) => (value === 0 ? 0 : Infinity),
    };
  } else if (isRecord(reference)) {
    for (const key of Object.keys(reference)) {
      const below = { ours: at(ours, key), reference: reference[key], single: at(single, key) };
      yield* quantities([...path, key], below, shapes);
    }
  }
}

function sampled(
  name: string,
  kind: Quantity['kind'],
  { ours, reference, single }: { ours: Tree; reference: Tree; single: Tree },
  scale: number,
): Quantity {
  const [mine, wanted, other] = [ours, reference, single].map(
    (tree) => (tree as { sampled: number[] } | undefined | null)?.sampled,
  );
  return {
    ...{ name, kind, reference: norm(wanted ?? []) },
    ours: mine && norm(mine),
    single: other && norm(other),
    error: offFrom(wanted ?? [], scale),
    vectors: { ours: mine, single: other },
  };
}

export interface Section {
  /** Such as `trajectory 5`. */
  name: string;
  /** Sections whose float32 is held to the same bounds, such as all steps of a trajectory. Default: its name. */
  group?: string;
  ours: Tree;
  float64: Tree;
  float32: Tree;
}

/** Numbers that the file has and the kit leaves out: its code computes them and does not use them, or they have no effect. */
const LEFT_OUT = /Unused$|^encoder\.(conv|fc11|fc21)/;

/** All numbers of the sections. */
export function compareSections(
  sections: readonly Section[],
  shapes: SmilGolden['parameters'],
  precision: Precision,
): Comparison[] {
  const all = sections.flatMap(({ name: where, group = where, ours, float64, float32 }) => {
    const trees = { ours, reference: without(float64), single: float32 };
    return [...quantities([], trees, shapes)].map((quantity) => {
      const { error, vectors } = quantity;
      return {
        ...{ ...quantity, where, group },
        off: error(quantity.ours, vectors?.ours),
        own: error(quantity.single, vectors?.single),
      };
    });
  });
  const largest = new Map<string, number>();
  const poolOf = ({ group, kind }: (typeof all)[number]): string => `${group}, ${kind}`;
  for (const one of all) largest.set(poolOf(one), Math.max(one.own, largest.get(poolOf(one)) ?? 0));
  return all.map((one) => {
    const { where, name, kind, ours: mine, reference, off, own } = one;
    const single = ALLOWANCE * (largest.get(poolOf(one)) ?? 0);
    const bound = kind === 'count' ? EXACT_BOUND : precision === 'float64' ? DOUBLE_BOUND : single;
    return {
      ...{ where: `case ${where}`, quantity: name, precision, ours: mine ?? NaN, reference },
      ...{ error: off, referenceError: own, bound, kind: 'value' },
    };
  });
}

function without(tree: Tree): Tree {
  if (!isRecord(tree)) return tree;
  const kept = Object.entries(tree).filter(([name]) => !LEFT_OUT.test(name));
  return Object.fromEntries(kept.map(([name, below]) => [name, without(below)]));
}
