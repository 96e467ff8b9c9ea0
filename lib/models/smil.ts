/**
 * SMIL (Ma et al. 2021) for Audiovision-MNIST, as its authors' code does it (github mengmenm/SMIL at 0d0e827): an absent speech
 * feature is a mixture of centres c_k of the speech features of complete pairs, weighed by a small inference net E; E also
 * shifts two layers of the fused net, with noise in training. a [N, 160] is the image's feature:
 *
 *   w = softplus(E0 a),  b = sum_k w_k c_k / sum_k w_k,
 *   z = [a; b] + softplus(E1 a + e1),  h = ReLU(F1 z) + softplus(E2 z + e2),  logits = F2 dropout(h)
 *
 * One meta step moves theta (image net and F1, F2) and E along the gradient of L_tr + L_val, where
 *
 *   L_tr = CE(incomplete path, with noise) of pairs without speech,   theta* = theta - eta dL_tr/dtheta,
 *   L_val = CE(incomplete path) + 0.01 MSE(z, z_c) + 0.01 MSE(h, h_c) of complete pairs, all with theta*
 *
 * and z_c = [a; sound net], h_c = ReLU(F1 z_c) are of the complete path. dL_tr/dtheta is written out below in ops that have
 * gradients, so that differentiating L_tr + L_val once gives the exact second order: no graph of gradients, no Hessian.
 *
 * Our reading where images are scarce: the same with the two modalities exchanged, in first order (`innerGradients`).
 */
import type { RandomStream } from '../base/random';
import { convolve, inputGradient, kernelGradient } from '../nn/conv2d-products';
import { biasAdd, matMul } from '../nn/dense';
import { relu, softmax } from '../nn/elementwise';
import { stopGradient, valueAndGradients } from '../nn/gradients';
import { linear } from '../nn/layers2d';
import { crossEntropy } from '../nn/losses';
import { linearParameters, type NamedTensors, type Parameters } from '../nn/parameters';
import { tf } from '../nn/tf';
import {
  classifyHidden,
  encodeImage,
  encodeModality,
  encodeSpeech,
  FEATURES,
  fusedHidden,
  IMAGE_FEATURES,
  maybeDropout,
  otherModality,
  SPEECH_FEATURES,
  type Modality,
  type Mode,
  type Network,
} from './audio-visual';

export const CENTRES = 10;
/** Of the network's statistics, by the modality that is made up where it is absent: c_k, [10, 320] of speech, [10, 160] of images. */
export const centresName = (scarce: Modality): string => `${scarce}.centres`;
export const HEAD_DROPOUT = 0.5;
const LIKENESS_WEIGHT = 0.01;

/** What is added before a softplus: e1 and e2, N(0, 1), in the shape given; undefined: nothing. */
export type Noise = (layer: 1 | 2, shape: readonly number[]) => tf.Tensor | undefined;

const NO_NOISE: Noise = () => undefined;

/** E's layers that have an effect; its convolutions and standard deviations in the code have none. */
export function inferenceParameters(
  hidden: number,
  stream: RandomStream,
  scarce: Modality = 'speech',
): Parameters {
  const joined = IMAGE_FEATURES + SPEECH_FEATURES;
  const plentiful = FEATURES[otherModality(scarce)];
  return {
    ...linearParameters('inference.fc0', plentiful, CENTRES, stream),
    ...linearParameters('inference.fc1', plentiful, joined, stream),
    ...linearParameters('inference.fc2', joined, hidden, stream),
  };
}

const ENCODER_LAYERS: Record<Modality, readonly string[]> = {
  image: ['image.conv1', 'image.conv2'],
  speech: [1, 2, 3].flatMap((i) => [`speech.conv${i}`, `speech.norm${i}`]),
};

/** The parameters that the inner step moves: of the plentiful modality's net, and of F1 and F2. */
export const innerNames = (scarce: Modality): string[] =>
  [...ENCODER_LAYERS[otherModality(scarce)], 'fusion.fc1', 'fusion.fc2'].flatMap((layer) => [
    `${layer}.weight`,
    `${layer}.bias`,
  ]);

export interface PathResult {
  logits: tf.Tensor2D;
  /** z [N, 480]. */
  joined: tf.Tensor2D;
  /** h [N, 64], before dropout. */
  hidden: tf.Tensor2D;
  /** The scarce modality's feature, [N, 320] of speech: b, or what its own net gives. */
  scarce: tf.Tensor2D;
}

interface Mixture {
  /** softplus's input. */
  before: tf.Tensor2D;
  /** sum of w, [N, 1]. */
  sum: tf.Tensor2D;
  /** b. */
  mixed: tf.Tensor2D;
}

function mixtureOf(
  { parameters, statistics }: Network,
  feature: tf.Tensor2D,
  scarce: Modality,
): Mixture {
  const before = linear(parameters, 'inference.fc0', feature);
  const weights = tf.softplus(before);
  const sum = tf.sum(weights, 1, true) as tf.Tensor2D;
  const weighed = matMul(weights, statistics[centresName(scarce)] as tf.Tensor as tf.Tensor2D);
  return { before, sum, mixed: tf.div(weighed, sum) };
}

const plus = (x: tf.Tensor2D, noise: tf.Tensor | undefined): tf.Tensor2D =>
  noise ? tf.add(x, noise) : x;

/** Samples without the scarce modality. In a tidy of the caller's. @param x their images, or their speech */
export function incompletePath(
  network: Network,
  x: tf.Tensor4D,
  mode: Mode,
  { scarce = 'speech', noise = NO_NOISE }: { scarce?: Modality; noise?: Noise } = {},
): PathResult {
  const { parameters } = network;
  const feature = encodeModality(network, otherModality(scarce), x, mode);
  const { mixed } = mixtureOf(network, feature, scarce);
  const first = linear(parameters, 'inference.fc1', feature);
  const both = tf.concat(scarce === 'speech' ? [feature, mixed] : [mixed, feature], 1);
  const joined = tf.add(both, tf.softplus(plus(first, noise(1, first.shape)))) as tf.Tensor2D;
  const second = linear(parameters, 'inference.fc2', joined);
  const shift = tf.softplus(plus(second, noise(2, second.shape)));
  const hidden = tf.add(fusedHidden(network, joined), shift) as tf.Tensor2D;
  const logits = classifyHidden(network, hidden, HEAD_DROPOUT, mode);
  return { logits, joined, hidden, scarce: mixed };
}

/** Images with speech. In a tidy of the caller's. @param soundLearns whether gradients reach the sound net */
export function completePath(
  network: Network,
  images: tf.Tensor4D,
  speechOf: tf.Tensor4D,
  mode: Mode,
  { scarce = 'speech', soundLearns = true }: { scarce?: Modality; soundLearns?: boolean } = {},
): Omit<PathResult, 'logits'> {
  const image = encodeImage(network, images, mode);
  const sound = encodeSpeech(network, speechOf, mode);
  const speech = soundLearns ? sound : stopGradient(sound);
  const joined = tf.concat([image, speech], 1) as tf.Tensor2D;
  const hidden = fusedHidden(network, joined);
  return { joined, hidden, scarce: scarce === 'speech' ? speech : image };
}

// ---------------------------------------------------------------- the inner step

interface Pooled {
  /** The largest of each 2 x 2 square, ReLU after it. */
  value: tf.Tensor4D;
  /** d loss / d value -> d loss / d input. */
  back: (gradient: tf.Tensor4D) => tf.Tensor4D;
}

/** Max pool 2 and ReLU, whose gradient has a gradient: the first of the largest entries takes it all. */
function poolAndRelu(x: tf.Tensor4D): Pooled {
  const [n, h, w, c] = x.shape;
  const [rows, columns] = [h / 2, w / 2];
  // [N, h, w, C, 2, 2]: the square last.
  const split = tf.transpose(tf.reshape(x, [n, rows, 2, columns, 2, c]), [0, 1, 3, 5, 2, 4]);
  const squares = tf.reshape(split, [n * rows * columns * c, 4]) as tf.Tensor2D;
  const winner = stopGradient(tf.cast(tf.oneHot(tf.argMax(squares, 1), 4), 'float32'));
  const largest = tf.reshape(tf.sum(tf.mul(squares, winner), 1), [n, rows, columns, c]);
  const on = stopGradient(tf.cast(tf.greater(largest, 0), 'float32'));
  return {
    value: relu(largest) as tf.Tensor4D,
    back: (gradient) => {
      const column = tf.reshape(tf.mul(gradient, on), [-1, 1]);
      const spread = tf.reshape(tf.mul(column, winner), [n, rows, columns, c, 2, 2]);
      return tf.reshape(tf.transpose(spread, [0, 1, 4, 2, 5, 3]), [n, h, w, c]);
    },
  };
}

/** What a dropout multiplies by: 0 or 1 / (1 - rate); undefined where there is none. */
function dropMask(shape: readonly number[], rate: number, mode: Mode): tf.Tensor | undefined {
  return mode.training ? stopGradient(maybeDropout(tf.ones([...shape]), rate, mode)) : undefined;
}

const masked = <T extends tf.Tensor>(x: T, mask: tf.Tensor | undefined): T =>
  mask ? (tf.mul(x, mask) as T) : x;

/** How the pass of L_tr drops out and is noised. */
export interface Pass {
  mode: Mode;
  noise?: Noise;
}

/** L_tr and dL_tr / dtheta, by `innerNames` at least. */
export interface InnerStep {
  loss: tf.Scalar;
  gradients: NamedTensors;
}

/**
 * L_tr of the incomplete path and its gradient by every parameter that it reaches, for a meta step in first order: both are
 * constants there (`knownLoss`). The caller disposes of them.
 */
export function innerGradients(
  network: Network,
  x: tf.Tensor4D,
  labels: tf.Tensor1D,
  { mode, noise }: Pass,
  scarce: Modality,
): InnerStep {
  const { value, gradients } = valueAndGradients(
    () => crossEntropy(incompletePath(network, x, mode, { scarce, noise }).logits, labels),
    network.parameters,
  );
  return { loss: value, gradients };
}

/** A scalar with the value and the gradients of a loss that was differentiated before. In a tidy of the caller's. */
export function knownLoss({ loss, gradients }: InnerStep, { parameters }: Network): tf.Scalar {
  const along = Object.entries(gradients).map(([name, gradient]) =>
    tf.sum(tf.mul(gradient, parameters[name] as tf.Tensor)),
  );
  const slope = tf.addN(along);
  return tf.add(loss, tf.sub(slope, stopGradient(slope))) as tf.Scalar;
}

/** L_tr of images without speech, and its gradient, written out as functions of theta and E. In a tidy of the caller's. */
export function innerStep(
  network: Network,
  images: tf.Tensor4D,
  labels: tf.Tensor1D,
  { mode, noise = NO_NOISE }: Pass,
): InnerStep & { logits: tf.Tensor2D } {
  const { parameters, statistics } = network;
  const weightOf = <T extends tf.Tensor>(layer: string): T =>
    parameters[`${layer}.weight`] as tf.Tensor as T;
  const transposed = (layer: string): tf.Tensor2D => tf.transpose(weightOf<tf.Tensor2D>(layer));
  const conv = (layer: string, x: tf.Tensor4D): tf.Tensor4D =>
    biasAdd(convolve(x, weightOf(layer)), parameters[`${layer}.bias`]);

  // Forward.
  const first = poolAndRelu(conv('image.conv1', images));
  const convolved = conv('image.conv2', first.value);
  const imageMask = dropMask(convolved.shape, 0.5, mode);
  const second = poolAndRelu(masked(convolved, imageMask));
  const [samples] = images.shape;
  const feature = tf.reshape(second.value, [samples, IMAGE_FEATURES]) as tf.Tensor2D;
  const mixture = mixtureOf(network, feature, 'speech');
  const e1 = linear(parameters, 'inference.fc1', feature);
  const noised1 = plus(e1, noise(1, e1.shape));
  const joined = tf.add(
    tf.concat([feature, mixture.mixed], 1),
    tf.softplus(noised1),
  ) as tf.Tensor2D;
  const e2 = linear(parameters, 'inference.fc2', joined);
  const noised2 = plus(e2, noise(2, e2.shape));
  const fused = linear(parameters, 'fusion.fc1', joined);
  const hidden = tf.add(relu(fused), tf.softplus(noised2)) as tf.Tensor2D;
  const headMask = dropMask(hidden.shape, HEAD_DROPOUT, mode);
  const kept = masked(hidden, headMask);
  const logits = linear(parameters, 'fusion.fc2', kept);
  const loss = crossEntropy(logits, labels);

  // Backward: d.. is d loss / d .. .
  const truth = tf.cast(tf.oneHot(labels, logits.shape[1]), 'float32');
  const dLogits = tf.div(tf.sub(softmax(logits), truth), samples) as tf.Tensor2D;
  const dHidden = masked(matMul(dLogits, transposed('fusion.fc2')), headMask);
  const on = stopGradient(tf.cast(tf.greater(fused, 0), 'float32'));
  const dFused = tf.mul(dHidden, on) as tf.Tensor2D;
  const dE2 = tf.mul(dHidden, tf.sigmoid(noised2)) as tf.Tensor2D;
  const dJoined = tf.add(
    matMul(dFused, transposed('fusion.fc1')),
    matMul(dE2, transposed('inference.fc2')),
  ) as tf.Tensor2D;
  const dE1 = tf.mul(dJoined, tf.sigmoid(noised1)) as tf.Tensor2D;
  const [direct, dSpeech] = tf.split(dJoined, [IMAGE_FEATURES, SPEECH_FEATURES], 1);
  // b = (w C) / s: db -> dw = (db C^T - <db, b>) / s.
  const centres = statistics[centresName('speech')] as tf.Tensor as tf.Tensor2D;
  const along = tf.sum(tf.mul(dSpeech, mixture.mixed), 1, true);
  const dWeights = tf.div(
    tf.sub(matMul(dSpeech as tf.Tensor2D, tf.transpose(centres)), along),
    mixture.sum,
  );
  const dE0 = tf.mul(dWeights, tf.sigmoid(mixture.before)) as tf.Tensor2D;
  const dFeature = tf.addN([
    direct,
    matMul(dE1, transposed('inference.fc1')),
    matMul(dE0, transposed('inference.fc0')),
  ]);
  const dSecond = tf.reshape(dFeature, second.value.shape) as tf.Tensor4D;
  const dConvolved = masked(second.back(dSecond), imageMask);
  const [kernel1, kernel2] = [
    weightOf<tf.Tensor4D>('image.conv1'),
    weightOf<tf.Tensor4D>('image.conv2'),
  ];
  const dFirst = first.back(inputGradient(first.value.shape, kernel2, dConvolved));
  const places = [0, 1, 2];
  return {
    loss,
    logits,
    gradients: {
      'image.conv1.weight': kernelGradient(kernel1.shape, images, dFirst),
      'image.conv1.bias': tf.sum(dFirst, places),
      'image.conv2.weight': kernelGradient(kernel2.shape, first.value, dConvolved),
      'image.conv2.bias': tf.sum(dConvolved, places),
      'fusion.fc1.weight': matMul(tf.transpose(joined), dFused),
      'fusion.fc1.bias': tf.sum(dFused, 0),
      'fusion.fc2.weight': matMul(tf.transpose(kept), dLogits),
      'fusion.fc2.bias': tf.sum(dLogits, 0),
    },
  };
}

// ---------------------------------------------------------------- the meta step

export interface MetaInput {
  network: Network;
  /** L_tr of pairs without the scarce modality, before any other pass draws. */
  inner: InnerStep;
  /** Default: speech. */
  scarce?: Modality;
  complete: { images: tf.Tensor4D; speech: tf.Tensor4D; labels: tf.Tensor1D };
  /** eta. */
  innerRate: tf.Scalar | number;
  /** `first`: dL_tr/dtheta counts as a constant. */
  order: 'first' | 'second';
  soundLearns: boolean;
  /** Of the incomplete and of the complete path of L_val, in this order. */
  modes: { incomplete: Mode; complete: Mode };
}

export interface MetaResult {
  /** L_val. */
  validation: tf.Scalar;
  parts: Record<'task' | 'joined' | 'hidden', tf.Scalar>;
  incomplete: PathResult;
  complete: Omit<PathResult, 'logits'>;
  /** The network with theta*. */
  moved: Network;
}

/** L_val with theta*. In a tidy of the caller's. */
export function validationLoss(input: MetaInput): MetaResult {
  const {
    network,
    inner,
    scarce = 'speech',
    complete,
    innerRate,
    order,
    soundLearns,
    modes,
  } = input;
  const moved: Network = {
    statistics: network.statistics,
    parameters: { ...network.parameters },
  };
  const changed = moved.parameters as NamedTensors;
  for (const name of innerNames(scarce)) {
    const gradient = inner.gradients[name];
    const held = order === 'first' ? stopGradient(gradient) : gradient;
    changed[name] = tf.sub(network.parameters[name] as tf.Tensor, tf.mul(held, innerRate));
  }
  const { images, speech, labels } = complete;
  const plentiful = scarce === 'speech' ? images : speech;
  const without = incompletePath(moved, plentiful, modes.incomplete, { scarce });
  const whole = completePath(moved, images, speech, modes.complete, { scarce, soundLearns });
  const mse = (a: tf.Tensor, b: tf.Tensor): tf.Scalar => tf.mean(tf.squaredDifference(a, b));
  const parts = {
    task: crossEntropy(without.logits, labels),
    joined: mse(whole.joined, without.joined),
    hidden: mse(whole.hidden, without.hidden),
  };
  const likeness = tf.mul(tf.add(parts.joined, parts.hidden), LIKENESS_WEIGHT);
  const validation = tf.add(parts.task, likeness) as tf.Scalar;
  return { validation, parts, incomplete: without, complete: whole, moved };
}
