/** A process that trains and evaluates for `comparison.ts`, one task after another. */
import type { Config } from '../config';
import { serveTasks } from '../experiment/task-pool';
import { trainTask, type BratsPlace } from './task';
import type { BratsRun, BratsTask } from './run-record';

export interface ComparisonRequest {
  config: Config;
  task: BratsTask;
  place: BratsPlace;
}

export type ComparisonReply =
  { kind: 'progress'; step: number; steps: number } | { kind: 'done'; run: BratsRun };

/** A process whose pool was killed has the folder until its step is done. */
const LOCK_WAIT_MS = 60_000;

serveTasks<ComparisonRequest, ComparisonReply>(async function* ({ config, task, place }, signal) {
  const options = { signal, lockWaitMs: LOCK_WAIT_MS };
  for await (const event of trainTask(config, task, place, options)) {
    if (event.kind === 'step') yield { kind: 'progress', step: event.step + 1, steps: event.steps };
    if (event.kind === 'run') yield { kind: 'done', run: event.run };
  }
});
