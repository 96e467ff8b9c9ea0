/** Sets what the kit gives beside a golden file, quantity by quantity. */
import { quantile } from '../../base/statistics';
import type { Comparison, Precision } from './compare';
import { caseName, type Golden, type GoldenCase } from './golden';
import type { GoldenMeasure } from './measure-golden';

/** In double precision. */
const DOUBLE_BOUND = 1e-6;
/** Float32 may be this many times as far off as the reference's own float32 in any case of the file. */
const ALLOWANCE = 5;
/** Rounding of sums over a crop: the least that a loss or an output is held to in float32. */
const ROUNDING = 5e-6;
/**
 * Likewise of the gradients. A value near the kink of a leaky ReLU falls on the other side by its last bit; where the
 * maps are small, one moves every gradient before it by 1e-3 or so. It happens by chance, in PyTorch's float32 as well:
 * in one case of a file and not in the next.
 */
const KINK = { median: 1e-4, p95: 5e-3, largest: 2e-2 };
/** Gradients that are zero in exact arithmetic, as a part of the norm of all. */
const ZERO_BOUND = 1e-9;

/**
 * All quantities of a case. Double precision: each within 1e-6, or, of a gradient that the file lists as
 * ill-conditioned, within five times what one bit of the weights moves it by. Float32: each within five times the
 * file's own error in float32; gradients by median, 95 % and largest of all parameters, as the file has them.
 */
export function compareGolden(
  ours: GoldenMeasure,
  of: GoldenCase,
  golden: Golden,
  precision: Precision,
): Comparison[] {
  const where = caseName(of);
  const double = precision === 'float64';
  const row = (
    quantity: string,
    [mine, reference]: [number, number],
    error: number,
    { referenceError = 0, bound }: { referenceError?: number; bound: number },
  ): Comparison => {
    const both = { ours: mine, reference, error, referenceError, bound };
    return { where, quantity, precision, ...both, kind: 'value' };
  };
  /** The bound of a value by the file's own error, the largest of its cases. */
  const allowed = (
    referenceError: number,
    least = ROUNDING,
  ): { referenceError: number; bound: number } => ({
    referenceError,
    bound: double ? DOUBLE_BOUND : Math.max(least, ALLOWANCE * referenceError),
  });
  const own = (errorOf: (one: GoldenCase) => number | undefined): number =>
    largest(golden.cases.map((one) => errorOf(one) ?? 0));

  const losses = Object.entries(of.losses).map(([name, reference]) => {
    const mine = ours.losses[name];
    const size = Math.abs(reference) || 1;
    const referenceError = own(({ float32_error }) => float32_error.losses[name]) / size;
    return row(
      `loss ${name}`,
      [mine, reference],
      Math.abs(mine - reference) / size,
      allowed(referenceError),
    );
  });
  const outputs = Object.entries(of.outputs).flatMap(([name, { mean, std, value }]) => {
    const mine = ours.outputs[name];
    const size = largest([std, ...value].map(Math.abs));
    const referenceError = own(({ float32_error }) => float32_error.outputs_max_abs[name]) / size;
    const off = largest(value.map((v, i) => Math.abs((mine.value[i] ?? NaN) - v)));
    const pairs: [string, [number, number], number][] = [
      ['mean', [mine.mean, mean], Math.abs(mine.mean - mean)],
      ['standard deviation', [mine.std, std], Math.abs(mine.std - std)],
      ['samples', [norm(mine.value), norm(value)], off],
    ];
    return pairs.map(([what, both, error]) =>
      row(`output ${name}, ${what}`, both, error / size, allowed(referenceError)),
    );
  });
  const all = gradientErrors(ours, of, golden);
  const reached = all.filter(({ l2 }) => l2 > 0);
  if (!double) {
    const norms = reached.map(({ normError }) => normError);
    const dots = reached.map(({ dotError }) => dotError);
    const ownNorm = (part: 'median' | 'p95' | 'max'): number =>
      own(({ float32_error }) => float32_error.grad_l2_relative[part]);
    const ownDot = (part: 'median' | 'max'): number =>
      own(({ float32_error }) => float32_error.grad_dot_over_l2[part]);
    const summary: [string, number, number, number][] = [
      ['gradient norms, median', quantile(norms, 0.5), ownNorm('median'), KINK.median],
      ['gradient norms, 95 %', quantile(norms, 0.95), ownNorm('p95'), KINK.p95],
      ['gradient norms, largest', largest(norms), ownNorm('max'), KINK.largest],
      ['gradient dots, median', quantile(dots, 0.5), ownDot('median'), KINK.median],
      ['gradient dots, largest', largest(dots), ownDot('max'), KINK.largest],
    ];
    const rows = summary.map(([what, error, reference, least]) =>
      row(`${what} error`, [error, reference], error, allowed(reference, least)),
    );
    return [...losses, ...outputs, ...rows];
  }
  const sensitivity = (of.float64_sensitivity ?? golden.cases[0].float64_sensitivity)
    ?.ill_conditioned;
  const zeros = all.filter(({ l2 }) => l2 === 0).map(({ mine }) => mine / of.grad_total_l2);
  return [
    ...losses,
    ...outputs,
    ...reached.flatMap(({ name, l2, dot, mine, myDot, normError, dotError }) => {
      const bound = Math.max(DOUBLE_BOUND, ALLOWANCE * (sensitivity?.[name] ?? 0));
      return [
        row(`gradient norm, ${name}`, [mine, l2], normError, { bound }),
        row(`gradient dot, ${name}`, [myDot, dot], dotError, { bound }),
      ];
    }),
    ...(zeros.length > 0
      ? [
          row('gradients that are zero, largest', [largest(zeros), 0], largest(zeros), {
            bound: ZERO_BOUND,
          }),
        ]
      : []),
  ];
}

interface GradientError {
  name: string;
  l2: number;
  dot: number;
  mine: number;
  myDot: number;
  normError: number;
  /** Over the norm: a dot may nearly cancel. */
  dotError: number;
}

function gradientErrors(ours: GoldenMeasure, of: GoldenCase, golden: Golden): GradientError[] {
  return golden.parameters.map(([name], i) => {
    const [l2, dot] = [of.grad_l2[i] ?? 0, of.grad_dot[i] ?? 0];
    const { l2: mine, dot: myDot } = ours.gradients.get(name) ?? { l2: NaN, dot: NaN };
    const [normError, dotError] = [Math.abs(mine - l2) / l2, Math.abs(myDot - dot) / l2];
    return { name, l2, dot, mine, myDot, normError, dotError };
  });
}

const norm = (values: readonly number[]): number => Math.hypot(...values);

/** NaN where there is one. */
const largest = (values: readonly number[]): number =>
  values.reduce((most, v) => (v > most || Number.isNaN(v) ? v : most), 0);
