import { Command } from 'commander';
import { addLayoutOptions, wholeNumber } from './arguments';
import type { LayoutOptions } from '../commands/options';

interface VerifyOptions extends LayoutOptions {
  json?: boolean;
  cases?: number;
  splits?: string[];
}

/** `mckd verify`: every fault of a data set; exit 1 if there is any. */
export function verifyCommand(): Command {
  const command = new Command('verify')
    .description('list every fault of a BraTS-like data set; exit 1 if there is any')
    .argument('<folder>', 'the data set')
    .option('--json', 'print one JSON object instead of lines')
    .option('--cases <number>', 'expected number of cases', wholeNumber)
    .option(
      '--splits <files...>',
      'lists of cases, one per line: no case may be in two of them (default: those in splits/)',
    );
  return addLayoutOptions(command).action(async (folder: string, options: VerifyOptions) => {
    const { verifyFolder } = await import('../commands/verify.js');
    const sound = await verifyFolder(folder, options);
    if (!sound) process.exitCode = 1;
  });
}
