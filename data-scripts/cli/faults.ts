import { Command, Option } from 'commander';
import { jsonOption, wholeNumber } from './arguments';
import { FAULT_PARTS, type FaultsCommandOptions } from '../faults/options';

/** `mckd faults`: fault injection (kills, broken files, long runs); figures, and exit 1 if any is bad. */
export function faultsCommand(): Command {
  return new Command('faults')
    .description(
      'fault injection: kill runs at random moments, read broken files, run for long, run twice, and check the results',
    )
    .option(
      '--quick',
      'a few of each, in minutes, instead of 100 kills, 70,000 broken files and 5,000 steps',
    )
    .addOption(new Option('--only <parts...>', 'only these').choices(FAULT_PARTS))
    .option('--seed <number>', 'of the kill times and the broken files (default: 0)', wholeNumber)
    .option('--out <folder>', 'where faults.json goes (default: results/faults)')
    .addOption(jsonOption())
    .action(async (options: FaultsCommandOptions) => {
      const { faults } = await import('../faults/faults.js');
      await faults(options);
    });
}
