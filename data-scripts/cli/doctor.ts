import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { Command } from 'commander';
import type { JsonOption } from '../terminal/report';
import { jsonOption } from './arguments';

/** `mckd doctor`: the same report that `npm run doctor` gives without a set-up. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('what this machine has, and what to fix')
    .addOption(jsonOption())
    .action(async ({ json }: JsonOption) => {
      // data-scripts/dist/cli -> data-scripts; start.mjs is plain Node and works unbuilt.
      const start = path.resolve(__dirname, '..', '..', 'start.mjs');
      const args = [start, 'doctor', ...(json ? ['--json'] : [])];
      const child = spawn(process.execPath, args, { stdio: 'inherit' });
      const stop = (): boolean => child.kill();
      process.on('exit', stop);
      const [code] = (await once(child, 'exit')) as [number | null];
      process.off('exit', stop);
      process.exitCode = code ?? 1;
    });
}
