/** The network of each row of the Audiovision-MNIST tables: how it starts, and features -> logits. */
import { AV_MODALITIES, type AvModality, type AvTrainingConfig } from '../config';
import { fillMissing, type Availability } from '../mckd';
import * as model from '../models/audio-visual';
import type { Network, Mode } from '../models/audio-visual';
import type { RandomStream } from '../base/random';
import { tf } from '../nn/tf';
import { plentifulOf } from './modalities';

/** Fresh parameters; runs of one seed that have a layer in common start it alike. Dispose with `disposeNetwork`. */
export function createNetwork(config: AvTrainingConfig, stream: RandomStream): Network {
  const network: Network = { parameters: {}, statistics: {} };
  const uses = (modality: AvModality): boolean =>
    config.method !== 'lowerBound' || modality === plentifulOf(config);
  if (uses('image')) Object.assign(network.parameters, model.imageEncoderParameters(stream));
  if (uses('speech')) {
    const { parameters, statistics } = model.speechEncoderParameters(stream);
    Object.assign(network.parameters, parameters);
    Object.assign(network.statistics, statistics);
  }
  Object.assign(network.parameters, classifierParameters(config, stream));
  return network;
}

function classifierParameters(
  config: AvTrainingConfig,
  stream: RandomStream,
): Network['parameters'] {
  if (config.method === 'lowerBound') {
    return plentifulOf(config) === 'image'
      ? model.imageClassifierParameters(stream)
      : model.speechClassifierParameters(stream);
  }
  if (config.method === 'upperBound') {
    return model.fusionParameters(
      model.IMAGE_FEATURES,
      model.SPEECH_FEATURES,
      config.hiddenSize,
      stream,
    );
  }
  return {
    ...model.projectionParameters(config.featureSize, stream),
    ...model.fusionParameters(config.featureSize, config.featureSize, config.hiddenSize, stream),
  };
}

/** A batch on the device. A modality that nobody in the batch has is left out. */
export interface AvBatch {
  /** [N_image, 28, 28, 1]: the images of those samples that have one, in order. */
  image?: tf.Tensor4D;
  /** [N_speech, 20, 20, 1] */
  speech?: tf.Tensor4D;
  available: Availability;
}

/**
 * Features of each modality, [N, d] each; the rows of samples without it are zero, and its encoder
 * never sees them (a blank would disturb the batch norm's statistics).
 */
export function encode(
  network: Network,
  batch: AvBatch,
  shared: boolean,
  mode: Mode,
): tf.Tensor2D[] {
  return tf.tidy(() => {
    const features = AV_MODALITIES.map((modality): tf.Tensor2D | undefined => {
      const x = batch[modality];
      if (x === undefined) return undefined;
      const raw =
        modality === 'image'
          ? model.encodeImage(network, x, mode)
          : model.encodeSpeech(network, x, mode);
      return shared ? model.project(network, modality, raw) : raw;
    });
    const size = (m: number): number => features[m]?.shape[1] ?? features[1 - m]?.shape[1] ?? 0;
    return features.map((f, m) =>
      scatterRows(
        f,
        batch.available.map((has) => has[m]),
        size(m),
      ),
    );
  });
}

/** Puts the k-th row of f where the k-th `true` of `has` is; zero rows elsewhere. */
function scatterRows(f: tf.Tensor2D | undefined, has: boolean[], size: number): tf.Tensor2D {
  if (f === undefined) return tf.zeros([has.length, size]);
  if (!has.includes(false)) return f;
  const source = tf.concat([f, tf.zeros([1, size])], 0) as tf.Tensor2D;
  let next = 0;
  const rows = has.map((present) => (present ? next++ : f.shape[0]));
  return tf.gather(source, tf.tensor1d(rows, 'int32'));
}

/** Logits [N, 10] from the features that are there; absent ones are filled. */
export function classify(
  network: Network,
  config: AvTrainingConfig,
  features: readonly tf.Tensor[],
  available: Availability,
  mode: Mode,
): tf.Tensor2D {
  return tf.tidy(() => {
    const [image, speech] = features as tf.Tensor2D[];
    if (config.method === 'lowerBound') {
      return plentifulOf(config) === 'image'
        ? model.classifyImage(network, image)
        : model.classifySpeech(network, speech, mode);
    }
    const filled =
      config.method === 'upperBound' ? [image, speech] : fillMissing(features, available);
    return model.classifyFused(network, filled, config.headDropout, mode);
  });
}
