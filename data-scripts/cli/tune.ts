import { Argument, Command } from 'commander';
import type { TuneCommandOptions } from '../commands/experiments';
import { jsonOption } from './arguments';

/** `mckd tune`: the settings that no paper states, judged on data that no table uses. */
export function tuneCommand(): Command {
  return new Command('tune')
    .description('try the settings that no paper states on held-out data; resumes after a stop')
    .addArgument(new Argument('<experiment>', 'which experiment').choices(['av-mnist', 'brats']))
    .option('--out <folder>', 'where runs and trials go (default: results/tune/<experiment>)')
    .addOption(jsonOption())
    .action(async (experiment: string, options: TuneCommandOptions) => {
      const { tuneAvMnist, tuneBrats } = await import('../commands/experiments.js');
      await (experiment === 'brats' ? tuneBrats(options) : tuneAvMnist(options));
    });
}
