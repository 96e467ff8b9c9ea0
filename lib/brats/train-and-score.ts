/** One training of an experiment: its steps in a folder, then its Dice on the held-out cases. */
import { mean } from '../base/statistics';
import type { BratsTrainingConfig } from '../config';
import type { Kind, Trained, TrainingRequest } from '../experiment/experiment';
import type { BratsData } from './data-set';
import { readLog, trainInLocked, type FolderOptions } from './folder';
import type { BratsScores } from './run-record';
import { trainingSteps } from './schedule';
import { scoreTraining, type ScoringEvent } from './score-training';
import { trainingSeconds } from './step-seconds';
import type { BratsStepEvent } from './train';

export type BratsTaskEvent = BratsStepEvent | ScoringEvent;

/** How a training is run; none of it changes a result. */
export interface BratsTrainOptions extends Pick<
  FolderOptions,
  'checkpointEvery' | 'force' | 'onNote' | 'onCompile' | 'batches'
> {
  /** Threads that make crops; default: one. */
  workers?: number;
}

export interface BratsKind extends Kind {
  config: BratsTrainingConfig;
  scores: BratsScores;
  data: BratsData;
  event: BratsTaskEvent;
  options: BratsTrainOptions;
}

/** Steps between two checkpoints: few, since several trainings run unattended for hours. */
const CHECKPOINT_EVERY = 50;

/** Yields steps, then scored cases. The scores are of the network after the last step. */
export async function* trainAndScore(
  { config, seed, data, folder }: TrainingRequest<BratsKind>,
  options: BratsTrainOptions & { signal?: AbortSignal },
): AsyncGenerator<BratsTaskEvent, Trained<BratsScores> | undefined> {
  const identity = { config, seed, data };
  const training = { directory: folder, ...identity, workers: 1, tensorboard: false, ...options };
  training.checkpointEvery ??= CHECKPOINT_EVERY;
  for await (const event of trainInLocked(training)) if (event.kind === 'step') yield event;
  if (options.signal?.aborted) return undefined;
  const scored = yield* scoreTraining(folder, data, config, options.signal);
  if (!scored) return undefined;
  const { seconds: evaluation, ...scores } = scored;
  return {
    ...scores,
    ...curvesOf(folder),
    seconds: { training: trainingSeconds(folder, trainingSteps(config)), evaluation },
  };
}

/** Steps averaged per point of a curve. */
const STRIDE = 25;

function curvesOf(folder: string): Pick<BratsScores, 'curves' | 'weights'> {
  const lines = readLog(folder);
  const names = Object.keys(lines[0]?.losses ?? {});
  const curve = (name: string): number[] =>
    Array.from({ length: Math.ceil(lines.length / STRIDE) }, (_, i) => {
      const part = lines.slice(i * STRIDE, (i + 1) * STRIDE);
      return Number(mean(part.map(({ losses }) => losses[name])).toFixed(5));
    });
  return {
    curves: {
      stride: STRIDE,
      losses: Object.fromEntries(names.map((name) => [name, curve(name)])),
    },
    weights: lines.flatMap(({ step, meta }) =>
      meta?.weights ? [{ step, w: meta.weights.map((w) => Number(w.toFixed(5))) }] : [],
    ),
  };
}
