import { Command } from 'commander';
import { countingNumber, patternOption, presetOption, setOption } from './arguments';

interface OverfitCommandOptions {
  case: string;
  preset: string;
  set: string[];
  pattern?: string;
  steps: number;
}

/** `mckd overfit`: does the network learn one crop of one case by heart? */
export function overfitCommand(): Command {
  return new Command('overfit')
    .description('train on one crop of one case, to see that network and data fit')
    .requiredOption('--case <folder>', 'the folder of a case with labels')
    .addOption(presetOption('quick'))
    .addOption(setOption())
    .addOption(patternOption())
    .option('--steps <number>', 'training steps', countingNumber, 100)
    .action(async (options: OverfitCommandOptions) => {
      const kit = await import('@mckd/lib');
      const { overridesOf } = await import('../settings.js');
      const config = kit.buildConfig(options.preset, overridesOf(options.set));
      const { oneCase } = await import('../one-case.js');
      const files = oneCase(options.case, options.pattern);
      const sample = kit.tumourCrop(await kit.prepareCase(files), config.brats);
      console.log(
        `${files.name}, crop ${config.brats.crop.join(' x ')}, width ${config.brats.width}`,
      );
      const { steps } = options;
      for await (const event of kit.overfit(sample, {
        config: config.brats,
        seed: config.seed,
        steps,
      })) {
        if (!event.dice) continue;
        const { ET, WT, TC } = event.dice;
        console.log(
          `step ${event.step}: loss ${event.loss.toFixed(3)}, Dice ET ${ET.toFixed(3)} WT ${WT.toFixed(3)} ` +
            `TC ${TC.toFixed(3)}, ${event.seconds.toFixed(2)} s/step`,
        );
      }
    });
}
