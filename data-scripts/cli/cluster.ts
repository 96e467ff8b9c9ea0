import { Argument, Command } from 'commander';
import type { DeclaredName } from '../commands/experiments';
import type { ClusterOptions } from '../commands/cluster';
import { addTrainingsOptions, countingNumber, wholeNumber } from './arguments';
import { EXPERIMENT_NAMES } from './experiment';

/** `mckd cluster`: an experiment by Snakemake. */
export function clusterCommand(): Command {
  const command = new Command('cluster')
    .description(
      'the trainings of an experiment by Snakemake, a job each, on this machine or a cluster, then its tables; resumes after a stop',
    )
    .addArgument(new Argument('<name>', 'the experiment').choices(EXPERIMENT_NAMES));
  return addTrainingsOptions(command)
    .option(
      '--profile <which>',
      'local, slurm, kubernetes (untested), or a folder with a config.yaml of Snakemake’s',
      'local',
    )
    .option('--cores <number>', 'of each training (default: 1)', countingNumber)
    .option(
      '--gpus <number>',
      'of each training (default: 1 where the CUDA build is installed, else 0)',
      wholeNumber,
    )
    .option('--dry-run', 'only list what would run')
    .option('--report <file>', 'Snakemake’s report of what has run (.html or .zip)')
    .option('--dag <file>', 'the graph of jobs, for Graphviz')
    .action(async (name: DeclaredName, options: ClusterOptions) => {
      const { cluster } = await import('../commands/cluster.js');
      await cluster(name, options);
    });
}
