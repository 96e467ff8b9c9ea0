/** The state of a training: the network, the optimizer's variables, the model's state. */
import { trainingSettings, type BratsTrainingConfig } from '../config';
import { disposeAll, type Parameters } from '../nn/parameters';
import { disposeOptimizerState, type OptimizerState } from '../nn/optimizer';
import { UserError } from '../base/errors';
import { precisionProblem } from '../nn/precision';
import { NUMERICS } from '../base/numerics';
import { randomStream, type RandomStream } from '../base/random';
import { LIB_VERSION } from '../base/version';
import type { Landmarks } from '../volume/landmarks';
import { modelNamed, type SegmentationModel } from './models';
import type { TrainingData } from './training-data';

/** What a training depends on besides config and seed. */
export interface TrainingOrigin {
  /** Version of the library that makes its steps; undefined if unknown. */
  lib?: string;
  /** `NUMERICS` of its steps; undefined if unknown. */
  numerics?: number;
  /** `hashDataSet` of its data; undefined if unknown. */
  dataSha256?: string;
  /** Facts of its data, for segmentation; undefined if unknown. Never compared. */
  trainingData?: TrainingData;
  /** By which its scans are normalised; undefined for other normalisations. */
  landmarks?: Landmarks;
  /** Forced resumes: before which step, and what had changed. */
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
  /** The model's state; undefined if it has none. */
  state: unknown;
  /** Steps done. */
  step: number;
  origin: TrainingOrigin;
}

/**
 * A training before its first step. The caller disposes of it with `disposeTraining`.
 * @throws UserError if there is no such model, or the card lacks the config's precision
 */
export function createTraining(
  settings: BratsTrainingConfig,
  seed: number,
  dataSha256?: string,
): Training {
  const config = trainingSettings(settings);
  const model = modelNamed(config.model);
  const problem = precisionProblem(config.precision);
  if (problem !== undefined) {
    const { precision } = config;
    throw new UserError(problem, { code: 'BAD_VALUE', field: 'brats.precision', value: precision });
  }
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
  disposeOptimizerState(optimizer);
  model.state?.dispose(state);
}

/**
 * The stream of one purpose. Each step draws from its own stream (`name/step`), so there
 * is no state to keep between steps.
 */
export function trainingStream(seed: number, name: string): RandomStream {
  return randomStream(seed, `brats/${name}`);
}
