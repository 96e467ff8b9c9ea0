/** One process with all threads against one process per core with one thread: steps per second, in turns. */
import { join } from 'node:path';
import type { BratsTrainingConfig } from '../config';
import { UserError } from '../base/errors';
import type { ProcessPlan } from '../experiment/process-plan';
import { runTasks } from '../experiment/task-pool';
import type { SplitRow } from './cost';
import { WARM_UP_STEPS } from './measure';
import type { MeasureReply, MeasureRequest } from './measure-worker';

export interface SplitOptions {
  cores: number;
  /** Repeats of each way, in turns, so that other load affects both. */
  rounds: number;
  /** Measured steps of each process, after `WARM_UP_STEPS`. */
  steps: number;
}

/** @returns one row per way */
export async function measureSplits(
  work: string,
  config: BratsTrainingConfig,
  { cores, rounds, steps }: SplitOptions,
): Promise<SplitRow[]> {
  const { width, crop, batchSize } = config;
  const ways = [
    { processes: 1, threads: cores },
    { processes: cores, threads: 1 },
  ];
  const found = ways.map(() => ({ steps: 0, seconds: 0, peakBytes: 0 }));
  for (let round = 0; round < rounds; round++) {
    for (const [i, way] of ways.entries()) {
      const once = await runOnce(config, { ...way, steps });
      found[i].steps += once.steps;
      found[i].seconds += once.seconds;
      found[i].peakBytes = Math.max(found[i].peakBytes, once.peakBytes);
    }
  }
  return ways.map((way, i) => ({
    work,
    width,
    crop,
    batchSize,
    ...way,
    stepsPerSecond: Number((found[i].steps / found[i].seconds).toPrecision(4)),
    peakGiB: Number((found[i].peakBytes / 2 ** 30).toFixed(2)),
  }));
}

/** Steps of all processes together, and their seconds, while all are running. */
async function runOnce(
  config: BratsTrainingConfig,
  { processes, threads, steps }: { processes: number; threads: number; steps: number },
): Promise<{ steps: number; seconds: number; peakBytes: number }> {
  const plan: ProcessPlan = { processes, threads, gpus: [], memoryBytes: 0, bytes: 0 };
  const made = Array.from({ length: processes }, () => [] as { from: number; to: number }[]);
  let peakBytes = 0;
  const replies = runTasks<number, MeasureRequest, MeasureReply>({
    script: join(__dirname, 'measure-worker.js'),
    tasks: made.map((_, n) => n),
    plan,
    // More steps than are measured: the first process runs until the last one has made its own.
    requestOf: () => ({ config, steps: WARM_UP_STEPS + steps * 2 }),
    nameOf: (n) => `process ${n}`,
  });
  for await (const { task, reply } of replies) {
    if (reply.kind !== 'step') continue;
    made[task].push(reply);
    peakBytes = Math.max(peakBytes, reply.peakBytes);
  }
  const counted = made.map((own) => own.slice(WARM_UP_STEPS));
  const from = Math.max(...counted.map((own) => own[0].from));
  const to = Math.min(...counted.map((own) => own[own.length - 1].to));
  const inside = counted.flat().map((step) => {
    const overlap = Math.min(step.to, to) - Math.max(step.from, from);
    return Math.max(0, overlap) / (step.to - step.from);
  });
  if (to <= from) {
    throw new UserError('the processes did not run at the same time; increase --steps', {
      code: 'BAD_VALUE',
      field: '--steps',
      value: steps,
    });
  }
  const all = inside.reduce((sum, part) => sum + part, 0);
  return { steps: all, seconds: (to - from) / 1000, peakBytes };
}
