/** As `training-process.ts`, for Audiovision-MNIST runs: it tells each epoch and each finished run. */
import { writeSync } from 'node:fs';
import { runAvExperiment } from '../../avmnist/experiment';
import type { AvTask } from '../../avmnist/task';
import type { Config } from '../../config';

export interface AvRequest {
  config: Config;
  tasks: AvTask[];
  directory: string;
  dataHash: string;
}

async function main(): Promise<void> {
  const { config, ...options } = JSON.parse(process.argv[2]) as AvRequest;
  for await (const event of runAvExperiment(config, { ...options, processes: 1 })) {
    if (event.kind === 'plan') writeSync(1, `plan ${event.done}\n`);
    if (event.kind === 'epoch') writeSync(1, `epoch ${event.epoch.epoch}\n`);
    if (event.kind === 'run') writeSync(1, `run ${event.done}\n`);
  }
}

main().catch((error: Error) => {
  console.error(error.stack);
  process.exitCode = 1;
});
