import { Command, Option } from 'commander';
import { wholeNumber } from './arguments';

export const FAULT_PARTS = ['kills', 'av-kills', 'soak', 'determinism'] as const;
export type FaultPart = (typeof FAULT_PARTS)[number];

export interface FaultsCommandOptions {
  quick?: boolean;
  only?: FaultPart[];
  seed?: number;
  out?: string;
}

/** `mckd faults`: what the kit does when it is killed, cut off, or runs for long; figures, and exit 1 if any is bad. */
export function faultsCommand(): Command {
  return new Command('faults')
    .description(
      'kill runs at random moments, run for long, run twice: are results kept, whole and equal?',
    )
    .option('--quick', 'a few of each, in minutes, instead of 100 kills and 5,000 steps')
    .addOption(new Option('--only <parts...>', 'only these').choices(FAULT_PARTS))
    .option('--seed <number>', 'of the moments of the kills (default: 0)', wholeNumber)
    .option('--out <folder>', 'where faults.json goes (default: results/faults)')
    .action(async (options: FaultsCommandOptions) => {
      const { faults } = await import('../faults.js');
      await faults(options);
    });
}
