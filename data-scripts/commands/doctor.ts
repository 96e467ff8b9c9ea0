import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { Command } from 'commander';

/** `mckd doctor`: the same report that `npm run doctor` gives without a set-up. */
export function doctorCommand(): Command {
  return new Command('doctor').description('what this machine has, and what to fix').action(() => {
    // data-scripts/dist/commands -> data-scripts; start.mjs is plain Node and works unbuilt.
    const start = path.resolve(__dirname, '..', '..', 'start.mjs');
    process.exitCode =
      spawnSync(process.execPath, [start, 'doctor'], { stdio: 'inherit' }).status ?? 1;
  });
}
