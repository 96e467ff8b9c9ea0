/** Results of `mckd faults`: totals, and sentences for the page on reliability. */
import { readFileSync } from 'node:fs';
import { readJson, UserError, writeFileAtomic } from '@mckd/lib/base';
import type {
  DeterminismSummary,
  FuzzSummary,
  KillSummary,
  SoakSummary,
  THREAD_TOLERANCE,
} from '@mckd/lib/checks';
import type { Origin } from '@mckd/lib/report';
import { FAULT_PARTS } from './options';

/** The figures of each part. */
export interface FaultFigures {
  kills: KillSummary;
  'av-kills': KillSummary;
  files: FuzzSummary;
  soak: SoakSummary;
  determinism: DeterminismSummary & { tolerance: typeof THREAD_TOLERANCE };
}

export interface Outcome<Figures> {
  figures: Figures;
  /** Failures; empty if all is well. */
  bad: string[];
}

export type Outcomes = { [Part in keyof FaultFigures]?: Outcome<FaultFigures[Part]> };

const TOTALS = [
  'kills',
  'killsSurvived',
  'bitExactResumes',
  'mutations',
  'crashes',
  'hangs',
  'silentlyWrong',
  'worstMemoryMiB',
] as const;
type Totals = Partial<Record<(typeof TOTALS)[number], number>>;

/** The code and the machine: parts may be run on different days. */
type Traced = { [Part in keyof FaultFigures]?: Outcomes[Part] & Origin };

/** faults.json. */
export interface FaultsRecord extends Totals {
  /** Only a few of each? */
  quick: boolean;
  parts: Traced;
}

/**
 * Copies the figures in the file `from` to `to`.
 * @throws UserError unless they are of a full run of every part without failures
 */
export function recordFaults(from: string, to: string): string {
  const { quick, parts } = readJson(from) as FaultsRecord;
  const lacking = FAULT_PARTS.filter((part) => parts[part]?.bad.length !== 0);
  if (quick || lacking.length > 0) {
    throw new UserError(
      `${from} is ${quick ? 'of a quick run' : `without a good run of ${lacking.join(', ')}`}; nothing is written; ` +
        'record a full run of every part without failures: npm run test:faults',
      { code: 'MISMATCH', file: from, field: quick ? 'quick' : lacking[0] },
    );
  }
  writeFileAtomic(to, readFileSync(from), { flush: true });
  return `${FAULT_PARTS.length} parts`;
}

/** Over all parts that have them: sums of counts, and the largest memory. */
export function totalsOf(parts: Outcomes): Totals {
  const figures = Object.values(parts).map((part) => part.figures as Totals);
  return Object.fromEntries(
    TOTALS.flatMap((total) => {
      const values = figures.flatMap((one) => one[total] ?? []);
      if (values.length === 0) return [];
      const worst = total === 'worstMemoryMiB';
      return [[total, worst ? Math.max(...values) : values.reduce((sum, value) => sum + value)]];
    }),
  );
}

const count = (value: number): string => value.toLocaleString('en-US');

/** One sentence per part that was run, in Markdown. */
export function faultsConclusions(parts: Outcomes): string[] {
  const { kills, 'av-kills': avKills, files, soak, determinism } = parts;
  return [
    kills && `**Killed while it trains**, ${killed(kills.figures)}.`,
    avKills && `**Killed in Audiovision-MNIST runs**, ${killed(avKills.figures)}.`,
    files && brokenFiles(files.figures),
    soak && longRun(soak.figures),
    determinism && twice(determinism.figures),
  ].filter((sentence) => sentence !== undefined);
}

function killed({ kills, killsSurvived, bitExactResumes }: KillSummary): string {
  return (
    `${count(kills)} times: ${count(killsSurvived)} times the state could be loaded, and after ${count(bitExactResumes)} ` +
    'the run ended as the uninterrupted one, byte for byte'
  );
}

function brokenFiles(figures: FuzzSummary): string {
  const nifti = Object.entries(figures.targets)
    .filter(([target]) => target.startsWith('nifti'))
    .reduce((sum, [, { inputs }]) => sum + inputs, 0);
  return (
    `**Broken files**: of ${count(figures.mutations)} (${count(nifti)} NIfTI) ${count(figures.crashes)} crashed a reader, ` +
    `${count(figures.hangs)} took over a second, ${count(figures.overMemory)} over 256 MiB (the most: ${count(figures.worstMemoryMiB)} MiB), ` +
    `and ${count(figures.silentlyWrong)} gave data that the file does not hold; the rest were refused by name, or read exactly.`
  );
}

function longRun(figures: SoakSummary): string {
  const { steps, metaEvents, checkpoints, tensorsPerStep, bytesPerStep, peakMiB, sizesMiB } =
    figures;
  return (
    `**A long run**: over ${count(steps)} steps, ${count(metaEvents)} meta events and ${count(checkpoints)} checkpoints (written, read and scored), the number of tensors ` +
    `changed by ${tensorsPerStep} per step and the size of the process by ${count(Math.round(bytesPerStep)).replace('-', '−')} bytes per step: slopes after the first two fifths of each stage, ` +
    `the larger one (${sizesMiB[0]} MiB at first, ${count(Math.round(peakMiB))} at most).`
  );
}

function twice(figures: FaultFigures['determinism']): string {
  const { equalBytes, threadDifference, tolerance } = figures;
  const percent = (share: number): string => `${(100 * share).toPrecision(1)} %`;
  return (
    `**The same config twice**, in two processes, gave ${equalBytes ? 'the same bytes' : 'different bytes'}. With two threads instead of one, the losses of the ` +
    `first step differed by ${threadDifference.firstStep === 0 ? 'nothing' : percent(threadDifference.firstStep)}, those of nine steps by up to ` +
    `${percent(threadDifference.nineSteps)} (bound: ${percent(tolerance.nineSteps)}).`
  );
}
