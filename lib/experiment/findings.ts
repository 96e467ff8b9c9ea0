/**
 * What an experiment shows: differences between arms, each with an interval over seeds and, where runs are scored case by
 * case, one over seeds and cases; and which differences remain when all comparisons are counted.
 */
import {
  holm,
  pairedInterval,
  pairedProbability,
  pairedVerdict,
  type Interval,
  type PairedVerdict,
} from '../base/statistics';
import { differenceText, type Row, type Table } from '../report/tables';
import { randomStream } from '../base/random';
import type { Run } from './experiment';
import { pairedRuns, pairedValues, type RunMetric } from './metrics';

/** One question: is an arm better than another by a metric? */
export interface ArmComparison<S> {
  /** `ET over the 15 subsets`. */
  name: string;
  arm: string;
  reference: string;
  metric: RunMetric<S>;
}

/** Its answer. */
export interface Finding {
  name: string;
  /** Over seeds alone. */
  verdict: PairedVerdict;
  /** 95 % interval over seeds and cases; absent if runs have no cases. */
  cases?: Interval;
  /** p-value over seeds; absent if untested. */
  probability?: number;
  /** The same, corrected by Holm for all comparisons made together. */
  corrected?: number;
}

/** Two sides of a question, one value of each per seed. */
export interface PairedSides {
  name: string;
  of: readonly number[];
  other: readonly number[];
  /** 95 % interval over seeds and cases. */
  cases?: Interval;
}

/** Findings in the order of the questions; Holm's correction counts them all. */
export function findingsOf<S>(
  runs: readonly Run<S>[],
  comparisons: readonly ArmComparison<S>[],
): Finding[] {
  return findingsOfSides(
    comparisons.map((comparison) => {
      const { name, arm, reference, metric } = comparison;
      const [of, other] = pairedValues(runs, arm, reference, metric);
      return { name, of, other, cases: caseInterval(runs, comparison) };
    }),
  );
}

/** The same of values that are no single metric of two arms, such as one arm's under two conditions. */
export function findingsOfSides(sides: readonly PairedSides[]): Finding[] {
  const findings = sides.map(({ name, of, other, cases }): Finding => {
    const verdict = pairedVerdict(of, other);
    const probability = verdict.kind === 'untested' ? undefined : pairedProbability(of, other);
    return {
      name,
      verdict,
      ...(cases ? { cases } : {}),
      ...(probability === undefined ? {} : { probability }),
    };
  });
  const tested = findings.filter(({ probability }) => probability !== undefined);
  const corrected = holm(tested.map(({ probability }) => probability as number));
  tested.forEach((finding, i) => (finding.corrected = corrected[i]));
  return findings;
}

/** Seed of the bootstrap: the same runs give the same interval. */
const RESAMPLES = 2000;

function caseInterval<S>(
  runs: readonly Run<S>[],
  { name, arm, reference, metric: { byCase } }: ArmComparison<S>,
): Interval | undefined {
  if (!byCase) return undefined;
  const [of, other] = pairedRuns(runs, arm, reference).map((own) => own.map((run) => byCase(run)));
  const names = Object.keys(of[0] ?? {});
  const differences = of.map((cases, s) => names.map((one) => cases[one] - other[s][one]));
  const stream = randomStream(0, `findings/${name}/${arm}/${reference}`);
  return pairedInterval(differences, { resamples: RESAMPLES, draw: (n) => stream.integer(n) });
}

/** One row per comparison. */
export function findingsTable(
  findings: readonly Finding[],
  {
    name,
    title,
    caption,
    digits = 1,
  }: Pick<Table, 'name' | 'title' | 'caption'> & { digits?: number },
): Table {
  const ends = (interval: Interval | undefined): string =>
    interval === undefined
      ? '–'
      : differenceText({ kind: 'open', difference: 0, interval }, digits).replace(/^\S+ /, '');
  const share = (value: number | undefined): string =>
    value === undefined ? '–' : value < 0.001 ? '< 0.001' : value.toFixed(3);
  return {
    name,
    title,
    caption: `${caption} Over seeds: Student's t on differences of runs that share a seed. Over seeds and cases: bootstrap, both drawn with replacement, ${RESAMPLES} times; with few seeds it underestimates their spread, so it is too short where the interval over seeds is long. p: over seeds, two-sided; Holm counts the ${findings.length} rows.`,
    columns: [
      { key: 'comparison', title: 'comparison' },
      { key: 'difference', title: 'difference', digits },
      { key: 'cases', title: '95 % over seeds and cases' },
      { key: 'p', title: 'p' },
      { key: 'holm', title: 'p by Holm' },
    ],
    rows: findings.map(({ name: comparison, verdict, cases, probability, corrected }): Row => ({
      comparison,
      difference: verdict,
      cases: ends(cases),
      p: share(probability),
      holm: share(corrected),
    })),
  };
}
