/** As `training-process.ts`, for Audiovision-MNIST runs: it prints each epoch and each finished run. */
import { writeSync } from 'node:fs';
import { audiovision } from '../../avmnist/experiments';
import type { AvPlace } from '../../avmnist/problem';
import type { Config } from '../../config';
import { runExperiment } from '../../experiment/run';

export interface AvRequest {
  config: Config;
  cells: { arm: string; seed: number }[];
  place: AvPlace;
}

async function main(): Promise<void> {
  const { config, cells, place } = JSON.parse(process.argv[2]) as AvRequest;
  for await (const event of runExperiment(audiovision(config), place, { cells, processes: 1 })) {
    if (event.kind === 'plan') writeSync(1, `plan ${event.done}\n`);
    if (event.kind === 'progress') writeSync(1, `epoch ${event.steps.done}\n`);
    if (event.kind === 'run') writeSync(1, `run ${event.done}\n`);
  }
}

main().catch((error: Error) => {
  console.error(error.stack);
  process.exitCode = 1;
});
