/** Statistics over seeds: what paired runs of two methods show. Student's t comes from jstat. */
import { studentt } from 'jstat';
import { counted } from './words';

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation (n - 1); undefined for fewer than two values, which have none. */
export function sampleSd(values: readonly number[]): number | undefined {
  if (values.length < 2) return undefined;
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** Lower and upper end. */
export type Interval = readonly [number, number];

/**
 * What paired runs show of method a against method b, by a measure of which more is better. `difference` is the mean
 * of a_s - b_s over the seeds s; `interval` its 95 % confidence interval by Student's t, which lies above 0
 * (`better`), below it (`worse`) or holds it (`open`). Without an interval nothing was tested: one seed has no
 * spread, and differences that are the same for every seed give an interval of no width, which counted (not measured)
 * results such as the accuracy on a few cases reach by chance.
 */
export type PairedVerdict =
  | { kind: 'better' | 'worse' | 'open'; difference: number; interval: Interval }
  | { kind: 'untested'; difference: number; why: 'one seed' | 'no spread' };

/** What floating point may add to differences that are the same, per unit of the numbers subtracted. */
const ROUNDING = 1e-12;

/** The one place where a verdict is made, of two methods' values by seed (same split, start and batches). */
export function pairedVerdict(a: readonly number[], b: readonly number[]): PairedVerdict {
  if (a.length !== b.length || a.length === 0) {
    throw new RangeError(`pairs need equal, non-zero counts; got ${a.length} and ${b.length}`);
  }
  const n = a.length;
  const differences = a.map((value, s) => value - b[s]);
  const difference = mean(differences);
  const sd = sampleSd(differences);
  if (sd === undefined) return { kind: 'untested', difference, why: 'one seed' };
  const rounding = ROUNDING * Math.max(...[...a, ...b].map(Math.abs));
  if (Math.max(...differences) - Math.min(...differences) <= rounding) {
    return { kind: 'untested', difference, why: 'no spread' };
  }
  const half = (studentt.inv(0.975, n - 1) * sd) / Math.sqrt(n);
  const interval: Interval = [difference - half, difference + half];
  const kind = interval[0] > 0 ? 'better' : interval[1] < 0 ? 'worse' : 'open';
  return { kind, difference, interval };
}

/** For captions: the interval of a difference of runs that share a seed. */
export function describeInterval(seeds: number): string {
  return seeds === 1
    ? 'no interval, since there is one seed'
    : `its 95 % interval by Student's t over ${seeds} seeds (${counted(seeds - 1, 'degree')} of freedom), which shows none where it holds 0`;
}

/** Verdicts in words, such as "2 of 4 intervals lie above 0; 2 hold 0, so no difference is shown there". */
export function describeVerdicts(verdicts: readonly PairedVerdict[]): string {
  const count = (kind: PairedVerdict['kind']): number =>
    verdicts.filter((v) => v.kind === kind).length;
  const [better, worse, open, untested] = (['better', 'worse', 'open', 'untested'] as const).map(
    count,
  );
  if (verdicts.some((verdict) => verdict.kind === 'untested' && verdict.why === 'one seed')) {
    return 'one seed: differences, not evidence';
  }
  const tested = verdicts.length - untested;
  const said: string[] = [];
  if (open > 0 && open === tested) {
    said.push('every interval holds 0, so no difference is shown');
  } else if (tested > 0) {
    said.push(
      `${better} of ${tested} intervals ${better === 1 ? 'lies' : 'lie'} above 0 and ${worse} below`,
    );
    if (open > 0)
      said.push(`${open} hold${open === 1 ? 's' : ''} 0, so no difference is shown there`);
  }
  if (untested > 0) {
    said.push(
      `${untested} of ${verdicts.length} differences ${untested === 1 ? 'is' : 'are'} the same for every seed, which gives no interval`,
    );
  }
  return said.join('; ');
}
