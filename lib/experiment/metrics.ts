/** Metrics of finished runs: one value per seed, their mean and spread, paired differences. */
import { UserError } from '../base/errors';
import {
  mean,
  pairedVerdict,
  twoWayVerdict,
  type PairedVerdict,
  type TwoWay,
} from '../base/statistics';
import { meanCell, type MeanCell } from '../report/tables';
import type { Run } from './experiment';

/** A number computed from a run's scores. */
export interface RunMetric<S> {
  /** For messages: `test Dice of ET`. */
  title: string;
  of: (run: Run<S>) => number;
  /** The same for each scored case, if there are cases. */
  byCase?: (run: Run<S>) => Readonly<Record<string, number>>;
  /** The same for each of thousands of test samples, which all runs share: their mean is the metric. */
  bySample?: (run: Run<S>) => ArrayLike<number>;
}

/** An arm's runs, sorted by seed. */
export function runsOf<S>(runs: readonly Run<S>[], arm: string): Run<S>[] {
  return runs.filter((run) => run.arm === arm).sort((a, b) => a.seed - b.seed);
}

/**
 * A metric of an arm's runs, one value per seed.
 * @throws UserError naming run and metric, where a value is not finite: such a number never reaches a table
 */
export function valuesOf<S>(
  runs: readonly Run<S>[],
  arm: string,
  { title, of }: RunMetric<S>,
): number[] {
  return runsOf(runs, arm).map((run) => {
    const value = of(run);
    if (Number.isFinite(value)) return value;
    throw new UserError(
      `the ${title} of ${arm}, seed ${run.seed}, is ${value}; delete the run and train again`,
      { code: 'NOT_FINITE', field: title, value },
    );
  });
}

/** Mean and spread over the seeds. */
export function meanOf<S>(runs: readonly Run<S>[], arm: string, metric: RunMetric<S>): MeanCell {
  return meanCell(valuesOf(runs, arm, metric));
}

/** The same, or null where an arm has no run yet. */
export function meanIfAny<S>(
  runs: readonly Run<S>[],
  arm: string,
  metric: RunMetric<S>,
): MeanCell | null {
  return runsOf(runs, arm).length === 0 ? null : meanOf(runs, arm, metric);
}

/** The runs of two arms that share a seed, the first arm's and the other's in the same order. */
export function pairedRuns<S>(
  runs: readonly Run<S>[],
  arm: string,
  reference: string,
): [Run<S>[], Run<S>[]] {
  const [own, others] = [runsOf(runs, arm), runsOf(runs, reference)];
  const shared = (there: readonly Run<S>[]) => (run: Run<S>) =>
    there.some(({ seed }) => seed === run.seed);
  return [own.filter(shared(others)), others.filter(shared(own))];
}

/** A metric of two arms, one value of each per seed that both have. */
export function pairedValues<S>(
  runs: readonly Run<S>[],
  arm: string,
  reference: string,
  metric: RunMetric<S>,
): [number[], number[]] {
  const [own, others] = pairedRuns(runs, arm, reference);
  return [valuesOf(own, arm, metric), valuesOf(others, reference, metric)];
}

/** An arm minus another, seed by seed. */
export function differenceOf<S>(
  runs: readonly Run<S>[],
  arm: string,
  reference: string,
  metric: RunMetric<S>,
): PairedVerdict {
  return pairedVerdict(...pairedValues(runs, arm, reference, metric));
}

/**
 * An arm minus another, with an interval over seeds and samples.
 * @throws UserError where the metric is not finite for a run
 */
export function twoWayOf<S>(
  runs: readonly Run<S>[],
  arm: string,
  reference: string,
  metric: RunMetric<S> & Required<Pick<RunMetric<S>, 'bySample'>>,
): TwoWay {
  pairedValues(runs, arm, reference, metric);
  const [own, others] = pairedRuns(runs, arm, reference);
  return twoWayVerdict(
    own.map((run, s) => {
      const other = metric.bySample(others[s]);
      return Float64Array.from(metric.bySample(run), (value, i) => value - other[i]);
    }),
  );
}

/** How many seeds runs have. */
export function seedsOf(runs: readonly { seed: number }[]): number {
  return new Set(runs.map(({ seed }) => seed)).size;
}

/** Mean over the runs whose time is known; undefined where none is. */
export function meanTrainingSeconds(
  runs: readonly { seconds: { training?: number } }[],
): number | undefined {
  const known = runs.flatMap(({ seconds }) => seconds.training ?? []);
  return known.length === 0 ? undefined : mean(known);
}

/** Time of the runs, times their threads; in seconds. */
export function coreSeconds(
  runs: readonly { seconds: { training?: number }; threads?: number }[],
): number {
  const onOneCore = runs.map(({ threads = 1, seconds: { training } }) => ({
    seconds: { training: training === undefined ? undefined : threads * training },
  }));
  return (meanTrainingSeconds(onOneCore) ?? 0) * runs.length;
}
