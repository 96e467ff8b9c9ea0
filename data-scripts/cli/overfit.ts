import { Command } from 'commander';
import type { OverfitCommandOptions } from '../commands/overfit';
import { addLayoutOptions, countingNumber, jsonOption, presetOption, setOption } from './arguments';

/** `mckd overfit`: overfits one crop of one case. */
export function overfitCommand(): Command {
  const command = new Command('overfit')
    .description('overfit one crop of one case, to check network and data')
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
