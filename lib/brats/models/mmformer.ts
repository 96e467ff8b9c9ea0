/** mmFormer as a segmentation model. */
import { UserError } from '../../base/errors';
import { bratsMethod } from '../../config';
import {
  encodeMmformer,
  fuseMmformer,
  mmformerSpecs,
  runMmformer,
  type MmformerOptions,
  type MmformerOutputs,
  type MmformerScan,
  type MmformerSizes,
} from '../../models/mmformer';
import { softmax } from '../../nn/elementwise';
import { specShapes } from '../../nn/parameter-specs';
import { freshParameters, type NamedTensors } from '../../nn/parameters';
import { dropout } from '../../nn/random';
import type { tf } from '../../nn/tf';
import type { Size3 } from '../../volume/size';
import { classesOfRegions, regionsOfClasses } from './classes';
import type { SegmentationModel } from './model';
import { optimizerOf } from './optimizer';
import { stackedObjective, type StackedObjective } from './rfnet';
import { encodedTiles } from './tiles';
import { widthByAxis } from './width';

/** Zeros as in the published run, whose PyTorch padded so where the code says "reflect". */
const OPTIONS = { padding: 'zeros', heads: 8 } as const satisfies MmformerOptions;

/** Of all dropouts, in training. */
const DROPOUT_RATE = 0.1;

/**
 * @param images [N, D, H, W, 4], complete: the separate decoder learns of every modality
 * @param labels one-hot, [N, D, H, W, 4]
 */
export function mmformerObjective(
  parameters: NamedTensors,
  images: tf.Tensor5D,
  labels: tf.Tensor5D,
  mask: tf.Tensor2D,
  options: MmformerOptions,
): StackedObjective & { outputs: MmformerOutputs } {
  const outputs = runMmformer(parameters, images, mask, options);
  const { probabilities: fused, separate, auxiliary: levels } = outputs;
  return { ...stackedObjective(labels, { fused, separate, levels }), outputs };
}

const channels = (width: number): number => bratsMethod('mmformer').channels!(width);

function sizes({ width, crop }: { width: number; crop: Size3 }): MmformerSizes {
  return {
    base: channels(width),
    tokenWidth: 512 * width,
    hidden: 4096 * width,
    grid: [crop[0] / 16, crop[1] / 16, crop[2] / 16],
  };
}

/** @throws UserError for a tile that has not as many tokens as there are positions */
function requireTokens(parameters: NamedTensors, tile: Size3): void {
  const [, positions] = parameters.flair_pos.shape;
  const tokens = tile.reduce((count, side) => (count * side) / 16, 1);
  if (tokens === positions) return;
  throw new UserError(
    `tile is ${tile.join(',')}, which mmFormer sees as ${tokens} tokens, but its weights hold positions of ${positions}; choose the crop that the network was trained on`,
    { code: 'MISMATCH', field: 'tile', value: tile },
  );
}

const tiles = encodedTiles({
  encode: (parameters, modality, scan) => {
    const { levels, tokens } = encodeMmformer(parameters, modality, scan, OPTIONS);
    return [...levels.slice(0, -1), tokens];
  },
  decode: (parameters, encoded, mask) => {
    const scans = encoded.map((maps): MmformerScan => {
      const [tokens, ...levels] = [...maps].reverse();
      return { levels: levels.reverse(), tokens };
    });
    return fuseMmformer(parameters, scans, mask, OPTIONS).logits;
  },
});

export const mmformer: SegmentationModel = {
  name: 'mmformer',
  availability: 'mask',
  layout: {
    shapes: (settings) => specShapes(mmformerSpecs(sizes(settings))),
    widthOf: widthByAxis('decoder_fuse.seg_layer.weight', 1, channels(1)),
  },
  parameters: (config, stream) => freshParameters(mmformerSpecs(sizes(config)), stream),
  loss: ({ parameters, batch: { images, regions }, mask, seed }) =>
    mmformerObjective(parameters, images, classesOfRegions(regions), mask, {
      ...OPTIONS,
      drop: (x) => dropout(x, DROPOUT_RATE, seed),
    }),
  optimizer: optimizerOf,
  tileIsCrop: true,
  openTiles: (parameters, tile, steps) => {
    requireTokens(parameters, tile);
    return tiles(parameters, tile, steps);
  },
  probabilities: (logits) => regionsOfClasses(softmax(logits)),
  labels: 'classes',
  overlap: 'half',
};
