import { Command, InvalidArgumentError } from 'commander';

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
    .option('--preset <name>', 'smoke, quick, standard or paper', 'quick')
    .option('--data <folder>', 'a BraTS-like data set; default: the phantom of the preset')
    .option('--pattern <endings>', 'how files are named: flair=_fla,t1=_t1,t1ce=_t1c,t2=_t2')
    .option(
      '--set <key=value...>',
      'change a setting, such as brats.distillationWeight=0.5',
      (one: string, all: string[]) => [...all, one],
      [],
    )
    .option('--processes <number>', 'trainings at once (default: one a core)', wholeNumber)
    .option('--record', 'keep the finished runs with the kit, with their manifest')
    .action(async (options: CompareCommandOptions) => {
      const { compare } = await import('../compare.js');
      await compare(options);
    });
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('It should be a number from 1.');
  return Number(text);
}
