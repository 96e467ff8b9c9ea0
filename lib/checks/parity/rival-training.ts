/** Steps of training a method on filled batches, to set beside the same in PyTorch (data-scripts/pytorch/rivals). */
import type { RandomStream } from '../../base/random';
import { openSteps } from '../../graph/steps';
import { runTrainingStep } from '../../graph/training-step';
import { isDiscriminators } from '../../brats/models/acn';
import { composedOptimizer } from '../../nn/composed-optimizer';
import { adamOptimizer, renewedAdamOptimizer } from '../../nn/adam';
import { countOptimizerStep, disposeOptimizerState, type Optimizer } from '../../nn/optimizer';
import { sgdOptimizer } from '../../nn/sgd';
import { disposeAll, freshParameters, type Parameters } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import { filledFrom } from './filling';
import type { RivalCase } from './golden';
import { RIVALS, rivalInputs, type RivalTensors, type Setting } from './rivals';

/** Names as in a golden file; read by the other side, too. */
export interface RivalTrainingSpec {
  rival: string;
  settings: Readonly<Record<string, number>>;
  case: RivalCase;
  optimizer: RivalOptimizer;
}

export type RivalOptimizer =
  | { kind: 'sgd'; rate: number; momentum: number }
  | { kind: 'adam'; rate: number; decay: number; amsgrad: boolean };

/** A batch on the device. */
export interface RivalBatch {
  case: RivalCase;
  tensors: RivalTensors;
}

export interface RivalTraining {
  parameters: Parameters;
  /** Of the case, or of another tag or other modalities; `disposeRivalBatch` disposes of it. */
  batch(own?: Partial<Pick<RivalCase, 'tag' | 'available'>>): RivalBatch;
  /** @returns the total loss before it */
  step(batch: RivalBatch): number;
  dispose(): void;
}

export function disposeRivalBatch({ tensors }: RivalBatch): void {
  tf.dispose({ ...tensors });
}

/** Of ACN's discriminators, whose Adam its authors make anew at each step. */
const DISCRIMINATOR_RATE = 1e-4;

function optimizerOf(chosen: RivalOptimizer): Optimizer {
  const own =
    chosen.kind === 'sgd'
      ? sgdOptimizer({ momentum: chosen.momentum, nesterov: true })
      : adamOptimizer({ weightDecay: chosen.decay, amsgrad: chosen.amsgrad });
  const renewed = renewedAdamOptimizer({ learningRate: DISCRIMINATOR_RATE });
  return composedOptimizer([
    { moves: isDiscriminators, optimizer: renewed },
    { moves: () => true, optimizer: own },
  ]);
}

/** The caller disposes of them. @param stream of fresh weights; none: weights by the rule of `filling.ts` */
export function rivalParameters(
  { rival, settings, case: of }: Omit<RivalTrainingSpec, 'optimizer'>,
  stream?: RandomStream,
): Parameters {
  const specs = RIVALS[rival].specs((name) => settings[name], of);
  return stream ? freshParameters(specs, stream) : filledFrom(specs);
}

/** @param stream as in `rivalParameters` */
export function openRivalTraining(spec: RivalTrainingSpec, stream?: RandomStream): RivalTraining {
  const { settings, case: of, optimizer: chosen } = spec;
  const rival = RIVALS[spec.rival];
  const setting: Setting = (name) => settings[name];
  const parameters = rivalParameters(spec, stream);
  const optimizer = optimizerOf(chosen);
  const state = optimizer.create(parameters);
  const steps = openSteps();
  return {
    parameters,
    batch: (own) => {
      const at = { ...of, ...own };
      return { case: at, tensors: rivalInputs(rival, setting, at) };
    },
    step: ({ case: at, tensors }) => {
      const { images, labels, mask, noise } = tensors;
      const rates = optimizer.rates(state, chosen.rate);
      const list = rival.availability === 'sample' ? [] : at.available;
      const { losses, moved } = runTrainingStep(steps, {
        signature: [list.join(' '), rates.signature].join(', '),
        inputs: [images, labels, mask, ...noise, ...rates.tensors],
        variables: [parameters, ...Object.values(state.slots)].flatMap(Object.values<tf.Variable>),
        parameters,
        loss: () => () => {
          const { total } = rival.run({ parameters, setting, case: at, ...tensors }).losses;
          return { total, parts: { total } };
        },
        update: (gradients) => optimizer.step(parameters, gradients, state, rates),
      });
      countOptimizerStep(state, moved);
      tf.dispose([...rates.tensors]);
      return losses.total;
    },
    dispose: () => {
      disposeAll(parameters);
      disposeOptimizerState(state);
      steps.dispose();
    },
  };
}
