/** All that a training changes: the network, the optimizer's variables, the model's state. */
import { trainingSettings, type BratsTrainingConfig } from '../config';
import { disposeAll, type Parameters } from '../nn/parameters';
import type { OptimizerState } from '../nn/optimizers';
import { NUMERICS } from '../base/numerics';
import { randomStream, type RandomStream } from '../base/random';
import { LIB_VERSION } from '../base/version';
import { modelNamed, type SegmentationModel } from './models';
import type { TrainingData } from './training-data';

/** What a training stands on beside config and seed. */
export interface TrainingOrigin {
  /** Version of the library that makes its steps; undefined in a checkpoint that does not say. */
  lib?: string;
  /** `NUMERICS` of its steps; undefined in a checkpoint that does not say. */
  numerics?: number;
  /** `hashDataSet` of what it reads; undefined where nobody said. */
  dataSha256?: string;
  /** Of what it reads, for who segments with it; undefined in a checkpoint that does not say. Nothing compares it. */
  trainingData?: TrainingData;
  /** Where it went on although something had changed: before which step, and what. */
  forced: readonly { step: number; differences: readonly string[] }[];
}

/** A training between two steps. */
export interface Training {
  /** Of `config.model`. */
  model: SegmentationModel;
  config: BratsTrainingConfig;
  seed: number;
  parameters: Parameters;
  optimizer: OptimizerState;
  /** The model's own; undefined where it has none. */
  state: unknown;
  /** Steps done. */
  step: number;
  origin: TrainingOrigin;
}

/**
 * A training before its first step. The caller disposes of it with `disposeTraining`.
 * @throws UserError where there is no such model
 */
export function createTraining(
  settings: BratsTrainingConfig,
  seed: number,
  dataSha256?: string,
): Training {
  const config = trainingSettings(settings);
  const model = modelNamed(config.model);
  const parameters = model.parameters(config, trainingStream(seed, 'network'));
  return {
    model,
    config,
    seed,
    parameters,
    optimizer: model.optimizer(config).create(parameters),
    state: model.state?.create(config, (name) => trainingStream(seed, name)),
    step: 0,
    origin: { lib: LIB_VERSION, numerics: NUMERICS.brats, dataSha256, forced: [] },
  };
}

export function disposeTraining({ model, parameters, optimizer, state }: Training): void {
  disposeAll(parameters);
  Object.values(optimizer).forEach(disposeAll);
  model.state?.dispose(state);
}

/**
 * The stream of one purpose. What a step draws comes from a stream of its own (`name/step`), so there
 * is no state to keep between steps.
 */
export function trainingStream(seed: number, name: string): RandomStream {
  return randomStream(seed, `brats/${name}`);
}
