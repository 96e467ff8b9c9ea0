/** Tiles of a network that shares no encoding between subsets. */
import { availabilityOf, MODALITIES, type Modality } from '../../base/modality';
import type { Steps } from '../../graph/steps';
import type { NamedTensors } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import { voxelCount, type Size3 } from '../../volume/size';
import type { Tiles } from './model';

/** images [1, d, h, w, 4], 0 where a modality isn't available -> logits. */
export type Forward = (
  parameters: NamedTensors,
  images: tf.Tensor5D,
  available: readonly boolean[],
) => tf.Tensor5D;

/** The network is run once per tile and subset. */
export function tilesOf(
  forward: Forward,
): (parameters: NamedTensors, tile: Size3, steps: Steps) => Tiles {
  return (parameters, tile, steps) => ({
    open: (scans) => ({
      logits: (available) => {
        const images = tf.tidy(() => stacked(scans, available, tile));
        const { results } = steps.run({
          signature: `tile, ${available.join(' ')}, ${tile.join(' x ')}`,
          inputs: [...Object.values(parameters), images],
          variables: [],
          compute: () => ({
            results: [forward(parameters, images, availabilityOf(available))],
            note: null,
          }),
        });
        images.dispose();
        return results[0] as tf.Tensor5D;
      },
      dispose: () => undefined,
    }),
    dispose: () => undefined,
  });
}

function stacked(
  scans: ReadonlyMap<Modality, Float32Array>,
  available: readonly Modality[],
  tile: Size3,
): tf.Tensor5D {
  const empty = new Float32Array(voxelCount(tile));
  const channels = MODALITIES.map((modality) => {
    const values = (available.includes(modality) && scans.get(modality)) || empty;
    return tf.tensor5d(values, [1, ...tile, 1]);
  });
  return tf.concat(channels, 4);
}
