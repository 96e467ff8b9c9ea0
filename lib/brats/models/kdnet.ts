/**
 * KD-Net as a segmentation model, in our reading of its description: in stage one a teacher learns from all scans; in
 * stage two it stands still, and a student learns from one scan, the reference and the teacher.
 */
import { MODALITIES, type Modality } from '../../base/modality';
import { bratsMethod } from '../../config';
import { kdnetSpecs, mapDivergence, runKdnet } from '../../models/kdnet';
import { untaped } from '../../nn/backward';
import { binaryCrossEntropy, diceLoss, segmentationLoss } from '../../nn/losses';
import { specShapes } from '../../nn/parameter-specs';
import { freshParameters, type NamedTensors } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import { weightedSum } from './classes';
import { oneScanTiles, soleScan } from './dedicated';
import type { DeviceBatch, SegmentationModel } from './model';
import { optimizerOf } from './optimizer';
import { widthByAxis } from './width';

/** Weight of what the student learns from the teacher's output; the rest is that of the reference. lambda */
const TEACHER_SHARE = 0.75;
/** Weight of the divergence of the bottlenecks. alpha */
const DIVERGENCE_WEIGHT = 10;
/** Logits of both are divided by it where the student learns from the teacher's. T */
const TEMPERATURE = 5;

interface KdnetObjective {
  total: tf.Scalar;
  /** Before their weights; the last two are 0 in stage one. */
  parts: Record<'dice' | 'crossEntropy' | 'distillation' | 'divergence', tf.Scalar>;
}

/** Stage one: L = L_Dice + L_BCE of the teacher, of images that are complete. */
function teacherObjective(
  parameters: NamedTensors,
  { images, regions }: DeviceBatch,
): KdnetObjective {
  const { logits } = runKdnet(parameters, 'teacher', images);
  const dice = diceLoss(logits, regions);
  const crossEntropy = binaryCrossEntropy(logits, regions);
  const total = tf.add(dice, crossEntropy) as tf.Scalar;
  const none = tf.scalar(0);
  return { total, parts: { dice, crossEntropy, distillation: none, divergence: none } };
}

/**
 * Stage two, of the student:
 *
 *   L = lambda L_KD + (1 - lambda) (L_Dice + L_BCE) + alpha KL(bottlenecks)
 *
 * L_KD is Dice and cross-entropy with the teacher's probabilities in place of the reference, both softened:
 * sigmoid(logits / T). The teacher is a constant.
 * @param scan that the student sees
 */
function studentObjective(
  parameters: NamedTensors,
  { images, regions }: DeviceBatch,
  scan: Modality,
): KdnetObjective {
  const teacher = untaped(() => ({ ...runKdnet(parameters, 'teacher', images) }));
  const one = tf.split<tf.Tensor5D>(images, MODALITIES.length, 4)[MODALITIES.indexOf(scan)];
  const student = runKdnet(parameters, 'student', one);
  const softened = (logits: tf.Tensor5D): tf.Tensor5D => tf.div(logits, TEMPERATURE);
  const dice = diceLoss(student.logits, regions);
  const crossEntropy = binaryCrossEntropy(student.logits, regions);
  const distillation = segmentationLoss(
    softened(student.logits),
    tf.sigmoid(softened(teacher.logits)),
  );
  const divergence = mapDivergence(teacher.bottleneck, student.bottleneck);
  const total = weightedSum(
    [TEACHER_SHARE, distillation],
    [1 - TEACHER_SHARE, dice],
    [1 - TEACHER_SHARE, crossEntropy],
    [DIVERGENCE_WEIGHT, divergence],
  );
  return { total, parts: { dice, crossEntropy, distillation, divergence } };
}

const channels = (width: number): number => bratsMethod('kdnet').channels!(width);

export const kdnet: SegmentationModel = {
  name: 'kdnet',
  layout: {
    shapes: ({ width }) => specShapes(kdnetSpecs(channels(width))),
    widthOf: widthByAxis('student.seg_layer.weight', 1, channels(1)),
  },
  parameters: (config, stream) => {
    soleScan(config);
    return freshParameters(kdnetSpecs(channels(config.width)), stream);
  },
  loss: ({ parameters, batch, config, stage }) =>
    stage === 1
      ? teacherObjective(parameters, batch)
      : studentObjective(parameters, batch, soleScan(config)),
  optimizer: optimizerOf,
  openTiles: oneScanTiles((parameters, scan) => runKdnet(parameters, 'student', scan).logits),
  probabilities: (logits) => tf.sigmoid(logits),
};
