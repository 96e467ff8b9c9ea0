/** `mckd measure --split`: measures how to distribute processes and threads over the cores. */
import { join } from 'node:path';
import { tryPlace, usableCores, UserError } from '@mckd/lib/base';
import { measureSplits, splitsTable, writeSplits, type SplitRow } from '@mckd/lib/brats';
import { buildConfig } from '@mckd/lib/config';
import { findKitRoot, tableToMarkdown } from '@mckd/lib/report';
import { howToKeep } from '../terminal/recorded-names';
import { reportTo, type JsonOption } from '../terminal/report';

export interface SplitCommandOptions extends JsonOption {
  steps: number;
  rounds: number;
}

export async function measureAllSplits({
  steps,
  rounds,
  json,
}: SplitCommandOptions): Promise<void> {
  const report = reportTo({ json });
  const cores = usableCores();
  if (cores < 2) {
    throw new UserError('there is one core, so nothing to distribute', {
      code: 'BAD_VALUE',
      field: 'cores',
      value: cores,
    });
  }
  const root = findKitRoot(__dirname);
  const folder = join(root, 'results', 'processes');
  tryPlace(folder);
  const works: [string, number][] = [
    ['quick and standard', buildConfig('quick').brats.width],
    ['full width', 1],
  ];
  const rows: SplitRow[] = [];
  for (const [work, width] of works) {
    const { brats } = buildConfig('quick', { brats: { width } });
    rows.push(...(await measureSplits(work, brats, { cores, rounds, steps })));
    report.say(`${work}: measured`);
  }
  const file = join(folder, 'processes.json');
  writeSplits(file, rows, root);
  const lines = [tableToMarkdown(splitsTable(rows)), howToKeep('processes')];
  report.result({ file, rows }, lines.join('\n'));
}
