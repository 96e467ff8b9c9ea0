/** One training of an experiment: its steps in a folder, then its Dice on the held-out cases. */
import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { MODALITY_SUBSETS } from '../base/modality';
import { sha256 } from '../base/sha256';
import { mean } from '../base/statistics';
import type { BratsTrainingConfig } from '../config';
import type { Kind, Trained, TrainingRequest } from '../experiment/experiment';
import { openSteps } from '../graph/steps';
import { openPrepared } from '../loading/prepared';
import { loadTraining } from './checkpoint/training';
import type { BratsData } from './data-set';
import { scoreCase } from './evaluate';
import { networkSize } from './network-size';
import { checkpointFile, readLog, trainInLocked, type FolderOptions } from './folder';
import type { BratsScores } from './run-record';
import { trainingSteps } from './schedule';
import { voxelSizeOfCase } from './training-data';
import { trainingSeconds } from './step-seconds';
import type { BratsStepEvent } from './train';
import { disposeTraining } from './training';

export type BratsTaskEvent =
  | BratsStepEvent
  /** Cases scored, of the total. */
  | { kind: 'evaluation'; done: number; total: number };

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
  const started = performance.now();
  const scores = yield* scoreTraining(folder, data, config, options.signal);
  if (!scores) return undefined;
  return {
    ...scores,
    ...curvesOf(folder),
    seconds: {
      training: trainingSeconds(folder, trainingSteps(config)),
      evaluation: (performance.now() - started) / 1000,
    },
    checkpointSha256: sha256(readFileSync(checkpointFile(folder))),
  };
}

type Scored = Required<
  Pick<BratsScores, 'test' | 'metaValidation' | 'hd95' | 'calibration' | 'network'>
>;

/** Scores the network of a folder on test and meta-validation cases; nothing if aborted. */
async function* scoreTraining(
  folder: string,
  data: BratsData,
  { crop, normalisation }: BratsTrainingConfig,
  signal: AbortSignal | undefined,
): AsyncGenerator<BratsTaskEvent, Scored | undefined> {
  const cases = (['test', 'metaValidation'] as const).flatMap((set) =>
    data.cases
      .filter(({ name }) => data.splits[set].includes(name))
      .map((files) => ({ set, files })),
  );
  const prepared = openPrepared(data.cases, { normalisation });
  const trained = await loadTraining(checkpointFile(folder));
  const steps = openSteps({ expected: cases.length * MODALITY_SUBSETS.length });
  const scores: Scored = {
    ...{ test: {}, metaValidation: {}, hd95: {}, calibration: {} },
    network: networkSize(trained, crop),
  };
  try {
    for (const [i, { set, files }] of cases.entries()) {
      const { name } = files;
      // So that signals are handled.
      await turn();
      if (signal?.aborted) return undefined;
      const whole = await prepared.whole(name);
      // Settings are chosen by Dice alone.
      const voxelSize = set === 'test' ? await voxelSizeOfCase(files) : undefined;
      const { dice, hd95, calibration } = scoreCase(trained, whole, {
        tile: crop,
        voxelSize,
        steps,
      });
      scores[set][name] = rounded(dice, 4);
      if (hd95) {
        scores.hd95[name] = rounded(hd95, 2);
        [scores.calibration[name]] = rounded([calibration], 6);
      }
      yield { kind: 'evaluation', done: i + 1, total: cases.length };
    }
  } finally {
    steps.dispose();
    disposeTraining(trained);
  }
  return scores;
}

const rounded = (rows: readonly number[][], digits: number): number[][] =>
  rows.map((row) => row.map((value) => Number(value.toFixed(digits))));

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
