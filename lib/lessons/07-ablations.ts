import { holm } from '../base/statistics';
import { featureSpread } from '../brats/features';
import {
  disposeImportance,
  IMPORTANCE_NAME,
  importanceWeights,
  initImportance,
  pairwiseDistillation,
  teacherStudentRatios,
} from '../mckd';
import { randomStream } from '../base/random';
import type { WeightNormalisation } from '../config';
import { tf } from '../nn/tf';
import { exercise } from './exercise';
import { average, distinct, oneOf, total } from './numbers';

export interface Cases {
  /** [case][scan][number]. */
  features: number[][][];
}

/** Mean distance between the features of two scans of a case, by a distance of numbers. */
function betweenScans(features: readonly number[][][], distance: (d: number) => number): number {
  return average(
    features.flatMap((scans) =>
      scans.flatMap((a, i) =>
        scans.slice(i + 1).map((b) => average(a.map((value, k) => distance(value - b[k])))),
      ),
    ),
  );
}

function betweenCases([a, b]: readonly number[][][], distance: (d: number) => number): number {
  return average(a.map((scan, m) => average(scan.map((value, k) => distance(value - b[m][k])))));
}

/** w_1 / w_2 of the kit's normalisations. */
function ratioBy(theta: readonly number[], normalisation: WeightNormalisation): number {
  const importance = initImportance(2, { initial: 'equal' }, randomStream(0, 'lesson'));
  const ratio = tf.tidy(() => {
    importance.theta[IMPORTANCE_NAME].assign(tf.tensor1d([...theta]));
    const w = importanceWeights(importance, { normalisation });
    return teacherStudentRatios(w).arraySync()[0][1];
  });
  disposeImportance(importance);
  return ratio;
}

export const ablations = {
  '07.1': exercise({
    asks: 'the distance between scans divided by that between cases',
    given: (stream): Cases => ({
      features: [0, 10].map((base) =>
        [0, 1, 2, 3].map(() => [0, 1].map(() => base + stream.integer(6))),
      ),
    }),
    solve: ({ features }) => {
      const spread = featureSpread(features);
      return spread.betweenScans / spread.betweenCases;
    },
    why: 'small is what distillation wants: scans agree, patients differ. If both fall together the features have collapsed, and the ratio says so',
    hint: 'two means: over the six pairs of scans in each case, and over the four scans of the pair of cases',
    mistakes: [
      {
        answer: ({ features }) =>
          betweenCases(features, Math.abs) / betweenScans(features, Math.abs),
        hint: 'upside down: the distance between *scans* is to be above',
      },
      {
        answer: ({ features }) =>
          Math.sqrt(betweenScans(features, square)) / Math.sqrt(betweenCases(features, square)),
        hint: 'these are roots of mean squares; the distances here are mean absolute differences',
      },
      {
        answer: ({ features }) => betweenScans(features, Math.abs),
        hint: 'this is the distance between scans alone: is it small, or are all features small?',
      },
      {
        answer: ({ features }) =>
          betweenScans(features.slice(0, 1), Math.abs) / betweenCases(features, Math.abs),
        hint: 'only the first case’s scans are compared here',
      },
    ],
  }),

  '07.2': exercise({
    asks: 'the four corrected probabilities, in the order given',
    given: (stream) => ({
      p: stream.shuffle([0.01, oneOf(stream, [0.02, 0.024]), 0.022, 0.4]),
    }),
    solve: ({ p }) => holm(p),
    why: 'the smallest is multiplied by the number of comparisons, the next by one less, and none falls below the one before it',
    hint: 'sort them, multiply the smallest by 4, the next by 3 and so on; they must not fall; then back into the given order',
    mistakes: [
      {
        answer: ({ p }) => p.map((value) => Math.min(1, 4 * value)),
        hint: 'this is Bonferroni’s correction, which multiplies all by the number of comparisons; Holm’s is less strict',
      },
      {
        answer: ({ p }) => p,
        hint: 'uncorrected: with enough ablations one of them is below 0.05 by chance',
      },
      {
        answer: ({ p }) => [...holm(p)].sort((a, b) => a - b),
        hint: 'sorted; the question asks for the order given, in which each belongs to its ablation',
      },
      {
        answer: ({ p }) => {
          const sorted = [...p].sort((a, b) => a - b);
          return p.map((value) => Math.min(1, (4 - sorted.indexOf(value)) * value));
        },
        hint: 'nearly: a larger probability must not get a smaller corrected one',
      },
    ],
  }),

  '07.3': exercise({
    asks: 'the ratio w_1 / w_2 with sigmoid weights',
    given: (stream) => ({ theta: distinct(stream, 2, [-1, 0.5, 1, 2]) }),
    solve: ({ theta }) => ratioBy(theta, 'sigmoid'),
    why: 'a sigmoid saturates, so its ratios stay nearer to 1 than those of softmax for the same parameters',
    hint: 'a weight for each parameter by itself, 1 / (1 + exp(-theta)); then the ratio',
    mistakes: [
      {
        answer: ({ theta }) => ratioBy(theta, 'softmax'),
        hint: 'this is the ratio of softmax weights, exp(theta_1 - theta_2)',
      },
      {
        answer: ({ theta }) => ratioBy(theta, 'raw'),
        hint: 'these are the parameters themselves (`raw`): note what a negative one would do',
      },
      {
        answer: ({ theta }) => 1 / ratioBy(theta, 'sigmoid'),
        hint: 'upside down: the first one’s weight belongs above',
      },
    ],
  }),

  '07.4': exercise({
    asks: 'the distillation loss with the squared distance',
    given: (stream) => ({
      w: stream.shuffle([0.75, 0.25]),
      fA: distinct(stream, 3, [1, 2, 3, 4]),
      fB: distinct(stream, 3, [4, 6, 8]),
    }),
    solve: ({ w, fA, fB }) =>
      tf.tidy(() => {
        const ratios = teacherStudentRatios(tf.tensor1d(w));
        const features = [tf.tensor2d([fA]), tf.tensor2d([fB])];
        return pairwiseDistillation(features, [[true, true]], ratios, 'MSE').dataSync()[0];
      }),
    why: 'large differences count more, and small ones hardly: so L1 keeps pulling where MSE has lost interest',
    hint: 'as the loss of notebook 04, with the mean of squares in the place of the mean of absolute values',
    mistakes: [
      {
        answer: ({ w, fA, fB }) => factor(w) * average(fA.map((a, k) => Math.abs(a - fB[k]))),
        hint: 'this is the L1 distance; the ablation squares',
      },
      {
        answer: ({ w, fA, fB }) =>
          factor(w) * Math.sqrt(average(fA.map((a, k) => square(a - fB[k])))),
        hint: 'a root is taken here; MSE has none',
      },
      {
        answer: ({ w, fA, fB }) => factor(w) * total(fA.map((a, k) => square(a - fB[k]))),
        hint: 'the squares are summed; the M of MSE says what to do',
      },
      {
        answer: ({ w, fA, fB }) => factor(w) * average(fA.map((a, k) => a - fB[k])) ** 2,
        hint: 'the mean is squared here: first square, then take the mean',
      },
    ],
  }),
};

const square = (x: number): number => x * x;

/** Both ordered pairs of two scans. */
const factor = (w: readonly number[]): number => w[0] / w[1] + w[1] / w[0];
