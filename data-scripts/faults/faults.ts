/** `mckd faults`: every kind of fault, its figures, and whether all is well. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findKitRoot, probeOrigin } from '@mckd/lib';
import { ReaderError } from '@mckd/lib/dist/errors';
import { writeFileWhole } from '@mckd/lib/dist/write-file';
import { FAULT_PARTS, type FaultsCommandOptions } from '../commands/faults';
import { AMOUNTS, PARTS } from './parts';
import { faultsConclusions, totalsOf, type FaultsRecord, type Outcomes } from './report';

/** Where the figures of a full run are kept with the kit. */
const RECORDED = join('lib', 'recorded', 'faults.json');

export async function faults(options: FaultsCommandOptions): Promise<void> {
  const root = findKitRoot(__dirname);
  const { quick = false, seed = 0 } = options;
  const file = join(options.out ?? join(root, 'results', 'faults'), 'faults.json');
  const fresh: Outcomes = {};
  for (const part of options.only ?? FAULT_PARTS) {
    console.log(`${part} ...`);
    const folder = mkdtempSync(join(tmpdir(), 'mckd-faults-'));
    try {
      const outcome = await PARTS[part]({
        folder,
        seed,
        amounts: AMOUNTS[quick ? 'quick' : 'full'],
      });
      Object.assign(fresh, { [part]: outcome });
      const { figures, bad } = outcome;
      console.log(bad.length === 0 ? 'well' : bad.join('; '), JSON.stringify(figures));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    // After each part: a run that is stopped has what it found.
    writeRecord(file, { ...partsBefore(file, quick), ...fresh }, { quick, root });
  }
  const record = JSON.parse(readFileSync(file, 'utf8')) as FaultsRecord;
  console.log(faultsConclusions(record).join('\n'));
  console.log(`figures in ${file}`);
  const { parts } = record;
  const allIsWell = Object.values(parts).every(({ bad }) => bad.length === 0);
  if (!allIsWell) process.exitCode = 1;
  if (!options.record) return;
  if (quick || !allIsWell || !FAULT_PARTS.every((part) => parts[part])) {
    throw new ReaderError('figures are recorded of a full run of every part that went well', {
      field: '--record',
    });
  }
  writeRecord(join(root, RECORDED), parts, { quick, root });
}

/** What an earlier run of this size found, for parts that are not run again. */
function partsBefore(file: string, quick: boolean): Outcomes {
  if (!existsSync(file)) return {};
  const before = JSON.parse(readFileSync(file, 'utf8')) as Partial<FaultsRecord>;
  return before.quick === quick ? (before.parts ?? {}) : {};
}

function writeRecord(
  file: string,
  parts: Outcomes,
  { quick, root }: { quick: boolean; root: string },
): void {
  const record: FaultsRecord = { ...totalsOf(parts), quick, ...probeOrigin(root), parts };
  writeFileWhole(file, `${JSON.stringify(record, null, 2)}\n`);
}
