/** RFNet as a segmentation model. */
import { bratsMethod } from '../../config';
import {
  encodeRfnet,
  fuseRfnet,
  rfnetSpecs,
  runRfnet,
  type RfnetOutputs,
  type StackedOptions,
} from '../../models/rfnet';
import { softmax } from '../../nn/elementwise';
import { specShapes } from '../../nn/parameter-specs';
import { freshParameters, type NamedTensors } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import { classesOfRegions, regionsOfClasses, summedLosses, weightedSum } from './classes';
import type { SegmentationModel } from './model';
import { optimizerOf } from './optimizer';
import { encodedTiles } from './tiles';
import { widthByAxis } from './width';

/** As in the published run, whose PyTorch padded with zeros where the code says "reflect". */
const PADDING = 'zeros';

/** For this share of the iterations the fused map has no part in the loss: 20 of the authors' 300 epochs. */
const WARM_UP = 20 / 300;

export interface StackedObjective {
  total: tf.Scalar;
  /** Cross-entropy and Dice of the fused map, of those of each modality on its own, and of the levels' maps. */
  parts: Record<
    | 'fusedCrossEntropy'
    | 'fusedDice'
    | 'separateCrossEntropy'
    | 'separateDice'
    | 'levelsCrossEntropy'
    | 'levelsDice',
    tf.Scalar
  >;
}

/**
 * The objective of RFNet and mmFormer: with L(p) = L_cross-entropy(p) + L_Dice(p),
 *
 *   L = weight L(fused) + sum over modalities L(separate) + sum over levels L(map)
 *
 * @param labels one-hot, [N, D, H, W, 4]
 * @param maps probabilities, [N, D, H, W, 4] each
 */
export function stackedObjective(
  labels: tf.Tensor5D,
  maps: { fused: tf.Tensor5D; separate: readonly tf.Tensor5D[]; levels: readonly tf.Tensor5D[] },
  weight: number | tf.Scalar = 1,
): StackedObjective {
  const [fusedCrossEntropy, fusedDice] = summedLosses([maps.fused], labels);
  const [separateCrossEntropy, separateDice] = summedLosses(maps.separate, labels);
  const [levelsCrossEntropy, levelsDice] = summedLosses(maps.levels, labels);
  const total = weightedSum(
    [weight, fusedCrossEntropy],
    [weight, fusedDice],
    [1, separateCrossEntropy],
    [1, separateDice],
    [1, levelsCrossEntropy],
    [1, levelsDice],
  );
  const parts = {
    fusedCrossEntropy,
    fusedDice,
    separateCrossEntropy,
    separateDice,
    levelsCrossEntropy,
    levelsDice,
  };
  return { total, parts };
}

export interface RfnetObjectiveOptions extends Pick<StackedOptions, 'padding'> {
  /** Of the fused map: 0 in the warm-up, then 1. Default: 1. */
  fusedWeight?: number | tf.Scalar;
}

/**
 * @param images [N, D, H, W, 4], complete: the separate decoder learns of every modality
 * @param labels one-hot, [N, D, H, W, 4]
 */
export function rfnetObjective(
  parameters: NamedTensors,
  images: tf.Tensor5D,
  labels: tf.Tensor5D,
  mask: tf.Tensor2D,
  { padding, fusedWeight }: RfnetObjectiveOptions,
): StackedObjective & { outputs: RfnetOutputs } {
  const outputs = runRfnet(parameters, images, mask, { padding });
  const { probabilities: fused, separate, maps: levels } = outputs;
  return { ...stackedObjective(labels, { fused, separate, levels }, fusedWeight), outputs };
}

const channels = (width: number): number => bratsMethod('rfnet').channels!(width);

export const rfnet: SegmentationModel = {
  name: 'rfnet',
  availability: 'mask',
  layout: {
    shapes: ({ width }) => specShapes(rfnetSpecs(channels(width))),
    widthOf: widthByAxis('decoder_fuse.seg_layer.weight', 1, channels(1)),
  },
  parameters: ({ width }, stream) => freshParameters(rfnetSpecs(channels(width)), stream),
  numbers: ({ iteration, until }) => [Number(iteration >= WARM_UP * until)],
  loss: ({ parameters, batch: { images, regions }, mask, numbers: [fusedWeight] }) =>
    rfnetObjective(parameters, images, classesOfRegions(regions), mask, {
      ...{ padding: PADDING, fusedWeight },
    }),
  optimizer: optimizerOf,
  openTiles: encodedTiles({
    encode: (parameters, modality, scan) => encodeRfnet(parameters, modality, scan, PADDING),
    decode: (parameters, encoded, mask) => fuseRfnet(parameters, encoded, mask, PADDING).logits,
  }),
  probabilities: (logits) => regionsOfClasses(softmax(logits)),
  labels: 'classes',
  overlap: 'half',
};
