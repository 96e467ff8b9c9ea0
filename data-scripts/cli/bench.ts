import { Command, Option } from 'commander';
import { jsonOption } from './arguments';
import { BENCH_SECTIONS, type BenchCommandOptions } from '../bench/options';

/** `mckd bench`: times and memory against PyTorch, nibabel and NumPy. */
export function benchCommand(): Command {
  return new Command('bench')
    .description('time the kit against PyTorch, nibabel and NumPy on this machine (half an hour)')
    .option('--quick', 'small sizes and few rounds, to check that it works')
    .addOption(new Option('--only <sections...>', 'only these sections').choices(BENCH_SECTIONS))
    .option('--python <program>', 'the peer’s Python (default: MCKD_TORCH_PYTHON)')
    .addOption(jsonOption())
    .action(async (options: BenchCommandOptions) => {
      const { bench } = await import('../bench/bench.js');
      await bench(options);
    });
}
