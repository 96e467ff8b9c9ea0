/**
 * Seconds of each step of a training, one JSON line per step. Not in the training's log: the logs of two runs of one
 * config are equal.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseRecord } from '../base/json-record';
import { openJsonlLog } from '../base/jsonl-log';
import { meanTrainingSeconds } from '../experiment/metrics';

export function secondsFile(directory: string): string {
  return join(directory, 'seconds.jsonl');
}

const stepSeconds = z.strictObject({ step: z.int().min(0), seconds: z.number().min(0) });
type StepSeconds = z.infer<typeof stepSeconds>;

/** Complete lines: a line cut off by a kill is of a step that is repeated. */
function readStepSeconds(directory: string): StepSeconds[] {
  const file = secondsFile(directory);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  return lines.map((line, i) =>
    parseRecord(stepSeconds, line, `${file}, line ${i + 1}`, { fix: 'delete the file' }),
  );
}

export interface StepSecondsLog {
  write(event: StepSeconds): void;
  flush(): void;
  close(): void;
}

/**
 * Opens the record of a training that has done `step` steps; later ones, which a kill left behind, are removed.
 * @throws UserError naming the file if it is broken, or can't be written
 */
export function openStepSeconds(directory: string, step: number): StepSecondsLog {
  const kept = readStepSeconds(directory).filter((one) => one.step < step).length;
  const log = openJsonlLog(secondsFile(directory), kept);
  return {
    ...log,
    write: ({ step, seconds }) => log.write({ step, seconds: Number(seconds.toFixed(4)) }),
  };
}

/**
 * Seconds of a training's steps, in all processes. A step without a record
 * counts as the mean of the others.
 *
 * @returns undefined if no step is recorded
 * @throws UserError naming the file if it is broken
 */
export function trainingSeconds(directory: string, steps: number): number | undefined {
  const known = readStepSeconds(directory);
  const sum = known.reduce((total, { seconds }) => total + seconds, 0);
  return known.length === 0 ? undefined : (sum / known.length) * steps;
}

/** For captions. */
export function describeTrainingTime(
  runs: readonly { seconds: { training?: number } }[],
  digits = 0,
): string {
  const mean = meanTrainingSeconds(runs);
  return mean === undefined
    ? 'The training time is unknown.'
    : `${(mean / 60).toFixed(digits)} minutes per training.`;
}
