import { Command } from 'commander';
import type { TrainingsOptions } from '../commands/options';
import { addTrainingsOptions } from './arguments';

/** `mckd ablate`: MCKD with one setting changed at a time. */
export function ablateCommand(): Command {
  const command = new Command('ablate').description(
    'train MCKD and, one setting changed at a time, its ablations; resumes after a stop',
  );
  return addTrainingsOptions(command).action(async (options: TrainingsOptions) => {
    const { runDeclared } = await import('../commands/experiments.js');
    await runDeclared('ablations', options);
  });
}
