/** Tiles of networks: what is computed once per tile, and what once per subset. */
import { availabilityOf, MODALITIES, type Modality } from '../../base/modality';
import { randomStream } from '../../base/random';
import type { NamedTensors } from '../../nn/parameters';
import { seedsOf } from '../../nn/random';
import { tf } from '../../nn/tf';
import { voxelCount, type Size3 } from '../../volume/size';
import { maskOf } from '../available';
import type { SegmentationModel } from './model';

/** images [1, d, h, w, 4], 0 where a modality isn't available -> logits. */
export type Forward = (
  parameters: NamedTensors,
  images: tf.Tensor5D,
  available: readonly boolean[],
) => tf.Tensor5D;

/** The network is run once per tile and subset. */
export function tilesOf(forward: Forward): SegmentationModel['openTiles'] {
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

/** A network that encodes each modality on its own, and then fuses the available ones. */
export interface SeparateEncoders {
  /** Maps of a modality's scan, [1, d, h, w, 1]. In a tidy. @param modality in FLAIR, T1, T1ce, T2 */
  encode(parameters: NamedTensors, modality: number, scan: tf.Tensor5D): tf.Tensor5D[];
  /**
   * Logits of the maps of all four modalities, of which missing ones are 0. In a tidy.
   * @param mask [1, 4]
   * @param seed gives seeds of noise (`nn/random.ts`), the same for all subsets of a tile and whenever its volume is
   *   segmented again
   */
  decode(
    parameters: NamedTensors,
    encoded: tf.Tensor5D[][],
    mask: tf.Tensor2D,
    seed: () => tf.Tensor,
  ): tf.Tensor5D;
}

/** A tile's scans are encoded once, for all subsets. */
export function encodedTiles(network: SeparateEncoders): SegmentationModel['openTiles'] {
  return (parameters, tile, steps) => {
    const weights = Object.values(parameters);
    let opened = 0;
    const encodeScan = (modality: number, values: Float32Array): tf.Tensor5D[] => {
      const scan = tf.tensor5d(values, [1, ...tile, 1]);
      const { results } = steps.run({
        signature: `encoding a tile, ${MODALITIES[modality]}, ${tile.join(' x ')}`,
        inputs: [...weights, scan],
        variables: [],
        compute: () => ({ results: network.encode(parameters, modality, scan), note: null }),
      });
      scan.dispose();
      return results as tf.Tensor5D[];
    };
    return {
      open: (scans) => {
        const found = MODALITIES.map((modality, m) => {
          const values = scans.get(modality);
          return values && encodeScan(m, values);
        });
        const like = found.find((maps) => maps !== undefined)!;
        const zeros = tf.tidy(() => like.map((map) => tf.zerosLike(map)));
        const encoded = found.map((maps) => maps ?? zeros);
        const name = `noise/${opened++}`;
        return {
          logits: (available) => {
            const mask = maskOf([available]);
            const { results } = steps.run({
              signature: `decoding a tile, ${tile.join(' x ')}`,
              inputs: [...weights, ...encoded.flat(), mask],
              variables: [],
              draw: seedsOf(randomStream(0, name)),
              compute: (seed) => ({
                results: [network.decode(parameters, encoded, mask, seed)],
                note: null,
              }),
            });
            mask.dispose();
            return results[0] as tf.Tensor5D;
          },
          dispose: () => tf.dispose([...encoded, zeros]),
        };
      },
      dispose: () => undefined,
    };
  };
}
