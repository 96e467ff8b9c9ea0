import { Command } from 'commander';
import type { ParityCommandOptions } from '../commands/parity';
import { jsonOption } from './arguments';

/** `mckd parity`: a method's network, losses and gradients against its authors' code; MCKD's training steps, too. */
export function parityCommand(): Command {
  return new Command('parity')
    .description(
      "compare a method's network with numbers of its authors' code; exit 1 if they differ",
    )
    .argument('[file]', "reference numbers; default: the kit's own copy")
    .option('--precision <type>', 'only float32 or float64 (default: both)')
    .option('--all', 'show the gradient of every parameter')
    .option('--out <folder>', 'where the comparisons go (default: results/parity)')
    .addOption(jsonOption())
    .action(async (file: string | undefined, options: ParityCommandOptions) => {
      const { parity } = await import('../commands/parity.js');
      await parity(file, options);
    });
}
