import { Command, Option } from 'commander';
import { PRESET_NAMES, type PresetName } from '@mckd/lib/config';
import type { JsonOption } from '../terminal/report';
import { countingNumber, jsonOption } from './arguments';

interface RunOptions extends JsonOption {
  preset: PresetName;
  only?: string[];
  minutes?: number;
  save?: boolean;
}

/** `mckd run`: the notebooks in order, into results/<preset>/. */
export function runCommand(): Command {
  return new Command('run')
    .description('run the notebooks in order, into results/<preset>/')
    .addOption(
      new Option('--preset <name>', 'how much is computed').choices(PRESET_NAMES).default('quick'),
    )
    .option('--only <numbers...>', 'only these notebooks, by number: --only 00 06')
    .addOption(
      new Option(
        '--minutes <number>',
        'only the notebooks that show the most of the paper’s claims in so many minutes, as the recorded run took',
      )
        .argParser(countingNumber)
        .conflicts(['only', 'preset']),
    )
    .option('--save', 'write the executed notebooks back into notebooks/')
    .addOption(jsonOption())
    .action(async (options: RunOptions) => {
      const { runNotebooks } = await import('../notebooks/run.js');
      await runNotebooks(options);
    });
}
