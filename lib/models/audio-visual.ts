/**
 * The networks for Audiovision-MNIST (SMIL's LeNet5, sound net and fusion, which ShaSpec and
 * MCKD build on): encoders of a digit image and of a spoken digit, and the classifiers on them.
 * Functions (network, x, mode) -> y; the caller disposes of what they return.
 */
import {
  batchNormInference,
  batchNormParameters,
  batchNormStatistics,
  batchNormTraining,
  conv2d,
  linear,
  maxPool2d,
} from '../nn/layers2d';
import { relu } from '../nn/elementwise';
import { conv2dParameters, disposeAll, linearParameters, type Parameters } from '../nn/parameters';
import type { RandomStream } from '../base/random';
import { dropout } from '../nn/random';
import { tf } from '../nn/tf';

export interface Network {
  parameters: Parameters;
  /** Running statistics of the batch norms, and what else no optimizer moves. */
  statistics: Parameters;
}

/** Drops entries of x out, with the probability `rate` each. */
export type Drop = <T extends tf.Tensor>(x: T, rate: number) => T;

export interface TrainingMode {
  training: true;
  seed: () => tf.Tensor;
  /** Instead of dropout by seeds. */
  drop?: Drop;
  /** Batch norm uses the batch's statistics, and the running ones stay. */
  keepStatistics?: boolean;
}

/** Training drops out, asking for seeds, and moves the running statistics; inference does neither. */
export type Mode = TrainingMode | { training: false };

export const INFERENCE: Mode = { training: false };

export type Modality = 'image' | 'speech';

export const IMAGE_FEATURES = 160;
export const SPEECH_FEATURES = 320;
/** Sizes of the encoders' features. */
export const FEATURES: Record<Modality, number> = {
  image: IMAGE_FEATURES,
  speech: SPEECH_FEATURES,
};

export const otherModality = (modality: Modality): Modality =>
  modality === 'image' ? 'speech' : 'image';
const DIGITS = 10;

export function disposeNetwork(network: Network): void {
  disposeAll(network.parameters);
  disposeAll(network.statistics);
}

/** Dropout as the mode has it. The caller disposes of what is not x itself. */
export function maybeDropout<T extends tf.Tensor>(x: T, rate: number, mode: Mode): T {
  if (!mode.training) return x;
  return mode.drop ? mode.drop(x, rate) : dropout(x, rate, mode.seed);
}

// ---------------------------------------------------------------- encoders

export function imageEncoderParameters(stream: RandomStream): Parameters {
  return {
    ...conv2dParameters('image.conv1', 5, 1, 5, stream),
    ...conv2dParameters('image.conv2', 5, 5, 10, stream),
  };
}

/** LeNet5: conv 1->5, pool, ReLU, conv 5->10, dropout 0.5, pool, ReLU. x [N, 28, 28, 1] -> [N, 160]. */
export function encodeImage({ parameters }: Network, x: tf.Tensor4D, mode: Mode): tf.Tensor2D {
  return tf.tidy(() => {
    const convolved = conv2d(parameters, 'image.conv1', x, { inputIsData: true });
    let y = maxPool2d(convolved, { size: 2, stride: 2, activate: true });
    y = maybeDropout(conv2d(parameters, 'image.conv2', y), 0.5, mode);
    y = maxPool2d(y, { size: 2, stride: 2, activate: true });
    return tf.reshape(y, [-1, IMAGE_FEATURES]);
  });
}

const SPEECH_CHANNELS = [1, 32, 48, 20];

export function speechEncoderParameters(stream: RandomStream): Network {
  const network: Network = { parameters: {}, statistics: {} };
  for (let i = 1; i < SPEECH_CHANNELS.length; i++) {
    const [inputs, outputs] = [SPEECH_CHANNELS[i - 1], SPEECH_CHANNELS[i]];
    Object.assign(
      network.parameters,
      conv2dParameters(`speech.conv${i}`, 2, inputs, outputs, stream),
    );
    Object.assign(network.parameters, batchNormParameters(`speech.norm${i}`, outputs));
    Object.assign(network.statistics, batchNormStatistics(`speech.norm${i}`, outputs));
  }
  return network;
}

/** Sound net: three times conv 2x2, batch norm, ReLU; pool 2 stride 4; dropout 0.25. x [N, 20, 20, 1] -> [N, 320]. */
export function encodeSpeech(
  { parameters, statistics }: Network,
  x: tf.Tensor4D,
  mode: Mode,
): tf.Tensor2D {
  return tf.tidy(() => {
    const norm = mode.training ? batchNormTraining : batchNormInference;
    const keepStatistics = mode.training && mode.keepStatistics;
    let y = x;
    for (let i = 1; i < SPEECH_CHANNELS.length; i++) {
      const convolved = conv2d(parameters, `speech.conv${i}`, y, { inputIsData: i === 1 });
      y = norm(parameters, statistics, `speech.norm${i}`, convolved, {
        activate: true,
        keepStatistics,
      });
    }
    y = maxPool2d(y, { size: 2, stride: 4 });
    return maybeDropout(tf.reshape(y, [-1, SPEECH_FEATURES]), 0.25, mode);
  });
}

/** The modality's own encoder, [N, size of its features]. */
export function encodeModality(
  network: Network,
  modality: Modality,
  x: tf.Tensor4D,
  mode: Mode,
): tf.Tensor2D {
  return modality === 'image' ? encodeImage(network, x, mode) : encodeSpeech(network, x, mode);
}

// ---------------------------------------------------------------- classifiers on one modality

export function imageClassifierParameters(stream: RandomStream): Parameters {
  return {
    ...linearParameters('image.fc1', IMAGE_FEATURES, 32, stream),
    ...linearParameters('image.fc2', 32, DIGITS, stream),
  };
}

/** 160 -> 32, ReLU -> 10 logits. */
export function classifyImage({ parameters }: Network, features: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() =>
    linear(parameters, 'image.fc2', relu(linear(parameters, 'image.fc1', features))),
  );
}

export function speechClassifierParameters(stream: RandomStream): Parameters {
  return {
    ...linearParameters('speech.fc1', SPEECH_FEATURES, 160, stream),
    ...linearParameters('speech.fc2', 160, 32, stream),
    ...linearParameters('speech.fc3', 32, DIGITS, stream),
  };
}

/** 320 -> 160, dropout 0.25, ReLU -> 32, dropout 0.4, ReLU -> 10 logits. */
export function classifySpeech(
  { parameters }: Network,
  features: tf.Tensor2D,
  mode: Mode,
): tf.Tensor2D {
  return tf.tidy(() => {
    const hidden = relu(maybeDropout(linear(parameters, 'speech.fc1', features), 0.25, mode));
    const narrow = relu(maybeDropout(linear(parameters, 'speech.fc2', hidden), 0.4, mode));
    return linear(parameters, 'speech.fc3', narrow);
  });
}

// ---------------------------------------------------------------- classifier on two modalities

export function fusionParameters(
  imageSize: number,
  speechSize: number,
  hidden: number,
  stream: RandomStream,
): Parameters {
  return {
    ...linearParameters('fusion.fc1', imageSize + speechSize, hidden, stream),
    ...linearParameters('fusion.fc2', hidden, DIGITS, stream),
  };
}

/** concat(image, speech) -> hidden, ReLU, dropout -> 10 logits. */
export function classifyFused(
  network: Network,
  [image, speech]: tf.Tensor[],
  headDropout: number,
  mode: Mode,
): tf.Tensor2D {
  return tf.tidy(() => {
    const joined = tf.concat([image as tf.Tensor2D, speech as tf.Tensor2D], 1);
    return classifyHidden(network, fusedHidden(network, joined), headDropout, mode);
  });
}

/** The hidden layer, before dropout: [N, image + speech] -> [N, hidden]. */
export function fusedHidden({ parameters }: Network, joined: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => relu(linear(parameters, 'fusion.fc1', joined)));
}

/** Dropout, and the last layer: [N, hidden] -> 10 logits. */
export function classifyHidden(
  { parameters }: Network,
  hidden: tf.Tensor2D,
  headDropout: number,
  mode: Mode,
): tf.Tensor2D {
  return tf.tidy(() => linear(parameters, 'fusion.fc2', maybeDropout(hidden, headDropout, mode)));
}

// ---------------------------------------------------------------- one size for both features

export function projectionParameters(size: number, stream: RandomStream): Parameters {
  return {
    ...linearParameters('image.project', IMAGE_FEATURES, size, stream),
    ...linearParameters('speech.project', SPEECH_FEATURES, size, stream),
  };
}

/**
 * Image and speech features of one size, so that one can teach and replace the other:
 * a linear map 160 -> d and 320 -> d. (How MCKD projects the two to one size is not published.)
 */
export function project(
  { parameters }: Network,
  modality: Modality,
  features: tf.Tensor2D,
): tf.Tensor2D {
  return linear(parameters, `${modality}.project`, features);
}
