import { Argument, Command } from 'commander';
import type { TrainingsOptions } from '../commands/options';
import { addTrainingsOptions } from './arguments';

/** Names of the experiments; `EXPERIMENTS` of the library loads TensorFlow. */
const NAMES = ['comparison', 'ablations', 'rivals', 'dedicated'] as const;

/** `mckd experiment run NAME`: any declared experiment. */
export function experimentCommand(): Command {
  const run = new Command('run')
    .description(
      'train what an experiment declares and show its tables; resumes after a stop. comparison: as mckd compare; ablations: as mckd ablate; rivals: all methods over the 15 subsets; dedicated: networks that are trained for one scan, beside those of all subsets',
    )
    .addArgument(new Argument('<name>', 'the experiment').choices(NAMES));
  addTrainingsOptions(run).action(
    async (name: (typeof NAMES)[number], options: TrainingsOptions) => {
      const { runDeclared } = await import('../commands/experiments.js');
      await runDeclared(name, options);
    },
  );
  return new Command('experiment')
    .description('trainings of several settings and seeds, and their tables')
    .addCommand(run);
}
