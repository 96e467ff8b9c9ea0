/** Shared by several methods: the encoders, features in the rows of the samples that have them, the task's loss. */
import type { RandomStream } from '../../base/random';
import { AV_MODALITIES, type AvTrainingConfig } from '../../config';
import * as model from '../../models/audio-visual';
import type { Mode, Network } from '../../models/audio-visual';
import { takeRows } from '../../nn/dense';
import { crossEntropy } from '../../nn/losses';
import { tf } from '../../nn/tf';
import type { AvBatch, AvInput, AvLoss, AvLossInput, ClassificationModel } from './model';

/**
 * Features of each modality, [N, d] each; the rows of samples without it are zero, and its encoder
 * never sees them (blanks would disturb the batch norm's statistics).
 * @param shared whether both are projected to one size by a linear map each
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
      const raw = model.encodeModality(network, modality, x, mode);
      return shared ? model.project(network, modality, raw) : raw;
    });
    const size = (m: number): number => features[m]?.shape[1] ?? features[1 - m]?.shape[1] ?? 0;
    return features.map((f, m) =>
      scatterRows(
        f,
        batch.available.map((has) => has[m]),
        batch.tensors.rows[m],
        size(m),
      ),
    );
  });
}

/** Scatters the k-th row of f to the k-th `true` of `has`; zero rows elsewhere. @param rows as in `BatchTensors` */
function scatterRows(
  f: tf.Tensor2D | undefined,
  has: boolean[],
  rows: tf.Tensor1D,
  size: number,
): tf.Tensor2D {
  if (f === undefined) return tf.zeros([has.length, size]);
  if (!has.includes(false)) return f;
  const source = tf.concat([f, tf.zeros([1, size])], 0) as tf.Tensor2D;
  return takeRows(source, rows);
}

/** Fresh encoders of image and speech, with parameters of the following layers. */
export function bothEncoders(stream: RandomStream, after: Network['parameters']): Network {
  const image = model.imageEncoderParameters(stream);
  const { parameters, statistics } = model.speechEncoderParameters(stream);
  return { parameters: { ...image, ...parameters, ...after }, statistics };
}

/** [image, speech] with the scarce one missing. */
export function plentifulAlone({ scarce }: Pick<AvTrainingConfig, 'scarce'>): boolean[] {
  return AV_MODALITIES.map((modality) => modality !== scarce);
}

/** Trained on all pairs, of which the share `rate` keeps the scarce modality; tested without it. */
export const scarceAtTest = {
  rate: ({ rate }) => rate,
  available: (config, complete) => plentifulAlone(config).map((has) => has || complete),
  availableAtTest: plentifulAlone,
} satisfies Partial<ClassificationModel>;

/** Cross-entropy alone. */
export function taskLoss(
  logits: (input: AvInput) => tf.Tensor2D,
): (input: AvLossInput<unknown>) => AvLoss {
  return (input) => {
    const task = crossEntropy(logits(input), input.labels);
    return { total: task, parts: { task } };
  };
}
