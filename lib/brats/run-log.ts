/** The logs of a training: one JSON line per step, the seconds of each beside it, and the same for TensorBoard. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../base/errors';
import { parseRecord } from '../base/json-record';
import { countLines, openJsonlLog } from '../base/jsonl-log';
import { MODALITIES } from '../base/modality';
import { tf } from '../nn/tf';
import { withFileInError } from '../base/atomic-write';
import { logLineSchema, type LogLine } from './run-record';
import { openStepSeconds } from './step-seconds';
import type { BratsStepEvent } from './train';

export function logFile(directory: string): string {
  return join(directory, 'log.jsonl');
}

export function boardFolder(directory: string): string {
  return join(directory, 'tensorboard');
}

export interface RunLog {
  /** @throws UserError naming the file where it can't be written */
  write(event: BratsStepEvent): void;
  /** Flushes to disk. */
  flush(): void;
  close(): void;
}

/**
 * Opens the logs of a training that has done `step` steps: lines of later steps, left by a kill, are
 * removed.
 * @throws UserError if lines are missing, or the file can't be written
 */
export function openRunLog(directory: string, step: number, tensorboard: boolean): RunLog {
  const file = logFile(directory);
  const lines = countLines(file);
  if (lines < step) {
    throw new UserError(
      `${file} has ${lines} lines, and the checkpoint beside it is of step ${step}; restore the log, or start from scratch with --fresh`,
      { code: 'MISMATCH', file, field: 'lines', value: lines },
    );
  }
  const log = openJsonlLog(file, step);
  const seconds = openStepSeconds(directory, step);
  const folder = boardFolder(directory);
  const board = tensorboard
    ? withFileInError(folder, () => tf.node.summaryFileWriter(folder))
    : undefined;
  return {
    write: (event) => {
      log.write(logLine(event));
      seconds.write(event);
      if (!board) return;
      withFileInError(folder, () => {
        for (const [name, value] of Object.entries(scalarsOf(event))) {
          board.scalar(name, value, event.step);
        }
      });
    },
    flush: () => {
      log.flush();
      seconds.flush();
    },
    close: () => {
      log.close();
      seconds.close();
      withFileInError(folder, () => board?.flush());
    },
  };
}

/** The log of a training that may not have started. */
export function logSoFar(directory: string): LogLine[] {
  return existsSync(logFile(directory)) ? readLog(directory) : [];
}

/**
 * The log of a training, one line per step.
 * @throws UserError naming the file and the line that is broken
 */
export function readLog(directory: string): LogLine[] {
  const file = logFile(directory);
  const lines = readFileSync(file, 'utf8').split('\n');
  const fix = 'fix or delete the line, or train again';
  return lines.flatMap((line, i) =>
    line === '' ? [] : [parseRecord(logLineSchema, line, `${file}, line ${i + 1},`, { fix })],
  );
}

/** The log line of a step, without times, so that two runs of one config have equal logs. */
function logLine(event: BratsStepEvent): object {
  const { step, stage, iteration, learningRate, present, cases, losses, meta } = event;
  return {
    step,
    stage,
    iteration,
    learningRate,
    present,
    cases,
    ...losses,
    ...(meta ? { meta } : {}),
  };
}

function scalarsOf(event: BratsStepEvent): Record<string, number> {
  const { losses, learningRate, seconds, meta: { loss, featureDistance, weights } = {} } = event;
  const scalars: Record<string, number> = {
    ...Object.fromEntries(
      Object.entries(losses).map(([name, value]) => [`loss/${inWords(name)}`, value]),
    ),
    'learning rate': learningRate,
    'seconds per step': seconds,
  };
  if (loss !== undefined) scalars['meta/loss'] = loss;
  if (featureDistance) scalars['meta/feature distance L1'] = featureDistance.l1;
  weights?.forEach((w, m) => (scalars[`importance/${MODALITIES[m]}`] = w));
  return scalars;
}

/** `crossEntropy` is "cross entropy". */
function inWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
