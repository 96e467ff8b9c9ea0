/** The comparison as a table, and as one line. */
import type { Row, Table } from '../../report/tables/types';
import { isNoisy, judge, type Comparison } from './compare';

export interface ParityTableOptions {
  /** Every parameter's gradient; default: only the worst one of each case. */
  everyGradient?: boolean;
}

export function parityTable(
  comparisons: readonly Comparison[],
  { everyGradient = false }: ParityTableOptions = {},
): Table {
  const shown = everyGradient ? comparisons : withoutMostGradients(comparisons);
  return {
    name: 'parity',
    title: 'The kit against the authors’ code',
    caption:
      'Same weights, same inputs. Reference: float64. An error is relative; of several numbers, norms are compared. ' +
      'Ratio: our error over that of the reference’s own float32 run. ' +
      (everyGradient ? '' : 'Of the gradients, the one furthest beyond its bound is shown.'),
    columns: [
      { key: 'where', title: 'where' },
      { key: 'quantity', title: 'quantity' },
      { key: 'precision', title: 'our arithmetic' },
      { key: 'ours', title: 'ours' },
      { key: 'reference', title: 'float64 reference' },
      { key: 'error', title: 'our error' },
      { key: 'referenceError', title: 'float32 reference’s error' },
      { key: 'ratio', title: 'ratio' },
      { key: 'bound', title: 'bound' },
      { key: 'verdict', title: '' },
    ],
    rows: shown.map(row),
  };
}

function row(c: Comparison): Row {
  return {
    where: c.where,
    quantity: c.quantity,
    precision: c.precision,
    ours: c.ours.toPrecision(8),
    reference: c.reference.toPrecision(8),
    error: c.error.toExponential(1),
    referenceError: c.referenceError.toExponential(1),
    ratio: c.referenceError > 0 ? (c.error / c.referenceError).toPrecision(2) : '',
    bound: c.bound.toExponential(1),
    verdict: c.error <= c.bound ? 'equal' : isNoisy(c) ? 'beyond' : 'OFF',
  };
}

function withoutMostGradients(comparisons: readonly Comparison[]): Comparison[] {
  const worst = new Map<string, Comparison>();
  const isGradient = ({ quantity }: Comparison): boolean =>
    /^gradient (norm|samples|dot),/.test(quantity);
  for (const c of comparisons.filter(isGradient)) {
    const key = `${c.where} ${c.precision} ${c.quantity.split(',')[0]}`;
    const other = worst.get(key);
    if (!other || c.error / c.bound > other.error / other.bound) worst.set(key, c);
  }
  const kept = new Set(worst.values());
  return comparisons.filter((c) => !isGradient(c) || kept.has(c));
}

/** The verdict in one line. */
export function paritySummary(comparisons: readonly Comparison[]): string {
  const { equal, off, noisyGradients } = judge(comparisons);
  const parts = [
    equal
      ? 'PARITY'
      : `NO PARITY (${off.length} of ${comparisons.length} off: ${off[0].where}, ${off[0].quantity}, ${off[0].precision})`,
    `${comparisons.length} comparisons`,
  ];
  for (const precision of ['float64', 'float32'] as const) {
    const own = comparisons.filter((c) => c.precision === precision);
    const kinds: [string, RegExp][] = [
      ['losses', /^case .*: (dice|bce|kd|total|meta) ?_?loss$/],
      ['losses', /^case .*: loss /],
      ['outputs', /^case .*: output /],
      ['logits', /^case .*: (meta )?logits/],
      ['importance gradients', /^case .*: importance/],
      ...(precision === 'float64'
        ? ([
            ['gradient norms', /: gradient norm/],
            ['their inner products', /: gradient dot/],
          ] satisfies [string, RegExp][])
        : []),
      ['median gradient norms', /: gradient norms, median/],
      ['the trajectory’s task losses', /^trajectory: .* task loss$/],
      ['its distillation losses', /^trajectory: .* kd_loss$/],
    ];
    const within = kinds.flatMap(([name, pattern]) => {
      const errors = own
        .filter(({ where, quantity }) => pattern.test(`${where}: ${quantity}`))
        .map(({ error }) => error);
      return errors.length === 0 ? [] : [`${name} within ${Math.max(...errors).toExponential(1)}`];
    });
    if (within.length > 0) parts.push(`${precision}: ${within.join(', ')}`);
  }
  if (noisyGradients.of > 0) {
    const { beyond, of, median, referenceMedian } = noisyGradients;
    parts.push(
      `gradient norms in float32: median error ${median.toExponential(1)} (PyTorch in float32: ` +
        `${referenceMedian.toExponential(1)}), ${beyond} of ${of} beyond their own bound`,
    );
  }
  return parts.join('; ');
}
