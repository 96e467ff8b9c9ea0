import { Command } from 'commander';

/** `mckd data`: fetch a data set from its public home, checked file by file. */
export function dataCommand(): Command {
  return new Command('data')
    .description('fetch a data set: av-mnist')
    .argument('<set>', 'the name of the data set')
    .action(async (set: string) => {
      const { fetchDataSet } = await import('../data.js');
      await fetchDataSet(set);
    });
}
