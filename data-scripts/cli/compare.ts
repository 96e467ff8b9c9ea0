import { Command } from 'commander';
import type { TrainingsOptions } from '../commands/options';
import { addTrainingsOptions } from './arguments';

/** `mckd compare`: three trainings side by side over the 15 subsets. */
export function compareCommand(): Command {
  const command = new Command('compare').description(
    'train on complete modalities, on random subsets, and with MCKD, and compare them over the 15 subsets; resumes after a stop',
  );
  return addTrainingsOptions(command).action(async (options: TrainingsOptions) => {
    const { runDeclared } = await import('../commands/experiments.js');
    await runDeclared('comparison', options);
  });
}
