import { fillMissing, pairwiseDistillation, teacherStudentRatios } from '../mckd';
import { softmax } from '../nn/elementwise';
import { tf } from '../nn/tf';
import { exercise } from './exercise';
import { average, distinct, normalised, total } from './numbers';

export const startHere = {
  '00.1': exercise({
    asks: 'the weight of each view',
    given: (stream) => ({ theta: distinct(stream, 3, [-1, -0.5, 0.5, 1, 1.5, 2]) }),
    solve: ({ theta }) => tf.tidy(() => Array.from(softmax(tf.tensor1d(theta)).dataSync())),
    why: 'softmax makes positive weights that sum to 1, also of negative parameters',
    hint: 'exponentiate each parameter, then divide each result by their sum',
    mistakes: [
      {
        answer: ({ theta }) => normalised(theta),
        hint: 'the parameters themselves are divided by their sum here: what would that make of a negative one?',
      },
      {
        answer: ({ theta }) => theta.map(Math.exp),
        hint: 'these are positive, but do they sum to 1?',
      },
      {
        answer: ({ theta }) => theta.map((value) => 1 / (1 + Math.exp(-value))),
        hint: 'this is a sigmoid, which sees each parameter alone; softmax compares them',
      },
      {
        answer: ({ theta }) => normalised(theta.map((value) => Math.exp(-value))),
        hint: 'the larger parameter should get the larger weight: look at the sign in the exponent',
      },
    ],
  }),

  '00.2': exercise({
    asks: 'the filled feature of the absent view',
    given: (stream) => ({
      features: [0, 1, 2].map(() => distinct(stream, 4, [1, 2, 3, 4, 5, 6, 7, 8])),
      available: [true, false, true],
    }),
    solve: ({ features, available }) =>
      tf.tidy(() => {
        const tensors = features.map((values) => tf.tensor2d([values]));
        const filled = fillMissing(tensors, [available]);
        return Array.from(filled[available.indexOf(false)].dataSync());
      }),
    why: 'an absent feature becomes the mean of those that the sample has, number by number',
    hint: 'take the views that are available, and combine their features number by number',
    mistakes: [
      {
        answer: ({ features: [a, , c] }) => a.map((value, i) => value + c[i]),
        hint: 'this is a sum: with more views available it would grow. What stays on the scale of a feature?',
      },
      {
        answer: ({ features }) => features[0].map((_, i) => average(features.map((of) => of[i]))),
        hint: 'the absent view takes part in this mean, but at test nobody knows its feature',
      },
      {
        answer: ({ features }) => features[0].map(() => 0),
        hint: 'the *scan* of an absent view is zeros; its *feature* is filled from the others',
      },
      {
        answer: ({ features: [a, , c] }) => a.map((value, i) => (value + c[i]) / 3),
        hint: 'the sum is right; how many views does this sample have?',
      },
    ],
  }),

  '00.3': exercise({
    asks: 'the distillation loss',
    given: (stream) => {
      const wA = 0.1 * (6 + stream.integer(3));
      return {
        w: [wA, 1 - wA].map((value) => Number(value.toFixed(1))),
        fA: distinct(stream, 4, [2, 4, 6, 8, 10]),
        fB: distinct(stream, 4, [1, 5, 7, 13]),
      };
    },
    solve: ({ w, fA, fB }) =>
      tf.tidy(() => {
        const ratios = teacherStudentRatios(tf.tensor1d(w));
        const features = [tf.tensor2d([fA]), tf.tensor2d([fB])];
        return pairwiseDistillation(features, [[true, true]], ratios).dataSync()[0];
      }),
    why: 'each view is teacher once, and each ordered pair has its own ratio',
    hint: 'first the mean absolute difference of the two features; then both ordered pairs with their ratios',
    mistakes: [
      {
        answer: ({ w, fA, fB }) => (w[0] / w[1] + w[1] / w[0]) * total(differences(fA, fB)),
        hint: 'the differences are summed here; the bar in the formula is a mean over the numbers of a feature',
      },
      {
        answer: ({ w, fA, fB }) => (w[0] / w[1]) * average(differences(fA, fB)),
        hint: 'this is one ordered pair (A teaches B); the sum has another one',
      },
      {
        answer: ({ fA, fB }) => 2 * average(differences(fA, fB)),
        hint: 'both pairs are here, but with equal weights: each needs its ratio',
      },
      {
        answer: ({ w, fA, fB }) =>
          (w[0] / w[1] + w[1] / w[0]) * average(differences(fA, fB).map((d) => d ** 2)),
        hint: 'the differences are squared here; the formula has absolute values',
      },
    ],
  }),
};

const differences = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((value, i) => Math.abs(value - b[i]));
