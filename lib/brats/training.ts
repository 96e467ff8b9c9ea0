/** All that a training changes: the network, its velocities, the importance weights. */
import { trainingSettings, type BratsTrainingConfig } from '../config';
import { disposeImportance, initImportance, type Importance } from '../mckd';
import { MODALITIES } from '../base/modality';
import { segmentationParameters } from '../models/segmentation';
import { disposeAll, type Parameters } from '../nn/parameters';
import { initSgd, type SgdState } from '../nn/optimizers';
import { NUMERICS } from '../base/numerics';
import { randomStream, type RandomStream } from '../base/random';
import { LIB_VERSION } from '../base/version';
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
  config: BratsTrainingConfig;
  seed: number;
  parameters: Parameters;
  velocity: SgdState;
  importance: Importance;
  /** Steps done. */
  step: number;
  origin: TrainingOrigin;
}

/** A training before its first step. The caller disposes of it with `disposeTraining`. */
export function createTraining(
  settings: BratsTrainingConfig,
  seed: number,
  dataSha256?: string,
): Training {
  const config = trainingSettings(settings);
  const parameters = segmentationParameters(config.width, trainingStream(seed, 'network'));
  return {
    config,
    seed,
    parameters,
    velocity: initSgd(parameters),
    importance: initImportance(
      MODALITIES.length,
      config.importance,
      trainingStream(seed, 'importance'),
    ),
    step: 0,
    origin: { lib: LIB_VERSION, numerics: NUMERICS.brats, dataSha256, forced: [] },
  };
}

export function disposeTraining({ parameters, velocity, importance }: Training): void {
  disposeAll(parameters);
  disposeAll(velocity);
  disposeImportance(importance);
}

/**
 * The stream of one purpose. What a step draws comes from a stream of its own (`name/step`), so there
 * is no state to keep between steps.
 */
export function trainingStream(seed: number, name: string): RandomStream {
  return randomStream(seed, `brats/${name}`);
}
