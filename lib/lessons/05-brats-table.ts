import { MODALITY_SUBSETS } from '../base/modality';
import { pairedVerdict, sampleSd } from '../base/statistics';
import { diceScore } from '../metrics/overlap';
import { exercise } from './exercise';
import { average, distinct, oneOf, total, variance } from './numbers';

const SEEDS = 5;

/** A mean, and half of its interval, as an interval. */
const around = (middle: number, half: number): number[] => [middle - half, middle + half];

export interface TwoMethods {
  ours: number[];
  theirs: number[];
}

/** Dice (%) of two methods that share a seed: seeds differ more than methods. */
const twoMethods = (stream: Parameters<typeof oneOf>[0]): TwoMethods => {
  const level = Array.from({ length: SEEDS }, () => 60 + stream.integer(20));
  const gain = distinct(stream, SEEDS, [-2, 1, 2, 3, 5]);
  return { ours: level.map((value, s) => value + gain[s]), theirs: level };
};

const differencesOf = ({ ours, theirs }: TwoMethods): number[] =>
  ours.map((value, s) => value - theirs[s]);

/** Student's t of the kit's interval: half its width over the standard error. */
function halfOf(of: TwoMethods): number {
  const verdict = pairedVerdict(of.ours, of.theirs);
  return verdict.kind === 'untested' ? NaN : verdict.interval[1] - verdict.difference;
}

export const bratsTable = {
  '05.1': exercise({
    asks: 'the mean Dice over the 15 subsets',
    given: (stream) => ({
      bySize: [35, 55, 68, 77].map((value) => value + stream.integer(8)),
    }),
    solve: ({ bySize }) => average(MODALITY_SUBSETS.map((subset) => bySize[subset.length - 1])),
    why: 'each subset counts once, and most of them have two or three scans',
    hint: 'how many subsets have one, two, three and four scans?',
    mistakes: [
      {
        answer: ({ bySize }) => average(bySize),
        hint: 'the four numbers have equal weight here, but they stand for different numbers of subsets',
      },
      {
        answer: ({ bySize }) => total(bySize.map((value, i) => value * (i + 1))) / 10,
        hint: 'these weights are the numbers of *scans*; the mean is over subsets',
      },
      {
        answer: ({ bySize: [one, two, three, four] }) =>
          (4 * one + 6 * two + 4 * three + four) / 16,
        hint: 'nearly: without any scan there is no subset to score',
      },
    ],
  }),

  '05.2': exercise({
    asks: 'lower and upper end of the 95 % interval of the mean difference',
    given: twoMethods,
    solve: (given) => {
      const verdict = pairedVerdict(given.ours, given.theirs);
      return verdict.kind === 'untested' ? [NaN, NaN] : [...verdict.interval];
    },
    why: 'differences by seed, their sample deviation, and Student’s t for as few as five of them',
    hint: 'mean of the differences plus and minus t · s / √n, with s the sample deviation of the *differences*',
    mistakes: [
      {
        answer: (given) => {
          const d = differencesOf(given);
          return around(average(d), (1.96 * (sampleSd(d) as number)) / Math.sqrt(SEEDS));
        },
        hint: '1.96 is for many seeds; with five, t with four degrees of freedom is larger',
      },
      {
        answer: (given) => {
          const d = differencesOf(given);
          return around(average(d), halfOf(given) * Math.sqrt((SEEDS - 1) / SEEDS));
        },
        hint: 'the deviation is that of a population (divided by n); a sample of seeds divides by n - 1',
      },
      {
        answer: (given) => around(average(differencesOf(given)), halfOf(given) * Math.sqrt(SEEDS)),
        hint: 'this is as wide as for a single seed: the mean of n differences varies by √n less',
      },
      {
        answer: (given) => {
          const d = differencesOf(given);
          const ofBoth = Math.sqrt(
            (variance(given.ours) + variance(given.theirs)) * (SEEDS / (SEEDS - 1)),
          );
          return around(average(d), (halfOf(given) * ofBoth) / (sampleSd(d) as number));
        },
        hint: 'the two methods are treated as independent here; both share each seed, so take the differences first',
      },
    ],
  }),

  '05.3': exercise({
    asks: 'the Dice of the two masks',
    given: (stream) => ({
      prediction: stream.shuffle([1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]),
      truth: stream
        .shuffle([1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0])
        .map((value, i) => (i === 0 ? 1 : value)),
    }),
    solve: ({ prediction, truth }) => diceScore(prediction, truth),
    why: 'twice the overlap over the two sizes; voxels that are empty in both don’t count',
    hint: 'count the voxels that are in both, in the prediction, and in the truth',
    mistakes: [
      {
        answer: ({ prediction, truth }) => {
          const both = overlap(prediction, truth);
          return both / (total(prediction) + total(truth) - both);
        },
        hint: 'this is overlap over union (Jaccard); Dice has other numbers above and below',
      },
      {
        answer: ({ prediction, truth }) =>
          average(truth.map((value, v) => Number(value === prediction[v]))),
        hint: 'this is the share of equal voxels: in a scan nearly all are background, so it is always near 1',
      },
      {
        answer: ({ prediction, truth }) => overlap(prediction, truth) / total(truth),
        hint: 'this is sensitivity: predicting everything would make it 1',
      },
      {
        answer: ({ prediction, truth }) =>
          overlap(prediction, truth) / (total(prediction) + total(truth)),
        hint: 'equal masks should give 1: what would this give?',
      },
    ],
  }),

  '05.4': exercise({
    asks: 'how many of the five seeds, each alone, would say the opposite of the mean',
    given: (stream) => {
      const gains = stream.shuffle([4, 3, oneOf(stream, [5, 6]), -1, oneOf(stream, [-2, 1])]);
      return { ours: gains.map((gain) => 70 + gain), theirs: gains.map(() => 70) };
    },
    solve: ({ ours, theirs }) => {
      const mean = pairedVerdict(ours, theirs).difference;
      return ours.filter((value, s) => {
        const alone = pairedVerdict([value], [theirs[s]]).difference;
        return Math.sign(alone) !== Math.sign(mean);
      }).length;
    },
    tolerance: 0.5,
    why: 'one seed has a difference but no spread, so nothing says whether it is one of these',
    hint: 'compare the sign of each difference with the sign of their mean',
    mistakes: [
      {
        answer: ({ ours, theirs }) => ours.filter((value, s) => value - theirs[s] > 0).length,
        hint: 'these are the seeds that agree with the mean',
      },
      {
        answer: (given) => {
          const d = differencesOf(given);
          return d.filter((value) => value < average(d)).length;
        },
        hint: 'these lie below the mean difference, but may still have its sign',
      },
      {
        answer: () => 0,
        hint: 'look again: some differences are negative',
      },
    ],
  }),
};

const overlap = (a: readonly number[], b: readonly number[]): number =>
  total(a.map((value, v) => value * b[v]));
