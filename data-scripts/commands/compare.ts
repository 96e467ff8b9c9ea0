import { Command } from 'commander';
import { countingNumber, patternOption, presetOption, setOption } from './arguments';

export interface CompareCommandOptions {
  preset: string;
  data?: string;
  pattern?: string;
  set: string[];
  processes?: number;
  record?: boolean;
}

/** `mckd compare`: three trainings side by side over the 15 subsets. */
export function compareCommand(): Command {
  return new Command('compare')
    .description(
      'train on all scans, on random subsets, and with MCKD, and set them side by side over the 15 subsets; goes on where it was',
    )
    .addOption(presetOption('quick'))
    .option('--data <folder>', 'a BraTS-like data set; default: the phantom of the preset')
    .addOption(patternOption())
    .addOption(setOption())
    .option('--processes <number>', 'trainings at once (default: one a core)', countingNumber)
    .option('--record', 'keep the finished runs with the kit, with their manifest')
    .action(async (options: CompareCommandOptions) => {
      const { compare } = await import('../compare.js');
      await compare(options);
    });
}
