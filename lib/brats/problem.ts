/** The segmentation as a problem of experiments: a training in two stages, scored on the 15 subsets of scans. */
import { join } from 'node:path';
import { bratsTrainingSchema } from '../config/brats';
import type { Problem } from '../experiment/experiment';
import type { RunLocation } from '../experiment/store';
import type { BratsData } from './data-set';
import { trainingWork } from './cost';
import { previousFile, scoredFile } from './folder-files';
import { bratsScoresSchema } from './run-record';
import { requireScorable } from './scorable';
import type { BratsKind } from './train-and-score';

export type BratsRunLocation = RunLocation<BratsData>;

export const brats: Problem<BratsKind> = {
  name: 'brats',
  config: bratsTrainingSchema,
  scores: bratsScoresSchema,
  worker: join(__dirname, 'worker.js'),
  work: trainingWork,
  requireScorable,
  train: async function* (request, options) {
    // Reading records needs no TensorFlow.
    const { trainAndScore } = await import('./train-and-score.js');
    return yield* trainAndScore(request, options);
  },
  stepsOf: (event) =>
    event.kind === 'step' ? { done: event.step + 1, total: event.steps } : undefined,
  leftovers: (folder) => [previousFile(folder), scoredFile(folder)],
  migrate: ({ method, curves, ...run }) => ({
    ...(method === undefined ? {} : { arm: method }),
    ...run,
    curves: withLosses(curves),
  }),
};

/** Older runs have the parts of the loss beside `stride`. */
function withLosses(curves: unknown): unknown {
  if (typeof curves !== 'object' || curves === null || 'losses' in curves) return curves;
  const { stride, ...losses } = curves as Record<string, unknown>;
  return { stride, losses };
}
