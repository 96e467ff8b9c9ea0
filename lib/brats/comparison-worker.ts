/** A process that trains and evaluates for `comparison.ts`, one task after another. */
import type { Config } from '../config';
import { serveTasks } from '../task-pool';
import { trainTask, type BratsPlace, type BratsRun, type BratsTask } from './task';

export interface ComparisonRequest {
  config: Config;
  task: BratsTask;
  place: BratsPlace;
}

export type ComparisonReply =
  { kind: 'progress'; step: number; steps: number } | { kind: 'done'; run: BratsRun };

serveTasks<ComparisonRequest, ComparisonReply>(async function* ({ config, task, place }) {
  for await (const event of trainTask(config, task, place)) {
    if (event.kind === 'step') yield { kind: 'progress', step: event.step + 1, steps: event.steps };
    if (event.kind === 'run') yield { kind: 'done', run: event.run };
  }
});
