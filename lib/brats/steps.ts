/** One step of training on crops that are on the device. */
import type { Modality } from '../base/modality';
import type { Steps } from '../graph/steps';
import { runTrainingStep, type TrainingStepResult } from '../graph/training-step';
import type { RunOptions } from '../models/segmentation';
import { countOptimizerStep } from '../nn/optimizer';
import { seedsOf } from '../nn/random';
import { tf } from '../nn/tf';
import { maskOf } from './available';
import type { DeviceBatch } from './models';
import type { Position } from './schedule';
import { trainingStream, type Training } from './training';

export interface TrainingStepInput {
  batch: DeviceBatch;
  /** The modalities of each sample. */
  available: readonly (readonly Modality[])[];
  position: Pick<Position, 'step' | 'stage' | 'iteration' | 'until' | 'learningRate'>;
}

/**
 * Loss, gradients and the optimizer's step, which changes nothing where any of them is not finite.
 *
 * @param training its step is not counted
 * @param steps opened for this training: its config is a part of each of them
 */
export function trainOnBatch(
  steps: Steps,
  training: Omit<Training, 'step' | 'origin'>,
  { batch, available, position }: TrainingStepInput,
  { recompute = false }: RunOptions = {},
): TrainingStepResult {
  const { model, config, seed, parameters, optimizer, state } = training;
  const { stage, learningRate } = position;
  const mask = maskOf(available);
  const list = model.availability === 'mask' ? [] : available[0];
  const numbers = (model.numbers?.(position, config) ?? []).map((value) => tf.scalar(value));
  const move = model.optimizer(config);
  const rates = move.rates(optimizer, learningRate);
  try {
    const result = runTrainingStep(steps, {
      signature: [
        `training, stage ${stage}`,
        list.join(' '),
        batch.images.shape.join(' x '),
        ...(recompute ? ['recomputing'] : []),
        rates.signature,
      ].join(', '),
      inputs: [batch.images, batch.regions, mask, ...numbers, ...rates.tensors],
      variables: [
        ...Object.values(parameters),
        ...Object.values(optimizer.slots).flatMap(Object.values<tf.Variable>),
        ...stateVariables(training),
      ],
      draw: seedsOf(trainingStream(seed, `noise/${position.step}`)),
      parameters,
      precision: config.precision,
      loss: (seed) => () =>
        model.loss(
          { parameters, state, batch, available: list, mask, config, stage, numbers, seed },
          { recompute },
        ),
      update: (gradients) => move.step(parameters, gradients, optimizer, rates),
    });
    countOptimizerStep(optimizer, result.moved);
    return result;
  } finally {
    tf.dispose([mask, ...numbers, ...rates.tensors]);
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
