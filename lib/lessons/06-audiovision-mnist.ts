import { randomStream } from '../base/random';
import { accuracy } from '../avmnist/accuracy';
import { recordedAvMnist } from '../avmnist/recorded';
import type { AvRun } from '../avmnist/run';
import type { ImportanceConfig } from '../config';
import { keepRecordings } from '../datasets/av-mnist/avmnist';
import { runsOf } from '../experiment/metrics';
import {
  disposeImportance,
  initImportance,
  metaStep,
  readWeights,
  teacherStudentRatios,
} from '../mckd';
import { loadPublished, publishedCell, type PublishedTable } from '../published';
import { tf } from '../nn/tf';
import { exercise } from './exercise';
import { average, oneOf } from './numbers';

const PAIRS = 450;
const IMAGES = 10_000;

/** The printed accuracy of the lower bound, on images alone. */
function printedLowerBound(): number {
  const tables = loadPublished('av-mnist').tables;
  const table = tables.find(({ name }) => name === 'speech-scarce') as PublishedTable;
  return publishedCell(table, 'lower-bound', '0.05').value as number;
}

/** The nearest of what a number of test samples can give, in percent. */
const nearest = (percent: number, samples: number, round = Math.round): number =>
  (100 * round((percent / 100) * samples)) / samples;

/** What the optimistic choice of the epoch is worth, by run. */
const optimism = (runs: readonly AvRun[]): number[] =>
  runs.map((run) => accuracy(run, 'bestOnTest') - accuracy(run, 'chosenOnHeldOut'));

/** The runs of the recorded lower bound, images alone; ten seeds. */
const lowerBounds = (): AvRun[] => runsOf(recordedAvMnist().runs, 'lowerBound/speech');

const META: ImportanceConfig = {
  normalisation: 'softmax',
  initial: 'equal',
  optimizer: 'adam',
  learningRate: 0.05,
  weightDecay: 0,
};

/** Weights of image and speech after meta steps: each held-out sample is classified by v = w_1 f_1 + w_2 f_2. */
function learnedWeights({ image, speech, steps, config }: HeldOut): number[] {
  const importance = initImportance(2, config, randomStream(0, 'lesson'));
  const features = [tf.tensor1d(image), tf.tensor1d(speech)];
  for (let step = 0; step < steps; step++)
    metaStep(importance, config, features, (weighted) =>
      tf.mean(tf.softplus(tf.neg(tf.addN(weighted)))),
    );
  const weights = readWeights(importance, config);
  disposeImportance(importance);
  tf.dispose(features);
  return weights;
}

export interface HeldOut {
  config: ImportanceConfig;
  /** Score of the true class minus that of the other, by held-out sample: positive is right. */
  image: number[];
  speech: number[];
  steps: number;
}

export const audiovisionMnist = {
  '06.1': exercise({
    asks: 'the accuracy on 450 test pairs, in percent (two decimals), that is nearest to the printed lower bound',
    given: () => ({ printed: printedLowerBound(), pairs: PAIRS, images: IMAGES }),
    solve: ({ printed, pairs }) => nearest(printed, pairs),
    tolerance: 0.006,
    why: 'so no network can score the printed number on these pairs; of 10,000 images it is a whole number, and a mean over seeds was not printed',
    hint: 'on 450 pairs an accuracy is a whole number of hits over 450: which whole number comes nearest?',
    mistakes: [
      {
        answer: ({ printed }) => printed,
        hint: 'how many of 450 pairs would be right then? That must be a whole number',
      },
      {
        answer: ({ printed, pairs }) => nearest(printed, pairs, Math.floor),
        hint: 'this is the nearest from below; look from above, too',
      },
      {
        answer: ({ printed, pairs }) => nearest(printed, pairs) / 100,
        hint: 'right as a share; the question asks for percent',
      },
      {
        answer: ({ printed, pairs }) => Math.round((printed / 100) * pairs),
        hint: 'this is the number of pairs that are right; what accuracy is it, in percent?',
      },
    ],
  }),

  '06.2': exercise({
    asks: 'the mean gain, in points, of choosing the epoch on the test pairs',
    given: () => ({
      bestOnTest: lowerBounds().map((run) => accuracy(run, 'bestOnTest')),
      chosenOnHeldOut: lowerBounds().map((run) => accuracy(run, 'chosenOnHeldOut')),
    }),
    solve: () => average(optimism(lowerBounds())),
    why: 'the same trainings, seen twice: the gain comes from looking at the test pairs, and a method needs more than that to be better',
    hint: 'the runs are paired: take the difference of each, then the mean over the seeds',
    mistakes: [
      {
        answer: () => -average(optimism(lowerBounds())),
        hint: 'the choice on the test pairs can’t be worse than another one: look at the sign',
      },
      {
        answer: () => Math.max(...optimism(lowerBounds())),
        hint: 'this is the luckiest seed; the question is about the mean',
      },
      {
        answer: ({ bestOnTest, chosenOnHeldOut }) =>
          Math.max(...bestOnTest) - Math.max(...chosenOnHeldOut),
        hint: 'these are the best runs of each choice, which may be different seeds; pair them by seed',
      },
      {
        answer: () => average(optimism(lowerBounds())) / 100,
        hint: 'right as a share; the question asks for points of percent',
      },
    ],
  }),

  '06.3': exercise({
    asks: 'the factor with which the image’s feature is pulled towards that of speech',
    given: (stream) => {
      const image = oneOf(stream, [0.6, 0.7, 0.8]);
      return { image, speech: Number((1 - image).toFixed(1)) };
    },
    solve: ({ image, speech }) =>
      tf.tidy(() => teacherStudentRatios(tf.tensor1d([image, speech])).arraySync()[1][0]),
    why: 'the image is the student here. Equal weights would give 1: learned ones weaken this direction, though at test only the image is there to have learned',
    hint: 'who is the teacher if the *image’s* feature moves? Its weight stands above, the student’s below',
    mistakes: [
      {
        answer: ({ image, speech }) => image / speech,
        hint: 'this is the pull on speech: teacher and student are swapped',
      },
      {
        answer: () => 1,
        hint: 'this would be so with equal weights',
      },
      {
        answer: ({ image, speech }) => (speech / image) ** 2,
        hint: 'the question asks for one direction, not for the ratio of the two',
      },
      {
        answer: ({ speech }) => speech,
        hint: 'distillation sees the weights through their ratios only',
      },
    ],
  }),

  '06.4': exercise({
    asks: 'the factor w_speech / w_image after the meta steps',
    given: (stream): HeldOut => {
      const margins = (from: number): number[] =>
        Array.from({ length: 6 }, () => from + stream.integer(3));
      return { image: margins(2), speech: margins(-1), steps: 20, config: META };
    },
    solve: (given) => {
      const [image, speech] = learnedWeights(given);
      return speech / image;
    },
    why: 'the gradient raises whatever classifies held-out pairs better now. It asks who is right, not who has something to teach the one that will be alone',
    hint: 'start from equal weights, take the meta steps with the loss of the question, and read the weights',
    mistakes: [
      {
        answer: (given) => {
          const [image, speech] = learnedWeights(given);
          return image / speech;
        },
        hint: 'this is the other ratio: the teacher’s weight stands above, and speech is the teacher',
      },
      {
        answer: (given) => {
          const [image, speech] = learnedWeights({ ...given, steps: 1 });
          return speech / image;
        },
        hint: 'this is after a single meta step',
      },
      {
        answer: () => 1,
        hint: 'these are the weights before the first step',
      },
    ],
  }),

  '06.5': exercise({
    asks: 'the recordings that are kept in all',
    given: (stream) => ({ rate: oneOf(stream, [0.05, 0.15]), perDigit: 105, digits: 10 }),
    solve: ({ rate, perDigit, digits }) => {
      const all = Array.from({ length: perDigit * digits }, (_, p) => p);
      const pairs = {
        digits: Uint8Array.from(all, (p) => Math.floor(p / perDigit)),
        recordings: all.map((p) => `${Math.floor(p / perDigit)}_anyone_${p % 50}`),
      };
      return keepRecordings(pairs, rate, randomStream(0, 'lesson')).filter(Boolean).length;
    },
    tolerance: 0.5,
    why: 'the fraction is rounded down for each digit, so all digits keep equally many',
    hint: 'how many of its pairs does one digit keep? That is a whole number',
    mistakes: [
      {
        answer: ({ rate, perDigit, digits }) => rate * perDigit * digits,
        hint: 'half a recording per digit can’t be kept: where is it rounded?',
      },
      {
        answer: ({ rate, perDigit, digits }) => Math.ceil(rate * perDigit) * digits,
        hint: 'rounded up here; the published rate is never exceeded',
      },
      {
        answer: ({ rate, digits }) => Math.floor(rate * 150) * digits,
        hint: 'this counts test pairs, too; only training pairs are taken away from',
      },
      {
        answer: ({ rate, perDigit }) => Math.floor(rate * perDigit),
        hint: 'this is one digit; how many are there?',
      },
    ],
  }),
};
