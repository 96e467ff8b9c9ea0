import { Argument, Command } from 'commander';
import type { DeclaredName } from '../commands/experiments';
import type { TrainingsOptions } from '../commands/options';
import { addTrainingsOptions } from './arguments';

/** Names of the experiments; those of the library load TensorFlow. */
export const EXPERIMENT_NAMES = Object.keys({
  comparison: true,
  ablations: true,
  rivals: true,
  dedicated: true,
  'av-mnist-published': true,
  'av-mnist-distillation': true,
  'av-mnist-complete': true,
  'av-mnist-level': true,
  'av-mnist-lower-bound': true,
  'av-rivals': true,
} satisfies Record<DeclaredName, true>);

/** `mckd experiment run NAME`: any declared experiment. */
export function experimentCommand(): Command {
  const on = (name: string, description: string): Command =>
    addTrainingsOptions(
      new Command(name)
        .description(description)
        .addArgument(new Argument('<name>', 'the experiment').choices(EXPERIMENT_NAMES)),
    );
  const run = on(
    'run',
    'train what an experiment declares and show its tables; resumes after a stop. comparison: as mckd compare; ablations: as mckd ablate; rivals: all methods over the 15 subsets; dedicated: networks that are trained for one scan, beside those of all subsets; av-mnist-...: Audiovision-MNIST, one question each, with its hypothesis and primary outcome; av-rivals: every row of its published tables',
  ).action(async (name: DeclaredName, options: TrainingsOptions) => {
    const { runDeclared } = await import('../commands/experiments.js');
    await runDeclared(name, options);
  });
  const restore = on(
    'restore',
    'put the runs that are recorded in the kit among the finished trainings, so that run, plan and gather go on from them: for more seeds, or to finish a record',
  ).action(async (name: DeclaredName, options: TrainingsOptions) => {
    const { restoreDeclared } = await import('../commands/experiments.js');
    await restoreDeclared(name, options);
  });
  return new Command('experiment')
    .description('trainings of several settings and seeds, and their tables')
    .addCommand(run)
    .addCommand(restore);
}
