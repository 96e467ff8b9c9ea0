import { Command, InvalidArgumentError } from 'commander';
import type { TrainCommandOptions } from '../commands/train';
import {
  addDataOptions,
  countingNumber,
  jsonOption,
  precisionOption,
  presetOption,
  recomputeOption,
  setOption,
  wholeNumber,
} from './arguments';

/** `mckd train`: both stages of the segmentation, in a folder from which it can resume. */
export function trainCommand(): Command {
  const command = new Command('train')
    .description(
      'train the segmentation; resumes from the checkpoint in the folder, or starts in a new one',
    )
    .requiredOption('--out <folder>', 'where checkpoints and logs go')
    .addOption(presetOption('quick'));
  return addDataOptions(command)
    .option('--stage <which>', '1, 2 or both', stage, 'both')
    .option('--seed <number>', 'the run’s seed (default: 0)', wholeNumber)
    .addOption(setOption())
    .option('--fresh', 'delete what is in the folder and start from scratch')
    .option(
      '--force',
      'resume although settings, seed, data or version have changed; recorded in manifest.json',
    )
    .addOption(recomputeOption())
    .addOption(precisionOption())
    .option('--workers <number>', 'threads that make crops (default: cores - 1)', wholeNumber)
    .option(
      '--checkpoint-every <steps>',
      'steps between checkpoints (default: 500); also one every ten minutes',
      countingNumber,
    )
    .addOption(jsonOption())
    .action(async (options: TrainCommandOptions) => {
      const { train } = await import('../commands/train.js');
      await train(options);
    });
}

function stage(text: string): string {
  if (!['1', '2', 'both'].includes(text))
    throw new InvalidArgumentError('It should be 1, 2 or both.');
  return text;
}
