/** `mckd parity`: every number of the reference, computed and compared. */
import { join, resolve } from 'node:path';
import { tryPlace, writeFileAtomic } from '@mckd/lib/base';
import {
  checkedPrecision,
  checkParity,
  judge,
  paritySummary,
  parityTable,
  readParityFile,
  writeParity,
  type Comparison,
} from '@mckd/lib/checks';
import { findKitRoot, tableToMarkdown } from '@mckd/lib/report';
import { howToKeep } from '../terminal/recorded-names';
import { leaveSignalsToSystem } from '../terminal/interrupt';
import { withProgress, type ProgressOptions } from '../terminal/progress';
import { reportTo, type JsonOption } from '../terminal/report';

export interface ParityCommandOptions extends JsonOption {
  precision?: 'float32' | 'float64';
  all?: boolean;
  out?: string;
}

const BAR: ProgressOptions = {
  format: '{bar} {value}/{total} {label}, {eta_formatted} left',
  lineMs: 2000,
};

/**
 * Compares, prints, and saves the comparisons in results/parity, or --out; the exit code is 1 if they differ.
 * @param file reference numbers of MCKD's authors' code (default: the kit's own copy), or of another method's
 * @throws UserError for an invalid reference or precision, or if results can't be written
 */
export async function parity(
  file: string | undefined,
  options: ParityCommandOptions,
): Promise<void> {
  const report = reportTo(options);
  const precisions = options.precision ? [checkedPrecision(options.precision)] : undefined;
  const reference = readParityFile(file);
  const root = findKitRoot(__dirname);
  const { out } = options;
  const directory = out === undefined ? join(root, 'results', 'parity') : resolve(out);
  tryPlace(directory);
  // A trajectory in double precision takes minutes.
  leaveSignalsToSystem();
  const comparisons: Comparison[] = [];
  await withProgress(BAR, async ({ show }) => {
    for await (const event of checkParity(reference, { precisions })) {
      show(event.done, event.total, { label: event.label });
      comparisons.push(...event.comparisons);
    }
  });
  const { equal } = judge(comparisons);
  if (!equal) process.exitCode = 1;
  const lines = `${JSON.stringify(comparisons, null, 1)}\n`;
  writeFileAtomic(join(directory, 'parity.json'), lines);
  const left = join(directory, 'summary.json');
  writeParity(left, { comparisons, reference: file, root });
  const summary = paritySummary(comparisons);
  const table = parityTable(comparisons, { everyGradient: options.all });
  report.result(
    { equal, summary, comparisons },
    [
      tableToMarkdown(table),
      summary,
      ...(equal && !('rival' in reference.content || 'prefix' in reference.content)
        ? [howToKeep('parity', out === undefined ? undefined : left)]
        : []),
    ].join('\n'),
  );
}
