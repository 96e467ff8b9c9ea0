import { Command } from 'commander';
import type { JsonOption } from '../terminal/report';
import {
  countingNumber,
  jsonOption,
  precisionOption,
  presetOption,
  recomputeOption,
  setOption,
} from './arguments';

interface MeasureCommandOptions extends JsonOption {
  preset: string;
  set: string[];
  steps: number;
  recompute?: boolean;
  precision?: string;
  split?: boolean;
  rounds: number;
}

/** `mckd measure`: time and memory of a training step of a preset on this machine. */
export function measureCommand(): Command {
  return new Command('measure')
    .description('run training steps of a preset on noise: seconds per step and peak memory')
    .addOption(presetOption('paper'))
    .addOption(setOption())
    .option('--steps <number>', 'training steps', countingNumber, 1)
    .addOption(recomputeOption())
    .addOption(precisionOption())
    .option(
      '--split',
      'instead: one process with all threads against one process per core, at quick and at full width',
    )
    .option('--rounds <number>', 'repeats of --split', countingNumber, 3)
    .addOption(jsonOption())
    .action(async ({ split, rounds, ...options }: MeasureCommandOptions) => {
      if (split) {
        const { measureAllSplits } = await import('../commands/measure-splits.js');
        return measureAllSplits({ rounds, ...options });
      }
      const { measure } = await import('../commands/measure.js');
      measure(options);
    });
}
