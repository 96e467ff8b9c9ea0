/** One epoch of a training, for the methods and for what is trained before them. */
import { UserError } from '../base/errors';
import type { RandomStream } from '../base/random';
import type { AvTrainingConfig } from '../config';
import type { Steps } from '../graph/steps';
import type { AvProtocol, TrainingPairs } from './models/model';
import type { TrainingSplit } from './split';
import { trainStep, type Trainee } from './steps';

export interface Epoch {
  split: TrainingSplit;
  protocol: AvProtocol;
  /** 1 .. epochs. */
  epoch: number;
  batches: readonly number[][];
  dropout: RandomStream;
  /** What is trained, in errors; default: the method. */
  stage?: string;
}

/**
 * @returns each part of the loss before its weight, mean over the epoch's steps
 * @throws UserError if a loss or gradient is not finite: before it touches a weight, naming epoch, step and pairs
 */
export function trainEpoch(
  steps: Steps,
  trainee: Trainee,
  { train, recordings, seed }: TrainingPairs,
  { split, protocol, epoch, batches, dropout, stage }: Epoch,
): Record<string, number> {
  const decays = Math.floor((epoch - 1) / protocol.decayEveryEpochs);
  const learningRate = protocol.learningRate * protocol.decayFactor ** decays;
  const { trainingModeEpochs = Infinity } = protocol;
  const inferenceMode = epoch > trainingModeEpochs;
  const means: Record<string, number> = {};
  for (const [step, indices] of batches.entries()) {
    const input = { train, split, indices, learningRate, dropout, epoch, inferenceMode };
    const { losses, wrong } = trainStep(steps, trainee, input);
    if (wrong) {
      const pairs = indices.map((p) => recordings[p]).join(', ');
      const at = `${stage ? `${stage}, ` : ''}epoch ${epoch}, step ${step}`;
      throw runError(
        trainee.config,
        seed,
        `${at}: ${named(wrong.field)} is ${wrong.value} on ${pairs}`,
      );
    }
    for (const [name, loss] of Object.entries(losses))
      means[name] = (means[name] ?? 0) + loss / batches.length;
  }
  return means;
}

/** Name of a part of the loss in errors. */
function named(field: string): string {
  if (field === 'task') return 'the loss';
  return field.startsWith('the ') ? field : `the ${field}`;
}

/** An error of a run that names its cell. */
export function runError(
  { method, scarce, rate }: AvTrainingConfig,
  seed: number,
  what: string,
): UserError {
  return new UserError(
    `${method}, ${scarce} scarce at ${rate}, seed ${seed}: ${what}; check these recordings, or lower avMnist.learningRate`,
    { code: 'NOT_FINITE', field: 'loss', value: what },
  );
}
