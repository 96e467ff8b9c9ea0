import { Command } from 'commander';
import { jsonOption, threeNumbers, wholeNumber } from './arguments';
import { reportTo, type JsonOption } from '../terminal/report';

interface DataCommandOptions extends JsonOption {
  list?: boolean;
  export?: string;
}

/** `mckd data`: get a data set, fetched or made here. */
export function dataCommand(): Command {
  return new Command('data')
    .description(
      'get a data set: av-mnist (fetched), phantom (made); or list all and their sources',
    )
    .argument('[set]', 'the name of the data set')
    .option('--list', 'print every data set that the kit can use: source, licence, checksums')
    .option(
      '--export <folder>',
      'of av-mnist: write its 1,500 pairs for other programs (.npz, CSV, checksums), from MCKD_DATA or the download, else with synthetic speech',
    )
    .addOption(jsonOption())
    .action(async (set: string | undefined, options: DataCommandOptions, command: Command) => {
      const commands = await import('../commands/data.js');
      const report = reportTo(options);
      if (options.list) {
        const { lines, ...listed } = commands.listDataSets();
        return report.result(listed, lines);
      }
      if (set === undefined) command.error('error: give the name of a data set, or --list');
      if (options.export !== undefined) {
        const exported = await commands.exportDataSet(set, options.export);
        const { folder, pairs, provenance } = exported;
        const speech = provenance === 'synthetic' ? ', with SYNTHETIC SPEECH' : '';
        return report.result(
          exported,
          `${pairs} pairs${speech} are in ${folder}; its README.md describes them`,
        );
      }
      report.result(await commands.fetchDataSet(set, { say: report.say }));
    })
    .addCommand(phantomCommand());
}

interface PhantomCommandOptions extends JsonOption {
  out: string;
  cases: number;
  size?: number[];
  spacing?: number;
  seed: number;
  test?: number;
  metaValidation?: number;
  workers?: number;
  force?: boolean;
}

/** `mckd data phantom`: synthetic brains with gliomas, as NIfTI files in BraTS' layout. */
function phantomCommand(): Command {
  return new Command('phantom')
    .description('make synthetic brains with gliomas, in the layout of BraTS 2018')
    .requiredOption('--out <folder>', 'where the set goes')
    .option('--cases <number>', 'how many', wholeNumber, 100)
    .option(
      '--size <x,y,z>',
      'voxels; 240,240,155 is BraTS’ own grid (default: 96,96,64)',
      threeNumbers,
    )
    .option('--spacing <mm>', 'instead of --size: edge of a voxel', Number)
    .option('--seed <number>', 'seed of the cases', wholeNumber, 0)
    .option('--test <number>', 'cases for testing (default: 20 percent)', wholeNumber)
    .option(
      '--meta-validation <number>',
      'cases for meta-validation (default: 10 percent, at least 5)',
      wholeNumber,
    )
    .option('--workers <number>', 'threads (default: one per core)', wholeNumber)
    .option('--force', 'replace other phantoms in the folder')
    .addOption(jsonOption())
    .action(async ({ out, test, metaValidation, ...options }: PhantomCommandOptions) => {
      const { makePhantomSet } = await import('../commands/phantom.js');
      await makePhantomSet(out, {
        ...options,
        testCases: test,
        metaValidationCases: metaValidation,
      });
    });
}
