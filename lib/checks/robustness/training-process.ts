/**
 * A process that trains and evaluates as notebooks and commands do, and prints at once, one line on stdout each, what it
 * begins, so that another can kill it there. Its argument is a `TrainingRequest` as JSON.
 */
import { writeSync } from 'node:fs';
import { openBatches, type BatchSource } from '../../brats/batches';
import { comparison } from '../../brats/experiments';
import type { BratsRunLocation } from '../../brats/problem';
import type { Config } from '../../config';
import { cellOf } from '../../experiment/cells';
import { trainCell } from '../../experiment/train-cell';

export interface TrainingRequest {
  config: Config;
  arm: string;
  seed: number;
  place: BratsRunLocation;
  checkpointEvery: number;
  /** Block for ever in the meta event of this step: before its first crop, or after its last. */
  hold?: { step: number; after: boolean };
}

function tell(what: string, step: number): void {
  writeSync(1, `${what} ${step}\n`);
}

/** Batches that report when they are requested. */
function telling(source: BatchSource, hold: TrainingRequest['hold']): BatchSource {
  const stand = (step: number): Promise<void> => {
    tell('held', step);
    return new Promise(() => setInterval(() => undefined, 1e6));
  };
  return {
    ...source,
    training: (position) => {
      tell(`stage-${position.stage}`, position.step);
      return source.training(position);
    },
    meta: async function* (position) {
      const { step } = position;
      tell('meta', step);
      if (hold?.step === step && !hold.after) await stand(step);
      yield* source.meta(position);
      if (hold?.step === step && hold.after) await stand(step);
    },
  };
}

async function main(): Promise<void> {
  const request = JSON.parse(process.argv[2]) as TrainingRequest;
  const { config, arm, seed, place, checkpointEvery } = request;
  const experiment = comparison(config);
  const cell = cellOf(experiment, arm, seed);
  const source = openBatches(place.data, cell.config, seed, { workers: 1 });
  const batches = telling(source, request.hold);
  const options = { batches, checkpointEvery, lockWaitMs: 0 };
  for await (const event of trainCell(experiment.problem, cell, place, options)) {
    if (event.kind === 'evaluation') tell('evaluation', event.done);
    if (event.kind === 'run') tell('run', 0);
  }
}

main().catch((error: Error) => {
  console.error(error.stack);
  process.exitCode = 1;
});
