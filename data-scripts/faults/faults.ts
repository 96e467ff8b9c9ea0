/** `mckd faults`: every kind of fault, its figures, and the verdict. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { tryPlace, writeFileAtomic } from '@mckd/lib/base';
import { findKitRoot, probeOrigin } from '@mckd/lib/report';
import { FAULT_PARTS, type FaultsCommandOptions } from './options';
import { howToKeep } from '../terminal/recorded-names';
import { reportTo } from '../terminal/report';
import { AMOUNTS, PARTS } from './parts';
import { faultsConclusions, totalsOf, type FaultsRecord } from './report';

/** @throws UserError if figures can't be written */
export async function faults(options: FaultsCommandOptions): Promise<void> {
  const report = reportTo(options);
  const root = findKitRoot(__dirname);
  const { quick = false, seed = 0 } = options;
  const file = join(options.out ?? join(root, 'results', 'faults'), 'faults.json');
  tryPlace(dirname(file));
  const origin = probeOrigin(root);
  let parts = partsBefore(file, quick);
  for (const part of options.only ?? FAULT_PARTS) {
    report.say(`${part} ...`);
    const folder = mkdtempSync(join(tmpdir(), 'mckd-faults-'));
    try {
      const outcome = await PARTS[part]({
        folder,
        seed,
        amounts: AMOUNTS[quick ? 'quick' : 'full'],
      });
      const { figures, bad } = outcome;
      const well = bad.length === 0 ? 'well' : bad.join('; ');
      report.say(`${well} ${JSON.stringify(figures)}`);
      if (bad.length > 0) process.exitCode = 1;
      // After each part: a stopped run keeps its figures, and a parallel run may have added its own.
      parts = { ...partsBefore(file, quick), [part]: { ...outcome, ...origin } };
      writeRecord(file, { quick, parts });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const keeping = howToKeep('faults', options.out === undefined ? undefined : file);
  const lines = [...faultsConclusions(parts), `figures in ${file}`, ...(quick ? [] : [keeping])];
  report.result({ file, quick, parts }, lines.join('\n'));
}

type Found = Pick<FaultsRecord, 'quick' | 'parts'>;

/** Figures of earlier runs of this size; each part names its commit. */
function partsBefore(file: string, quick: boolean): Found['parts'] {
  if (!existsSync(file)) return {};
  const before = JSON.parse(readFileSync(file, 'utf8')) as Found;
  return before.quick === quick ? before.parts : {};
}

function writeRecord(file: string, { quick, parts }: Found): void {
  const record: FaultsRecord = { ...totalsOf(parts), quick, parts };
  writeFileAtomic(file, `${JSON.stringify(record, null, 2)}\n`);
}
