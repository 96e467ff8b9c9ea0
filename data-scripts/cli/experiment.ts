import { Argument, Command } from 'commander';
import type { TrainingsOptions } from '../commands/options';
import { addTrainingsOptions } from './arguments';

/** Names of the experiments; `EXPERIMENTS` of the library loads TensorFlow. */
const SEGMENTATION = ['comparison', 'ablations', 'rivals', 'dedicated'] as const;
const AUDIOVISION = [
  'av-mnist-published',
  'av-mnist-distillation',
  'av-mnist-complete',
  'av-mnist-level',
] as const;

type Name = (typeof SEGMENTATION)[number] | (typeof AUDIOVISION)[number];

const isAudiovision = (name: Name): name is (typeof AUDIOVISION)[number] =>
  (AUDIOVISION as readonly Name[]).includes(name);

/** `mckd experiment run NAME`: any declared experiment. */
export function experimentCommand(): Command {
  const run = new Command('run')
    .description(
      'train what an experiment declares and show its tables; resumes after a stop. comparison: as mckd compare; ablations: as mckd ablate; rivals: all methods over the 15 subsets; dedicated: networks that are trained for one scan, beside those of all subsets; av-mnist-...: Audiovision-MNIST, one question each, with its hypothesis and primary outcome',
    )
    .addArgument(
      new Argument('<name>', 'the experiment').choices([...SEGMENTATION, ...AUDIOVISION]),
    );
  addTrainingsOptions(run).action(async (name: Name, options: TrainingsOptions) => {
    const { runDeclared, runDeclaredAv } = await import('../commands/experiments.js');
    await (isAudiovision(name) ? runDeclaredAv(name, options) : runDeclared(name, options));
  });
  return new Command('experiment')
    .description('trainings of several settings and seeds, and their tables')
    .addCommand(run);
}
