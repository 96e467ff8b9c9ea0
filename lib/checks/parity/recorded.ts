/** The outcome of `mckd parity`; the page of results quotes the committed one. */
import { readFileSync } from 'node:fs';
import { UserError } from '../../base/errors';
import { readJson } from '../../base/json';
import { probeOrigin, type Origin } from '../../report/origin';
import { sha256 } from '../../base/sha256';
import { writeFileAtomic } from '../../base/atomic-write';
import { judge, type Comparison, type Precision } from './compare';
import { referenceFile } from './reference';
import { paritySummary } from './table';
import { shippedFile } from '../../base/shipped-file';

export interface RecordedParity extends Origin {
  command: string;
  summary: string;
  /** Whether the kit is within the bounds. This and the following are absent in older records. */
  equal?: boolean;
  precisions?: Precision[];
  /** Of the file with the reference numbers. */
  referenceSha256?: string;
}

const PRECISIONS: readonly Precision[] = ['float64', 'float32'];

const FILE = shippedFile('recorded', 'parity.json');

export interface ParityToWrite {
  comparisons: readonly Comparison[];
  /** The file with the reference numbers (default: the kit's own). */
  reference?: string;
  /** The kit's root. */
  root: string;
}

/** Writes the summary into a file of results, for `mckd record`. */
export function writeParity(
  file: string,
  { comparisons, reference = referenceFile(), root }: ParityToWrite,
): void {
  const record: RecordedParity = {
    command: 'npm run parity',
    summary: paritySummary(comparisons),
    equal: judge(comparisons).equal,
    precisions: PRECISIONS.filter((one) => comparisons.some(({ precision }) => precision === one)),
    referenceSha256: sha256(readFileSync(reference)),
    ...probeOrigin(root),
  };
  writeFileAtomic(file, `${JSON.stringify(record, null, 2)}\n`);
}

/**
 * Copies what `writeParity` left.
 * @throws UserError if it is not parity with the kit's own reference numbers in both precisions
 */
export function recordParity(from: string, file: string = FILE): RecordedParity {
  const found = recordedParity(from);
  const faults = [
    ...(found.equal ? [] : ['shows no parity']),
    ...(PRECISIONS.every((one) => found.precisions?.includes(one)) ? [] : ['lacks a precision']),
    ...(found.referenceSha256 === sha256(readFileSync(referenceFile()))
      ? []
      : ['is of other reference numbers']),
  ];
  if (faults.length > 0) {
    throw new UserError(
      `${from} ${faults.join(', ')}; nothing is written; record a complete run: ${found.command}`,
      { code: 'MISMATCH', file: from, field: 'summary', value: found.summary },
    );
  }
  writeFileAtomic(file, readFileSync(from), { flush: true });
  return found;
}

/** @throws UserError naming the file, when it is missing or broken */
export function recordedParity(file: string = FILE): RecordedParity {
  return readJson(file) as RecordedParity;
}
