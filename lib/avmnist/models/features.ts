/** Features of each modality of a batch, in the rows of the samples that have it. */
import { AV_MODALITIES } from '../../config';
import * as model from '../../models/audio-visual';
import type { Mode, Network } from '../../models/audio-visual';
import { tf } from '../../nn/tf';
import type { AvBatch } from './model';

/**
 * Features of each modality, [N, d] each; the rows of samples without it are zero, and its encoder
 * never sees them (a blank would disturb the batch norm's statistics).
 * @param shared brought to one size by a linear map each?
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
