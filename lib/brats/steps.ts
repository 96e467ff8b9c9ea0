/** The two steps of training: one of the network, one of the importance weights. */
import type { BratsTrainingConfig, ImportanceConfig } from '../config';
import { binaryCrossEntropy, diceLoss, segmentationLoss } from '../nn/losses';
import {
  fillMissing,
  importanceWeights,
  metaStep,
  pairwiseDistillation,
  teacherStudentRatios,
  type Importance,
} from '../mckd';
import { availabilityOf, type Modality } from '../base/modality';
import { decodeRegions, encodeModalities, type RunOptions } from '../models/segmentation';
import { valueAndGradients } from '../nn/gradients';
import type { NamedTensors } from '../nn/parameters';
import { tf } from '../nn/tf';

/** Crops on the device; the caller disposes of them. */
export interface DeviceBatch {
  /** [N, D, H, W, 4] in the order of `MODALITIES`. */
  images: tf.Tensor5D;
  /** [N, D, H, W, 3] in the order of `REGIONS`, 0 or 1. */
  regions: tf.Tensor5D;
}

export interface ObjectiveOptions extends RunOptions, Pick<ImportanceConfig, 'normalisation'> {
  /** Weight of L_KD; 0 leaves it out. */
  alpha: number;
  distance: BratsTrainingConfig['distance'];
}

/** The parts of the training objective, all scalars but the logits. */
export interface Objective {
  /** [N, D, H, W, 3]. */
  logits: tf.Tensor5D;
  dice: tf.Scalar;
  crossEntropy: tf.Scalar;
  /** Before its weight; 0 where it is left out. */
  distillation: tf.Scalar;
  total: tf.Scalar;
}

/**
 * The training objective of a batch that has the scans `present`:
 *
 *   L = L_Dice + L_BCE + alpha L_KD
 *
 * @param batch what its images hold of absent scans is not looked at
 */
export function objective(
  parameters: NamedTensors,
  importance: Importance,
  { images, regions }: DeviceBatch,
  present: readonly Modality[],
  { alpha, distance, normalisation, ...run }: ObjectiveOptions,
): Objective {
  const has = availabilityOf(present);
  const available = Array.from({ length: images.shape[0] }, () => has);
  const { features, skips } = encodeModalities(parameters, images, { ...run, present: has });
  const logits = decodeRegions(parameters, fillMissing(features, available), skips, run);
  const dice = diceLoss(logits, regions);
  const crossEntropy = binaryCrossEntropy(logits, regions);
  const distillation =
    alpha === 0
      ? tf.scalar(0)
      : pairwiseDistillation(
          features,
          available,
          teacherStudentRatios(importanceWeights(importance, { normalisation })),
          distance,
        );
  const total = tf.add(tf.add(dice, crossEntropy), tf.mul(distillation, alpha)) as tf.Scalar;
  return { logits, dice, crossEntropy, distillation, total };
}

export interface StepResult {
  /** d L / d parameter. The caller disposes of them. */
  gradients: NamedTensors;
  dice: number;
  crossEntropy: number;
  /** L_KD before its weight. */
  distillation: number;
}

/** Objective and gradients of a batch that has the scans `present`. */
export function trainStep(
  parameters: NamedTensors,
  importance: Importance,
  batch: DeviceBatch,
  present: readonly Modality[],
  options: ObjectiveOptions,
): StepResult {
  const kept: tf.Scalar[] = [];
  const { value, gradients } = valueAndGradients(() => {
    const { total, ...parts } = objective(parameters, importance, batch, present, options);
    for (const part of [parts.dice, parts.crossEntropy, parts.distillation]) {
      kept.push(tf.keep(part.clone()));
    }
    return total;
  }, parameters);
  const [dice, crossEntropy, distillation] = kept.map((part) => part.dataSync()[0]);
  tf.dispose([value, ...kept]);
  return { gradients, dice, crossEntropy, distillation };
}

/**
 * One step of theta_w on a meta-validation batch that has the scans `present`.
 * @param options.fills do absent features get the mean of the present ones before they are weighted?
 * @param options.config how weights are made of theta_w, and what moves it
 * @returns L_Dice + L_BCE before the step
 */
export function metaStepOn(
  parameters: NamedTensors,
  importance: Importance,
  batch: DeviceBatch,
  present: readonly Modality[],
  { fills, config }: { fills: boolean; config: ImportanceConfig },
): number {
  return tf.tidy(() => {
    const has = availabilityOf(present);
    const { features, skips } = encodeModalities(parameters, batch.images, { present: has });
    const available = Array.from({ length: batch.images.shape[0] }, () => has);
    const entering = fills ? fillMissing(features, available) : features;
    return metaStep(importance, config, entering, (weighted) =>
      segmentationLoss(decodeRegions(parameters, weighted, skips), batch.regions),
    );
  });
}
