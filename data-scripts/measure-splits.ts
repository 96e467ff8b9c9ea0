/** `mckd measure --split`: how the cores are best shared out, measured. */
import {
  buildConfig,
  findKitRoot,
  measureSplits,
  recordSplits,
  splitsTable,
  tableToMarkdown,
  usableCores,
  type SplitRow,
} from '@mckd/lib';
import { ReaderError } from '@mckd/lib/dist/errors';

export interface SplitCommandOptions {
  steps: number;
  rounds: number;
  record?: boolean;
}

export async function measureAllSplits({
  steps,
  rounds,
  record,
}: SplitCommandOptions): Promise<void> {
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
  if (record) recordSplits(rows, findKitRoot(__dirname));
}
