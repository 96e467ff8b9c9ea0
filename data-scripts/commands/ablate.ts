import { Command } from 'commander';
import { addTrainingsOptions, type TrainingsOptions } from './arguments';

/** `mckd ablate`: MCKD with one setting changed at a time. */
export function ablateCommand(): Command {
  const command = new Command('ablate').description(
    'train MCKD and, one setting changed at a time, its ablations; goes on where it was',
  );
  return addTrainingsOptions(command).action(async (options: TrainingsOptions) => {
    const { ablate } = await import('../experiments.js');
    await ablate(options);
  });
}
