import { Command } from 'commander';
import { countingNumber, presetOption, recomputeOption, setOption } from './arguments';

interface MeasureCommandOptions {
  preset: string;
  set: string[];
  steps: number;
  recompute?: boolean;
  split?: boolean;
  rounds: number;
}

/** `mckd measure`: time and memory of a training step of a preset on this machine. */
export function measureCommand(): Command {
  return new Command('measure')
    .description('run training steps of a preset on noise: seconds a step and peak memory')
    .addOption(presetOption('paper'))
    .addOption(setOption())
    .option('--steps <number>', 'training steps', countingNumber, 1)
    .addOption(recomputeOption())
    .option(
      '--split',
      'instead: one process with all threads against a process a core, at quick and at full width',
    )
    .option('--rounds <number>', 'turns of --split', countingNumber, 3)
    .action(async ({ preset, set, steps, recompute, ...split }: MeasureCommandOptions) => {
      if (split.split) {
        const { measureAllSplits } = await import('../measure-splits.js');
        return measureAllSplits({ steps, ...split });
      }
      const kit = await import('@mckd/lib');
      const { overridesOf } = await import('../settings.js');
      const { brats, seed } = kit.buildConfig(preset, overridesOf(set));
      for (const { seconds, peakBytes } of kit.measureSteps(brats, seed, steps, { recompute })) {
        const peak = (peakBytes / 2 ** 30).toFixed(2);
        console.log(
          JSON.stringify({
            crop: brats.crop,
            batch: brats.batchSize,
            width: brats.width,
            seconds: Number(seconds.toFixed(2)),
            peakGiB: Number(peak),
          }),
        );
      }
    });
}
