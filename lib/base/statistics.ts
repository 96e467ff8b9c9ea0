/** Statistics: mean and spread, what paired runs of two methods show, many comparisons at once. Student's t comes from jstat. */
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
 * What paired runs show of method a against method b, by a metric that is better when higher. `difference` is the mean
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

/** The one place where two methods' values by seed (same split, initial weights and batches) are compared. */
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
  return { kind: kindOf(interval), difference, interval };
}

/** What paired runs show on samples that all of them classify. */
export interface TwoWay {
  /** Its interval covers other seeds and other samples. */
  verdict: PairedVerdict;
  /** Of the difference; undefined where the verdict is untested. */
  standardError?: number;
}

/** A true difference of so many standard errors is seen (5 %, two-sided) with 80 % power: z(0.975) + z(0.8). */
export const SEEN_WITH_80_PERCENT = 2.8;

/**
 * The mean of paired differences d_si over seeds s and samples i, both drawn at random from many: two-way analysis of
 * variance with one value per cell. With the mean squares MS of seeds, samples and residuals,
 *
 *   SE^2 = (MS_seeds + MS_samples - MS_residual) / (S I),
 *
 * neither of the first two counted below the third (a component of variance is not negative); 95 % by Student's t with
 * Satterthwaite's degrees of freedom (F. E. Satterthwaite, "An approximate distribution of estimates of variance
 * components", 1946). For thousands of samples; `pairedInterval` assumes no distribution and is for tens of cases.
 *
 * @param differences [S][I], better when higher
 */
export function twoWayVerdict(differences: readonly ArrayLike<number>[]): TwoWay {
  const [seeds, samples] = [differences.length, differences[0]?.length ?? 0];
  if (seeds === 0 || samples === 0)
    throw new RangeError(`differences are ${seeds} x ${samples}; both must be at least 1`);
  const bySample = new Float64Array(samples);
  const bySeed = differences.map((row) => {
    let sum = 0;
    for (let i = 0; i < samples; i++) {
      sum += row[i];
      bySample[i] += row[i] / seeds;
    }
    return sum / samples;
  });
  const difference = mean(bySeed);
  if (seeds === 1) return { verdict: { kind: 'untested', difference, why: 'one seed' } };
  let residual = 0;
  differences.forEach((row, s) => {
    for (let i = 0; i < samples; i++)
      residual += (row[i] - bySeed[s] - bySample[i] + difference) ** 2;
  });
  const squares = (values: ArrayLike<number>): number =>
    Array.from(values).reduce((sum, value) => sum + (value - difference) ** 2, 0);
  const degrees = [seeds - 1, samples - 1, (seeds - 1) * (samples - 1)];
  const ofResidual = degrees[2] === 0 ? 0 : residual / degrees[2];
  const meanSquares = [
    Math.max(ofResidual, (samples * squares(bySeed)) / degrees[0]),
    Math.max(ofResidual, degrees[1] === 0 ? 0 : (seeds * squares(bySample)) / degrees[1]),
    ofResidual,
  ];
  const total = meanSquares[0] + meanSquares[1] - meanSquares[2];
  const standardError = Math.sqrt(total / (seeds * samples));
  if (standardError <= ROUNDING * Math.max(1, Math.abs(difference)))
    return { verdict: { kind: 'untested', difference, why: 'no spread' } };
  const spread = meanSquares.reduce(
    (sum, square, k) => sum + (degrees[k] === 0 ? 0 : square ** 2 / degrees[k]),
    0,
  );
  const half = studentt.inv(0.975, total ** 2 / spread) * standardError;
  const interval: Interval = [difference - half, difference + half];
  return { verdict: { kind: kindOf(interval), difference, interval }, standardError };
}

function kindOf([low, high]: Interval): 'better' | 'worse' | 'open' {
  return low > 0 ? 'better' : high < 0 ? 'worse' : 'open';
}

/**
 * Two-sided probability, by Student's t, of a mean difference at least as large where there is none; NaN for fewer than
 * two pairs.
 */
export function pairedProbability(a: readonly number[], b: readonly number[]): number {
  const differences = a.map((value, s) => value - b[s]);
  const sd = sampleSd(differences) ?? NaN;
  const t = Math.abs(mean(differences)) / (sd / Math.sqrt(differences.length));
  return 2 * (1 - studentt.cdf(t, differences.length - 1));
}

/**
 * Holm's correction: p-values that hold for all comparisons made together, in the order given. The k-th smallest of m
 * is multiplied by m - k + 1 (k from 1), and is at least the one before it and at most 1.
 */
export function holm(probabilities: readonly number[]): number[] {
  const order = [...probabilities.keys()].sort((i, j) => probabilities[i] - probabilities[j]);
  const corrected = new Array<number>(probabilities.length);
  let least = 0;
  for (const [rank, i] of order.entries()) {
    least = Math.max(least, Math.min(1, (order.length - rank) * probabilities[i]));
    corrected[i] = least;
  }
  return corrected;
}

export interface BootstrapOptions {
  resamples: number;
  /** A whole number from 0 to n - 1, each as likely. */
  draw: (n: number) => number;
}

/**
 * 95 % interval of a mean over seeds and cases by the bootstrap: seeds are drawn with replacement and, for all of them
 * together, cases, since each seed's network is scored on the same cases (A. B. Owen, "The pigeonhole bootstrap", 2007:
 * drawing cases for each seed on its own would count every case once per seed and give intervals that are too short).
 * With one seed it covers the choice of cases, not that of seeds.
 *
 * @param differences [seeds][cases], of paired runs
 * @returns the 2.5 % and 97.5 % quantiles of the resampled means
 */
export function pairedInterval(
  differences: readonly (readonly number[])[],
  { resamples, draw }: BootstrapOptions,
): Interval {
  const [seeds, cases] = [differences.length, differences[0].length];
  const means = Array.from({ length: resamples }, () => {
    const drawnSeeds = Array.from({ length: seeds }, () => draw(seeds));
    const drawnCases = Array.from({ length: cases }, () => draw(cases));
    let sum = 0;
    for (const s of drawnSeeds) for (const c of drawnCases) sum += differences[s][c];
    return sum / (seeds * cases);
  });
  return [quantile(means, 0.025), quantile(means, 0.975)];
}

/** NumPy's default `quantile`: linear interpolation between the two nearest of the sorted values. */
export function quantile(values: readonly number[], share: number): number {
  return quantileOfSorted(
    [...values].sort((a, b) => a - b),
    share,
  );
}

/**
 * `quantile` of sorted values.
 * @param sorted rising; at least one
 * @param share 0..1
 */
export function quantileOfSorted(sorted: ArrayLike<number>, share: number): number {
  const rank = share * (sorted.length - 1);
  const below = Math.floor(rank);
  const [low, high] = [sorted[below], sorted[Math.min(below + 1, sorted.length - 1)]];
  const part = rank - below;
  // From the nearer end, as NumPy does, so that equal neighbours give themselves.
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
}

/** The median; of an even number of values the lower of the middle two, so that it is one of them. */
export function lowerMedian(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1];
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
