/** `mckd measure --split`: how the cores are best shared out, measured. */
import { join } from 'node:path';
import {
  buildConfig,
  findKitRoot,
  measureSplits,
  splitsTable,
  tableToMarkdown,
  usableCores,
  writeSplits,
  type SplitRow,
} from '@mckd/lib';
import { ReaderError } from '@mckd/lib/dist/errors';
import { howToKeep } from './commands/record';

export interface SplitCommandOptions {
  steps: number;
  rounds: number;
}

export async function measureAllSplits({ steps, rounds }: SplitCommandOptions): Promise<void> {
  const cores = usableCores();
  if (cores < 2) {
    throw new ReaderError('there is one core, and so nothing to share out', {
      field: 'cores',
      value: cores,
    });
  }
  const works: [string, number][] = [
    ['quick and standard', buildConfig('quick').brats.width],
    ['full width', 1],
  ];
  const rows: SplitRow[] = [];
  for (const [work, width] of works) {
    const { brats } = buildConfig('quick', { brats: { width } });
    rows.push(...(await measureSplits(work, brats, { cores, rounds, steps })));
    console.log(`${work}: measured`);
  }
  console.log(tableToMarkdown(splitsTable(rows)));
  const root = findKitRoot(__dirname);
  writeSplits(join(root, 'results', 'processes', 'processes.json'), rows, root);
  console.log(howToKeep('processes'));
}
