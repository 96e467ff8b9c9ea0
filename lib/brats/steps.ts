/** One step of training on crops that are on the device. */
import type { Modality } from '../base/modality';
import type { Steps } from '../graph/steps';
import { runTrainingStep, type TrainingStepResult } from '../graph/training-step';
import type { RunOptions } from '../models/segmentation';
import { tf } from '../nn/tf';
import type { DeviceBatch } from './models';
import type { Training } from './training';

export interface TrainingStepInput {
  batch: DeviceBatch;
  /** The modalities that the batch has; what its images hold of others is not looked at. */
  available: readonly Modality[];
  stage: 1 | 2;
  learningRate: number;
}

/**
 * Loss, gradients and the optimizer's step, which changes nothing where any of them is not finite.
 *
 * @param training its step is not counted
 * @param steps opened for this training: its config is a part of each of them
 */
export function trainOnBatch(
  steps: Steps,
  training: Omit<Training, 'step' | 'origin' | 'seed'>,
  { batch, available, stage, learningRate }: TrainingStepInput,
  { recompute = false }: RunOptions = {},
): TrainingStepResult {
  const { model, config, parameters, optimizer, state } = training;
  const rate = tf.scalar(learningRate);
  const move = model.optimizer(config);
  try {
    return runTrainingStep(steps, {
      signature: `training, stage ${stage}, ${available.join(' ')}, ${batch.images.shape.join(' x ')}${recompute ? ', recomputing' : ''}`,
      inputs: [batch.images, batch.regions, rate],
      variables: [
        ...Object.values(parameters),
        ...Object.values(optimizer).flatMap(Object.values<tf.Variable>),
        ...stateVariables(training),
      ],
      parameters,
      loss: () => () =>
        model.loss({ parameters, state, batch, available, config, stage }, { recompute }),
      update: (gradients) => move.step(parameters, gradients, optimizer, rate),
    });
  } finally {
    rate.dispose();
  }
}

/** Those of the model's own state. */
function stateVariables({
  model,
  config,
  state,
}: Pick<Training, 'model' | 'config' | 'state'>): tf.Variable[] {
  const own = model.state?.variables(state, config);
  return own ? [...Object.values(own.weights), ...Object.values(own.training)] : [];
}
