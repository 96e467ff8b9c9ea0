/** The committed outcome of `mckd parity`, which the README quotes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { probeOrigin, type Origin } from '../manifest';
import { writeFileWhole } from '../write-file';
import type { Comparison } from './compare';
import { paritySummary } from './table';

export interface RecordedParity extends Origin {
  command: string;
  summary: string;
}

/** lib/recorded, seen from lib/dist/parity. */
const FILE = join(__dirname, '..', '..', 'recorded', 'parity.json');

/** Writes the summary of all cases and the trajectory in both precisions. */
export function recordParity(comparisons: readonly Comparison[], root: string): void {
  const record: RecordedParity = {
    command: 'npm run parity',
    summary: paritySummary(comparisons),
    ...probeOrigin(root),
  };
  writeFileWhole(FILE, `${JSON.stringify(record, null, 2)}\n`);
}

export function recordedParity(): RecordedParity {
  return JSON.parse(readFileSync(FILE, 'utf8')) as RecordedParity;
}
