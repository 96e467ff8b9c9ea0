/** Compares the kit with the reference, quantity by quantity, and judges each. */
import { UserError } from '../../base/errors';
import type { ReferenceCase, ReferenceTrajectory } from './reference';

/** The arithmetic of our side: what training uses, or double precision. */
export type Precision = 'float32' | 'float64';

/** @throws UserError for a name that is neither */
export function checkedPrecision(name: string): Precision {
  if (name === 'float32' || name === 'float64') return name;
  throw new UserError(`precision is "${name}"; choose float32 or float64`, {
    code: 'BAD_VALUE',
    field: 'precision',
    value: name,
  });
}

export interface Comparison {
  /** "case a" or "trajectory". */
  where: string;
  quantity: string;
  precision: Precision;
  /** A number; of a vector its L2 norm. */
  ours: number;
  reference: number;
  /** |ours - reference| / |reference|; of a vector, norms of both. */
  error: number;
  /** The same of the reference's own float32 run. */
  referenceError: number;
  /** The largest error that counts as equal. */
  bound: number;
  /** Gradient norms are judged together where our side is float32: see `judge`. */
  kind: 'value' | 'gradient norm';
}

/**
 * Bounds in double precision, where only the kit's float32 constants (such as 0.1) differ, by 1e-8. Single
 * entries of a gradient depend on fewer voxels than its norm, so that ties have a larger effect.
 */
const DOUBLE_BOUND = 1e-5;
const DOUBLE_SAMPLE_BOUND = 1e-3;
/** Gradients smaller than this are zero up to rounding. */
const LEAST_GRADIENT = 1e-6;
/** Float32 may be this many times as far off as the reference's own float32. */
const ALLOWANCE = 5;

/** All quantities of a case. */
export function compareCase(
  ours: ReferenceCase,
  reference: ReferenceCase,
  single: ReferenceCase,
  precision: Precision,
): Comparison[] {
  const compare = comparer(`case ${reference.tag}`, precision);
  const rows = [
    ...(['dice_loss', 'bce_loss', 'kd_loss', 'total_loss'] as const).map((name) =>
      compare(name, ours[name], reference[name], single[name], 1e-4),
    ),
    ...(['mean', 'std'] as const).map((name) =>
      compare(
        `logits, ${name}`,
        ours.logits[name],
        reference.logits[name],
        single.logits[name],
        1e-4,
      ),
    ),
    compare(
      'logits, samples',
      ours.logits.value,
      reference.logits.value,
      single.logits.value,
      1e-4,
    ),
    compare('meta loss', ours.meta.val_loss, reference.meta.val_loss, single.meta.val_loss, 1e-4),
    compare(
      'meta logits, samples',
      ours.meta.logits.value,
      reference.meta.logits.value,
      single.meta.logits.value,
      1e-3,
    ),
    compare(
      'importance gradient',
      ours.meta.grad_importance,
      reference.meta.grad_importance,
      single.meta.grad_importance,
      1e-3,
    ),
  ];
  for (const [name, { l2, value }] of Object.entries(reference.grad)) {
    if (l2 < LEAST_GRADIENT) continue;
    const [mine, other] = [ours.grad[name], single.grad[name]];
    rows.push({
      ...compare(`gradient norm, ${name}`, mine.l2, l2, other.l2, 1e-3),
      kind: 'gradient norm',
    });
    // Single entries are arbitrarily noisy in float32; in double precision they are checked too.
    if (precision === 'float64') {
      const samples = compare(`gradient samples, ${name}`, mine.value, value, other.value, 1e-3);
      rows.push({ ...samples, bound: DOUBLE_SAMPLE_BOUND });
    }
  }
  return rows;
}

/**
 * Losses and theta_w along the trajectory. In double precision all before the first batch with a single scan are
 * held to the bound of a case's losses. Such a batch multiplies errors a thousandfold (norms of the empty volumes'
 * constant maps amplify rounding), so from there on, and in float32, bounds are wide: 5e-3 for the task;
 * 5 % for distillation, or five times the error of the reference's own float32 run; theta_w as a case's numbers,
 * likewise. In float32 the last distillation loss is 2 % off with one thread and 6 % with two.
 */
export function compareTrajectory(
  ours: ReferenceTrajectory,
  reference: ReferenceTrajectory,
  single: ReferenceTrajectory,
  precision: Precision,
): Comparison[] {
  const firstLoneScan = reference.steps.findIndex(({ available }) => available.length === 1);
  return reference.steps.flatMap((step, i) => {
    const compare = comparer('trajectory', precision, firstLoneScan < 0 || i < firstLoneScan);
    const [mine, other] = [ours.steps[i], single.steps[i]];
    const quantity = (name: string): string => `step ${step.step}, ${name}`;
    const rows = [
      compare(quantity('task loss'), mine.seg_loss, step.seg_loss, other.seg_loss, 5e-3, 0),
      compare(quantity('kd_loss'), mine.kd_loss, step.kd_loss, other.kd_loss, 5e-2),
    ];
    const losses = [mine, step, other].map((s) => s.meta_val_loss ?? NaN);
    const logits = [mine, step, other].map((s) => s.importance_logits ?? []);
    if (step.meta_val_loss !== undefined) {
      rows.push(compare(quantity('meta loss'), losses[0], losses[1], losses[2], 5e-3, 0));
    }
    if (step.importance_logits !== undefined) {
      rows.push(compare(quantity('importance'), logits[0], logits[1], logits[2], 1e-3));
    }
    return rows;
  });
}

type Compare = (
  quantity: string,
  ours: number | number[],
  reference: number | number[],
  single: number | number[],
  bound: number,
  allowance?: number,
) => Comparison;

/** @param exact whether double precision gets its own bound */
function comparer(where: string, precision: Precision, exact = true): Compare {
  return (quantity, ours, reference, single, bound, allowance = ALLOWANCE) => {
    const [a, b, c] = [ours, reference, single].map((v) => (Array.isArray(v) ? v : [v]));
    const referenceError = relativeError(c, b);
    return {
      where,
      quantity,
      precision,
      ours: norm(a, a.length === 1),
      reference: norm(b, b.length === 1),
      error: relativeError(a, b),
      referenceError,
      bound:
        precision === 'float64' && exact
          ? DOUBLE_BOUND
          : Math.max(bound, allowance * referenceError),
      kind: 'value',
    };
  };
}

function norm(values: number[], signed = false): number {
  return signed ? values[0] : Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
}

/** Norm of the difference over the norm of the reference; a reference of 0 is compared absolutely. */
function relativeError(values: number[], reference: number[]): number {
  const difference = norm(reference.map((r, i) => (values[i] ?? NaN) - r));
  const size = norm(reference);
  return size > 0 ? difference / size : difference;
}

/** Whether it is judged as a group, see `judge`. */
export function isNoisy({ kind, precision }: Comparison): boolean {
  return kind === 'gradient norm' && precision === 'float32';
}

export interface Verdict {
  equal: boolean;
  /** Quantities beyond their bound, worst first. */
  off: Comparison[];
  /** Gradient norms in float32: how many are beyond the bound, of how many. */
  noisyGradients: { beyond: number; of: number; median: number; referenceMedian: number };
}

/** Share of gradient norms that may lie beyond their bound where our side is float32. */
const NOISY_SHARE = 0.2;

/**
 * Equal or not. Every quantity has to keep its bound, with one exception: gradient norms where our
 * side is float32. There the sign of a leaky ReLU or the winner of a max pool near a tie depends on the
 * last bit, so a norm is off by a random 1e-3 or so in any float32 code (PyTorch's own, run on a second
 * machine, misses the bound for some parameters, too). They are held to it as a group: no more than a
 * fifth beyond, and a median no larger than 5 times the reference's. The double-precision run has no such noise
 * and no such exception.
 */
export function judge(comparisons: readonly Comparison[]): Verdict {
  const missed = ({ error, bound }: Comparison): boolean => !(error <= bound);
  const noisy = comparisons.filter(isNoisy);
  const beyond = noisy.filter(missed);
  const [median, referenceMedian] = [
    middle(noisy.map(({ error }) => error)),
    middle(noisy.map(({ referenceError }) => referenceError)),
  ];
  const groupEqual =
    beyond.length <= NOISY_SHARE * noisy.length &&
    median <= Math.max(1e-3, ALLOWANCE * referenceMedian);
  const off = comparisons
    .filter((c) => missed(c) && (!groupEqual || !noisy.includes(c)))
    .sort((a, b) => b.error / b.bound - a.error / a.bound);
  return {
    equal: off.length === 0,
    off,
    noisyGradients: { beyond: beyond.length, of: noisy.length, median, referenceMedian },
  };
}

function middle(values: number[]): number {
  if (values.length === 0) return 0;
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
