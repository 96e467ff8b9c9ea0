/** An experiment's missing trainings in parallel processes, with progress; can be stopped and resumed. */
import { existsSync } from 'node:fs';
import { serveTasks } from '../base/pool';
import { makeFolder } from '../base/atomic-write';
import { cellName, cellsOf, longestFirst, type ExperimentCell } from './cells';
import type { Experiment, Problem, Run, StepCount, Kind } from './experiment';
import { describePlan, planProcesses, planWishes, type PlanWishes } from './process-plan';
import { roomHere } from './room';
import { runFile, trainingsByFolder, type RunLocation } from './store';
import { runTasks } from './task-pool';
import { trainCell, type RunEvent, type TrainCellOptions } from './train-cell';

export type ExperimentEvent<K extends Kind> =
  /** `line`: how the trainings are distributed over the machine. */
  | { kind: 'plan'; total: number; done: number; line: string }
  | { kind: 'progress'; cell: ExperimentCell<K['config']>; steps: StepCount }
  | {
      kind: 'run';
      cell: ExperimentCell<K['config']>;
      run: Run<K['scores']>;
      total: number;
      done: number;
    };

export interface RunExperimentOptions extends PlanWishes {
  /** Stops it; each training can be resumed. */
  signal?: AbortSignal;
  /** A part of the experiment; default: `cellsOf` it. */
  cells?: readonly { arm: string; seed: number }[];
}

interface CellRequest<K extends Kind> {
  cell: ExperimentCell<K['config']>;
  place: RunLocation<K['data']>;
}

type CellReply<K extends Kind> =
  { kind: 'progress'; steps: StepCount } | { kind: 'done'; run: Run<K['scores']> };

/**
 * Trains and scores what is missing and yields progress; `finishedRuns` then reads all. Cells whose settings and seed
 * are equal are one training, counted once and reported under the first one's arm.
 *
 * @throws UserError for data that can't be scored, before anything is trained; when a training fails, with its name
 */
export async function* runExperiment<K extends Kind>(
  experiment: Experiment<K>,
  { directory, data }: RunLocation<K['data']>,
  { signal, cells: part, ...wishes }: RunExperimentOptions = {},
): AsyncGenerator<ExperimentEvent<K>> {
  const { problem, base } = experiment;
  const place = { directory, data };
  problem.requireScorable?.(data);
  const cells = cellsOf(experiment).filter(
    ({ arm, seed }) => !part || part.some((one) => one.arm === arm && one.seed === seed),
  );
  const trainings = trainingsByFolder(problem, cells, place);
  const missing = [...trainings].filter(([folder]) => !existsSync(runFile(folder)));
  const total = trainings.size;
  let done = total - missing.length;
  makeFolder(directory);
  // Of all trainings, finished or not: a resumed one keeps its number of threads.
  const room = roomHere();
  const plan = planProcesses(problem.work(base, total, room), room, planWishes(wishes));
  yield { kind: 'plan', total, done, line: describePlan(plan, total, done) };
  const replies = runTasks<ExperimentCell<K['config']>, CellRequest<K>, CellReply<K>>({
    script: problem.worker,
    tasks: longestFirst(
      missing.map(([, cell]) => cell),
      experiment,
    ),
    plan,
    requestOf: (cell) => ({ cell, place }),
    nameOf: cellName,
    signal,
  });
  for await (const { task: cell, reply } of replies) {
    if (reply.kind === 'progress') yield { ...reply, cell };
    else yield { kind: 'run', cell, run: reply.run, total, done: ++done };
  }
}

/** A process whose pool was killed holds the folder until its step is done. */
const LOCK_WAIT_MS = 60_000;

/** The other side: a problem's worker script calls it. */
export function serveCells<K extends Kind>(problem: Problem<K>): void {
  serveTasks<CellRequest<K>, CellReply<K>>(async function* ({ cell, place }, signal) {
    const options = { signal, lockWaitMs: LOCK_WAIT_MS } as TrainCellOptions & K['options'];
    for await (const event of trainCell(problem, cell, place, options)) {
      if (isRun<K>(event)) yield { kind: 'done', run: event.run };
      else {
        const steps = problem.stepsOf(event);
        if (steps) yield { kind: 'progress', steps };
      }
    }
  });
}

function isRun<K extends Kind>(event: object): event is RunEvent<K['scores']> {
  return (event as { kind?: unknown }).kind === 'run';
}

/** Progress of trainings in parallel. */
export interface TrainingProgress {
  /** How they are distributed over the machine. */
  plan: string;
  /** Steps done before, done in total, and of all trainings. */
  before: number;
  done: number;
  total: number;
  /** Those that are running: name -> its step. */
  doing: ReadonlyMap<string, number>;
}

/** Runs trainings to their end, and yields progress after each event; nothing if all were finished. */
export async function* progressOf(
  events: AsyncIterable<ExperimentEvent<Kind>>,
): AsyncGenerator<TrainingProgress> {
  const doing = new Map<string, number>();
  let [before, finished, trainings, steps] = [0, 0, 0, 0];
  let plan = '';
  for await (const event of events) {
    if (event.kind === 'progress') {
      steps = event.steps.total;
      doing.set(cellName(event.cell), event.steps.done);
    } else {
      [finished, trainings] = [event.done, event.total];
      if (event.kind === 'plan') [before, plan] = [event.done, event.line];
      else doing.delete(cellName(event.cell));
    }
    // The first step of a training gives its length.
    if (steps === 0) continue;
    const under = [...doing.values()].reduce((sum, step) => sum + step, 0);
    yield {
      plan,
      before: before * steps,
      done: finished * steps + under,
      total: trainings * steps,
      doing,
    };
  }
}
