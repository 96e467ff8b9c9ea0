import { writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { howToKeep } from './record';

interface ParityCommandOptions {
  precision?: 'float32' | 'float64';
  all?: boolean;
}

/** `mckd parity`: the network, its losses, gradients and steps beside the authors' PyTorch code. */
export function parityCommand(): Command {
  return new Command('parity')
    .description("compare the network with numbers of the authors' code; exit 1 if they differ")
    .argument('[file]', "reference numbers; default: the kit's own copy")
    .option('--precision <type>', 'float32 or float64 alone (default: both)')
    .option('--all', 'show the gradient of every parameter')
    .action(async (file: string | undefined, options: ParityCommandOptions) => {
      const kit = await import('@mckd/lib');
      const precisions = options.precision ? [kit.checkedPrecision(options.precision)] : undefined;
      const reference = kit.readReference(file);
      const bar = new SingleBar({
        format: '{bar} {value}/{total} {label}, {eta_formatted} left',
        noTTYOutput: true,
      });
      const comparisons: Awaited<ReturnType<typeof kit.compareCase>> = [];
      for await (const event of kit.checkParity(reference, { precisions })) {
        if (event.done === 1) bar.start(event.total, 0, { label: '' });
        bar.update(event.done, { label: event.label });
        comparisons.push(...event.comparisons);
      }
      bar.stop();
      const table = kit.parityTable(comparisons, { everyGradient: options.all });
      const root = kit.findKitRoot(__dirname);
      const directory = join(root, 'results', 'parity');
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, 'parity.json'), `${JSON.stringify(comparisons, null, 1)}\n`);
      kit.writeParity(join(directory, 'summary.json'), { comparisons, reference: file, root });
      console.log(kit.tableToMarkdown(table));
      console.log(kit.paritySummary(comparisons));
      if (kit.judge(comparisons).equal) console.log(howToKeep('parity'));
      else process.exitCode = 1;
    });
}
