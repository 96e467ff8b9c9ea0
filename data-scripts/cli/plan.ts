import { Argument, Command } from 'commander';
import type { DeclaredName } from '../commands/experiments';
import type { GatherOptions, OneOptions, PlanCommandOptions } from '../commands/plan';
import { addTrainingsOptions, countingNumber, jsonOption, wholeNumber } from './arguments';
import { EXPERIMENT_NAMES } from './experiment';

const argument = (name: string): Argument =>
  new Argument(name, 'the experiment').choices(EXPERIMENT_NAMES);

/** `mckd plan`: for schedulers. */
export function planCommand(): Command {
  const command = new Command('plan')
    .description(
      'print every training of an experiment as JSON: key, command, memory, cores, gpus, minutes; for a scheduler or a job array of your own',
    )
    .addArgument(argument('<name>'));
  return addTrainingsOptions(command)
    .option('--cores <number>', 'of each training (default: 1)', countingNumber)
    .option(
      '--gpus <number>',
      'of each training (default: 1 where the CUDA build is installed, else 0)',
      wholeNumber,
    )
    .action(async (name: DeclaredName, options: PlanCommandOptions) => {
      const { plan } = await import('../commands/plan.js');
      await plan(name, options);
    });
}

/** `mckd one`: one training of a plan. */
export function oneCommand(): Command {
  return new Command('one')
    .description('train and score one training of a plan; resumes where its folder is')
    .argument('<key>', 'as the plan has it')
    .requiredOption('--plan <file>', 'what mckd plan printed')
    .option('--receipt <file>', 'written at the end: the run’s file and its sha256')
    .addOption(jsonOption())
    .action(async (key: string, options: OneOptions) => {
      const { one } = await import('../commands/plan.js');
      await one(key, options);
    });
}

/** `mckd gather`: tables of finished trainings. */
export function gatherCommand(): Command {
  const command = new Command('gather')
    .description('the tables of an experiment from finished trainings; never trains')
    .addArgument(argument('[name]').argOptional());
  return addTrainingsOptions(command)
    .option('--plan <file>', 'instead of a name and options')
    .option('--partial', 'although trainings are missing; captions say how many')
    .action(async (name: DeclaredName | undefined, options: GatherOptions) => {
      const { gather } = await import('../commands/plan.js');
      await gather(name, options);
    });
}
