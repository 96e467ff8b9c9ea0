/** A process that trains and evaluates for `comparison.ts`, one task after another. */
import { rmSync } from 'node:fs';
import { loadTraining } from '../checkpoint/training';
import type { BratsConfig } from '../config';
import { prepareCase } from '../data/prepared';
import { serveTasks } from '../task-pool';
import { writeFileWhole } from '../write-file';
import { runFile, type BratsRun, type BratsTask } from './comparison';
import { findDataSet, type BratsDataSet } from './data';
import { scoreSubsets, type SubsetScores } from './evaluate';
import { checkpointFile, previousFile, readLog, trainInFolder } from './folder';
import { trainingSteps } from './schedule';
import { disposeTraining, type Training } from './training';

export interface ComparisonRequest {
  task: BratsTask;
  config: BratsConfig;
  directory: string;
  data: string;
  pattern?: string;
}

export type ComparisonReply =
  { kind: 'progress'; step: number; steps: number } | { kind: 'done'; run: BratsRun };

/** Steps whose mean is one point of a curve. */
const STRIDE = 25;

serveTasks<ComparisonRequest, ComparisonReply>(async function* (request) {
  const { task, config, directory, pattern } = request;
  const data = findDataSet(request.data, { pattern });
  const training = { directory, config, seed: task.seed, data, workers: 1, tensorboard: false };
  let [seconds, steps] = [0, 0];
  for await (const event of trainInFolder(training)) {
    if (event.kind !== 'step') continue;
    seconds += event.seconds;
    steps += 1;
    yield { kind: 'progress', step: event.step + 1, steps: event.steps };
  }
  const started = performance.now();
  const trained = await loadTraining(checkpointFile(directory));
  try {
    const run: BratsRun = {
      ...task,
      test: await scoreCases(trained, data, data.splits.test),
      metaValidation: await scoreCases(trained, data, data.splits.metaValidation),
      ...curvesOf(directory),
      seconds: {
        // Of the steps done here: a training that was resumed counts what it would have taken in one go.
        training: steps > 0 ? (seconds / steps) * trainingSteps(config) : 0,
        evaluation: (performance.now() - started) / 1000,
      },
    };
    writeFileWhole(runFile(directory), JSON.stringify(run));
    rmSync(previousFile(directory), { force: true });
    yield { kind: 'done', run };
  } finally {
    disposeTraining(trained);
  }
});

async function scoreCases(
  { parameters, config }: Training,
  { cases }: BratsDataSet,
  names: readonly string[],
): Promise<Record<string, SubsetScores>> {
  const scores: Record<string, SubsetScores> = {};
  for (const files of cases.filter(({ name, labels }) => labels && names.includes(name))) {
    const rounded = scoreSubsets(parameters, await prepareCase(files), config.crop);
    scores[files.name] = rounded.map((regions) => regions.map((d) => Number(d.toFixed(4))));
  }
  return scores;
}

function curvesOf(directory: string): Pick<BratsRun, 'curves' | 'weights'> {
  const lines = readLog(directory);
  const mean = (key: 'dice' | 'crossEntropy' | 'distillation'): number[] =>
    Array.from({ length: Math.ceil(lines.length / STRIDE) }, (_, i) => {
      const part = lines.slice(i * STRIDE, (i + 1) * STRIDE);
      const sum = part.reduce((total, line) => total + line[key], 0);
      return Number((sum / part.length).toFixed(5));
    });
  return {
    curves: {
      stride: STRIDE,
      dice: mean('dice'),
      crossEntropy: mean('crossEntropy'),
      distillation: mean('distillation'),
    },
    weights: lines.flatMap(({ step, meta }) =>
      meta ? [{ step, w: meta.weights.map((w) => Number(w.toFixed(5))) }] : [],
    ),
  };
}
