import { Command } from 'commander';
import type { OverfitCommandOptions } from '../commands/overfit';
import { addLayoutOptions, countingNumber, jsonOption, presetOption, setOption } from './arguments';

/** `mckd overfit`: does the network learn one crop of one case by heart? */
export function overfitCommand(): Command {
  const command = new Command('overfit')
    .description('train on one crop of one case, to see that network and data fit')
    .requiredOption('--case <path>', 'the folder of a case with labels, or of several cases')
    .option('--name <case>', 'which of several cases')
    .addOption(presetOption('quick'))
    .addOption(setOption())
    .option('--steps <number>', 'training steps', countingNumber, 100);
  return addLayoutOptions(command)
    .addOption(jsonOption())
    .action(async (options: OverfitCommandOptions) => {
      const { overfit } = await import('../commands/overfit.js');
      await overfit(options);
    });
}
