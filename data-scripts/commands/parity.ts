import { writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';

interface ParityCommandOptions {
  precision?: 'float32' | 'float64';
  all?: boolean;
  record?: boolean;
}

/** `mckd parity`: the network, its losses, gradients and steps beside the authors' PyTorch code. */
export function parityCommand(): Command {
  return new Command('parity')
    .description("compare the network with numbers of the authors' code; exit 1 if they differ")
    .argument('[file]', "reference numbers; default: the kit's own copy")
    .option('--precision <type>', 'float32 or float64 alone (default: both)')
    .option('--all', 'show the gradient of every parameter')
    .option('--record', 'keep the summary with the kit, with the machine it is of')
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
      const directory = join(kit.findKitRoot(__dirname), 'results', 'parity');
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, 'parity.json'), `${JSON.stringify(comparisons, null, 1)}\n`);
      console.log(kit.tableToMarkdown(table));
      console.log(kit.paritySummary(comparisons));
      if (options.record) kit.recordParity(comparisons, kit.findKitRoot(__dirname));
      if (!kit.judge(comparisons).equal) process.exitCode = 1;
    });
}
