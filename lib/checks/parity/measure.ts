/** The kit's results for the cases and the trajectory of a reference, in the reference's format. */
import { TO_TORCH } from '../../brats/checkpoint/layout';
import { learningRateAt } from '../../brats/schedule';
import type { DeviceBatch } from '../../brats/models';
import { metaStepOn, objective } from '../../brats/models/mckd';
import type { ImportanceConfig } from '../../config';
import { segmentationLoss } from '../../nn/losses';
import {
  disposeImportance,
  IMPORTANCE_NAME,
  initImportance,
  metaGradient,
  type Importance,
} from '../../mckd';
import { MODALITIES, type Modality } from '../../base/modality';
import { decodeRegions, encodeModalities } from '../../models/segmentation';
import { lossAndGradients, valueAndGradients } from '../../nn/gradients';
import { disposeAll, type Parameters } from '../../nn/parameters';
import { initSgd, sgdStep } from '../../nn/sgd';
import { randomStream } from '../../base/random';
import { tf } from '../../nn/tf';
import { filled, filledBatch, filledParameters } from './filling';
import type { ReferenceCase, ReferenceTrajectory } from './reference';

/** The reference's total loss. */
/** The learning rate falls with each iteration. */
const ITERATIONS = { decay: 'iterations', decayFactor: 1, epoch: 1 } as const;

const OBJECTIVE = { alpha: 0.1, distance: 'L1', normalisation: 'softmax' } as const;

/** theta_w by the filling rule. The caller disposes of it with `disposeImportance`. */
export function filledImportance(): Importance {
  const overwritten = randomStream(0, 'overwritten');
  const importance = initImportance(MODALITIES.length, { initial: 'equal' }, overwritten);
  tf.tidy(() =>
    importance.theta[IMPORTANCE_NAME].assign(tf.tensor1d(filled(IMPORTANCE_NAME, 4, 0, 1))),
  );
  return importance;
}

const modalitiesAt = (indices: readonly number[]): Modality[] => indices.map((m) => MODALITIES[m]);

/** A tensor's values at flat indices of PyTorch's layout. */
function valuesAt(tensor: tf.Tensor, toTorch: number[], index: readonly number[]): number[] {
  return tf.tidy(() => {
    const torch = tf.reshape(tensor.rank === 5 ? tf.transpose(tensor, toTorch) : tensor, [-1]);
    return Array.from(tf.gather(torch, tf.tensor1d([...index], 'int32')).dataSync());
  });
}

/** NDHWC to NCDHW. */
const CHANNELS_FIRST = [0, 4, 1, 2, 3];

/**
 * Runs a case: losses, logits, every gradient, the meta forward and its gradient.
 * @param parameters by the filling rule; they stay the caller's
 */
export function measureCase(parameters: Parameters, reference: ReferenceCase): ReferenceCase {
  const batch: DeviceBatch = toBatch(filledBatch(reference.tag, reference.batch, reference.crop));
  const importance = filledImportance();
  const present = modalitiesAt(reference.available);
  try {
    const parts: Record<string, tf.Tensor> = {};
    const { value, gradients } = valueAndGradients(() => {
      const made = objective(parameters, importance, batch, present, OBJECTIVE);
      const { logits, total } = made;
      for (const [name, tensor] of Object.entries({ logits, total, ...made.parts })) {
        parts[name] = tf.keep(tensor.clone());
      }
      return made.total;
    }, parameters);
    const number = (tensor: tf.Tensor): number => tensor.dataSync()[0];
    const moments = tf.tidy(() => {
      const { mean, variance } = tf.moments(parts.logits);
      return [number(mean), Math.sqrt(number(variance))];
    });
    const grad: ReferenceCase['grad'] = {};
    for (const [name, { index }] of Object.entries(reference.grad)) {
      const gradient = gradients[name];
      grad[name] = gradient
        ? {
            index,
            l2: tf.tidy(() => number(tf.norm(gradient))),
            value: valuesAt(gradient, TO_TORCH, index),
          }
        : { index, l2: 0, value: index.map(() => 0) };
    }
    const result: ReferenceCase = {
      ...reference,
      logits: {
        ...reference.logits,
        mean: moments[0],
        std: moments[1],
        value: valuesAt(parts.logits, CHANNELS_FIRST, reference.logits.index),
      },
      dice_loss: number(parts.dice),
      bce_loss: number(parts.crossEntropy),
      kd_loss: number(parts.distillation),
      total_loss: number(parts.total),
      grad,
      meta: measureMeta(parameters, importance, batch, reference),
    };
    disposeAll(gradients);
    disposeAll(parts);
    value.dispose();
    return result;
  } finally {
    disposeImportance(importance);
    tf.dispose([batch.images, batch.regions]);
  }
}

function measureMeta(
  parameters: Parameters,
  importance: Importance,
  batch: DeviceBatch,
  { meta }: ReferenceCase,
): ReferenceCase['meta'] {
  return tf.tidy(() => {
    const { features, skips } = encodeModalities(parameters, batch.images);
    let sampled: number[] = [];
    const { value, gradients } = metaGradient(importance, OBJECTIVE, features, (weighted) => {
      const logits = decodeRegions(parameters, weighted, skips);
      sampled = valuesAt(logits, CHANNELS_FIRST, meta.logits.index);
      return segmentationLoss(logits, batch.regions);
    });
    return {
      val_loss: value.dataSync()[0],
      grad_importance: Array.from(gradients[IMPORTANCE_NAME].dataSync()),
      logits: { index: meta.logits.index, value: sampled },
    };
  });
}

/** Optimizer of the reference's theta_w. */
function importanceConfig({ importance_adam }: ReferenceTrajectory): ImportanceConfig {
  return {
    normalisation: OBJECTIVE.normalisation,
    initial: 'equal',
    optimizer: 'adam',
    learningRate: importance_adam.lr,
    weightDecay: importance_adam.weight_decay,
  };
}

/** The reference validates on one case, whatever its batch size. */
const META_CASES = 1;

/** Trains from the filled weights as the reference did, and returns its losses step by step. */
export function measureTrajectory(
  reference: ReferenceTrajectory,
  onStep: () => void = () => undefined,
): ReferenceTrajectory {
  const { tag, batch, crop } = reference;
  const parameters = filledParameters();
  const velocity = initSgd(parameters);
  const importance = filledImportance();
  const config = importanceConfig(reference);
  try {
    const steps = reference.steps.map((step) => {
      const data = toBatch(filledBatch(`${tag}/train/${step.step}`, batch, crop));
      const present = modalitiesAt(step.available);
      const options = { ...OBJECTIVE, alpha: reference.kd_weight };
      const { gradients, losses: parts } = lossAndGradients(
        () => objective(parameters, importance, data, present, options),
        parameters,
      );
      const learningRate = learningRateAt(step.step, reference.num_steps, {
        learningRate: reference.lr,
        decayPower: reference.power,
        ...ITERATIONS,
      });
      sgdStep(parameters, gradients, velocity, learningRate, reference);
      disposeAll(gradients);
      tf.dispose([data.images, data.regions]);
      const losses = {
        ...step,
        seg_loss: parts.dice + parts.crossEntropy,
        kd_loss: parts.distillation,
      };
      onStep();
      if (step.step % reference.meta_every !== 0) return losses;
      const held = toBatch(filledBatch(`${tag}/val/${step.step}`, META_CASES, crop));
      const valLoss = metaStepOn(parameters, importance, held, MODALITIES, {
        fills: false,
        config,
      });
      tf.dispose([held.images, held.regions]);
      return {
        ...losses,
        meta_val_loss: valLoss,
        importance_logits: Array.from(importance.theta[IMPORTANCE_NAME].dataSync()),
      };
    });
    return { ...reference, steps };
  } finally {
    disposeAll(parameters);
    disposeAll(velocity);
    disposeImportance(importance);
  }
}

function toBatch({ images, labels }: { images: tf.Tensor5D; labels: tf.Tensor5D }): DeviceBatch {
  return { images, regions: labels };
}
