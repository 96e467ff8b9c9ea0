import { Command } from 'commander';
import {
  addLayoutOptions,
  countingNumber,
  jsonOption,
  presetOption,
  setOption,
  type LayoutOptions,
} from './arguments';
import type { JsonOption } from '../report';

export interface OverfitCommandOptions extends LayoutOptions, JsonOption {
  case: string;
  name?: string;
  preset: string;
  set: string[];
  steps: number;
}

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
      const { overfit } = await import('../overfit.js');
      await overfit(options);
    });
}
