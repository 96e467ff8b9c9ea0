import type { ImportanceConfig } from '../config';
import {
  disposeImportance,
  IMPORTANCE_NAME,
  initImportance,
  metaGradient,
  metaStep,
  type Importance,
} from '../mckd';
import { randomStream } from '../base/random';
import { tf } from '../nn/tf';
import { exercise } from './exercise';
import { distinct, oneOf, total } from './numbers';

/** The meta step of the presets, with a learning rate that is easy to reckon with. */
const metaConfig = (learningRate: number): ImportanceConfig => ({
  normalisation: 'softmax',
  initial: 'equal',
  optimizer: 'adam',
  learningRate,
  weightDecay: 0,
});

function withImportance<T>(theta: readonly number[], use: (importance: Importance) => T): T {
  const importance = initImportance(theta.length, { initial: 'equal' }, randomStream(0, 'lesson'));
  tf.tidy(() => importance.theta[IMPORTANCE_NAME].assign(tf.tensor1d([...theta])));
  try {
    return use(importance);
  } finally {
    disposeImportance(importance);
  }
}

/** (v sum_m w_m f_m - y)^2 of features with one number each. */
const squaredError =
  (target: number, v: tf.Tensor | number = 1) =>
  (weighted: tf.Tensor[]): tf.Scalar =>
    tf.sum(tf.square(tf.sub(tf.mul(tf.addN(weighted), v), target)));

const thetaOf = (importance: Importance): number[] =>
  Array.from(importance.theta[IMPORTANCE_NAME].dataSync());

const softmaxOf = (theta: readonly number[]): number[] => {
  const powers = theta.map(Math.exp);
  return powers.map((power) => power / total(powers));
};

/** dL/dw_m of (sum w f - y)^2. */
function gradientOfWeights({ theta, features, target }: MetaNumbers): number[] {
  const w = softmaxOf(theta);
  const error = total(w.map((value, m) => value * features[m])) - target;
  return features.map((f) => 2 * error * f);
}

export interface MetaNumbers {
  theta: number[];
  features: number[];
  target: number;
}

const metaNumbers = (stream: Parameters<typeof oneOf>[0]): MetaNumbers => ({
  theta: distinct(stream, 3, [0, 0.5, 1, 1.5]),
  features: distinct(stream, 3, [-2, -1, 1, 2, 3]),
  target: 5,
});

const moved = (
  { theta, gradient, learningRate }: { theta: number[]; gradient: number[]; learningRate: number },
  by: (g: number) => number,
): number[] => theta.map((value, m) => value - learningRate * by(gradient[m]));

export const importanceWeights = {
  '03.1': exercise({
    asks: 'the three parameters after the first Adam step',
    given: (stream) => ({
      theta: distinct(stream, 3, [0.1, 0.3, 0.5, 0.7, 0.9]),
      gradient: [0.002, -0.4, 30].map((size) => size * oneOf(stream, [1, -1])),
      learningRate: 0.1,
    }),
    solve: ({ theta, gradient, learningRate }) =>
      withImportance(theta, (importance) => {
        // A loss whose gradient is given, through the kit's own step: sum_m g_m theta_m.
        const config: ImportanceConfig = { ...metaConfig(learningRate), normalisation: 'raw' };
        const ones = gradient.map(() => tf.scalar(1));
        metaStep(
          importance,
          config,
          ones,
          (weighted) => tf.addN(weighted.map((w, m) => tf.mul(w, gradient[m]))) as tf.Scalar,
        );
        tf.dispose(ones);
        return thetaOf(importance);
      }),
    why: 'the first step divides the gradient by its own size, so only its sign is left',
    hint: 'after one step both moments hold one gradient, with their bias corrected: what is m / sqrt(v)?',
    mistakes: [
      {
        answer: (given) => moved(given, (g) => g),
        hint: 'this is gradient descent; Adam divides by the root of the second moment',
      },
      {
        answer: (given) => moved(given, (g) => -Math.sign(g)),
        hint: 'the size of the steps is right; is it against the gradient?',
      },
      {
        answer: (given) => moved(given, (g) => (0.1 * Math.sign(g)) / Math.sqrt(0.001)),
        hint: 'the bias of the two moments is not corrected here: after one step they are far too small',
      },
    ],
  }),

  '03.2': exercise({
    asks: 'the gradient with respect to the three parameters',
    given: metaNumbers,
    solve: ({ theta, features, target }) =>
      withImportance(theta, (importance) =>
        tf.tidy(() => {
          const tensors = features.map((value) => tf.scalar(value));
          const config = { normalisation: 'softmax' as const };
          const { gradients } = metaGradient(importance, config, tensors, squaredError(target));
          return Array.from(gradients[IMPORTANCE_NAME].dataSync());
        }),
      ),
    why: 'a parameter gains what its feature does better than the weighted mean of all, so they sum to 0',
    hint: 'chain rule: first dL/dw, then the softmax, in which each weight depends on every parameter',
    mistakes: [
      {
        answer: gradientOfWeights,
        hint: 'this is the gradient with respect to the weights; softmax lies between them and the parameters',
      },
      {
        answer: (given) => {
          const w = softmaxOf(given.theta);
          return gradientOfWeights(given).map((g, m) => g * w[m] * (1 - w[m]));
        },
        hint: 'here each weight depends on its own parameter only; when one rises, the others fall',
      },
      {
        answer: (given) => {
          const [w, g] = [softmaxOf(given.theta), gradientOfWeights(given)];
          const middle = total(w.map((value, m) => value * g[m]));
          return g.map((value, m) => -w[m] * (value - middle));
        },
        hint: 'the sizes are right: is this the gradient, or the direction of descent?',
      },
    ],
  }),

  '03.3': exercise({
    asks: 'the three parameters and, last, the decoder’s number v after one meta step',
    given: (stream) => ({ ...metaNumbers(stream), v: oneOf(stream, [0.5, 2]), learningRate: 0.1 }),
    solve: ({ theta, features, target, v, learningRate }) =>
      withImportance(theta, (importance) => {
        const decoder = tf.tidy(() => tf.variable(tf.scalar(v)));
        const config = metaConfig(learningRate);
        tf.tidy(() => {
          const tensors = features.map((value) => tf.scalar(value));
          metaStep(importance, config, tensors, squaredError(target, decoder));
        });
        const after = [...thetaOf(importance), decoder.dataSync()[0]];
        decoder.dispose();
        return after;
      }),
    why: 'the meta step differentiates with respect to the importance parameters alone: the network is a constant in it',
    hint: 'which parameters does the gradient in the formula name? All others are constants',
    mistakes: [
      {
        answer: (given) => {
          const { theta, features, v, learningRate } = given;
          const w = softmaxOf(theta);
          const sum = total(w.map((value, m) => value * features[m]));
          return [
            ...metaSigns(given).map((sign, m) => theta[m] - learningRate * sign),
            v - learningRate * Math.sign((v * sum - given.target) * sum),
          ];
        },
        hint: 'v moves here, too, as in a training step; whose gradient does the meta step take?',
      },
      {
        answer: ({ theta, v }) => [...theta, v],
        hint: 'nothing moved here, but one thing does: the gradient in the formula says which',
      },
      {
        answer: (given) => [
          ...metaSigns(given).map((sign, m) => given.theta[m] + given.learningRate * sign),
          given.v,
        ],
        hint: 'v is right; do the parameters go down the gradient?',
      },
    ],
  }),
};

/** The signs of dL/dtheta of (v sum w f - y)^2. */
function metaSigns({ theta, features, target, v }: MetaNumbers & { v: number }): number[] {
  const w = softmaxOf(theta);
  const sum = total(w.map((value, m) => value * features[m]));
  return features.map((f) => Math.sign((v * sum - target) * v * (f - sum)));
}
