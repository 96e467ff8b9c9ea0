import { Command, InvalidArgumentError } from 'commander';

interface VerifyOptions {
  json?: boolean;
  pattern?: string;
  cases?: number;
  splits?: string[];
}

/** `mckd verify`: every fault of a data set; exit 1 if there is any. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('list every fault of a BraTS-like data set; exit 1 if there is any')
    .argument('<folder>', 'the data set')
    .option('--json', 'print one JSON object instead of lines')
    .option('--pattern <endings>', 'how files are named: flair=_fla,t1=_t1,t1ce=_t1c,t2=_t2')
    .option('--cases <number>', 'how many cases there should be', wholeNumber)
    .option('--splits <files...>', 'lists of cases, one a line: no case may be in two of them')
    .action(async (folder: string, options: VerifyOptions) => {
      const { verifyFolder } = await import('../verify.js');
      const sound = await verifyFolder(folder, options);
      if (!sound) process.exitCode = 1;
    });
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It should be a whole number.');
  return Number(text);
}
