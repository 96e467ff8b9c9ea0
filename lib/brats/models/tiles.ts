/** Tiles of a network that shares no encoding between subsets. */
import { availabilityOf, MODALITIES, type Modality } from '../../base/modality';
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
export function tilesOf(forward: Forward): (parameters: NamedTensors, tile: Size3) => Tiles {
  return (parameters, tile) => ({
    open: (scans) => ({
      logits: (available) =>
        tf.tidy(() =>
          forward(parameters, stacked(scans, available, tile), availabilityOf(available)),
        ),
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
