/** Runs every case and the trajectory of a reference, in float32 and in float64. */
import { disposeAll } from '../../nn/parameters';
import { compareCase, compareTrajectory, type Comparison, type Precision } from './compare';
import { filledParameters } from './filling';
import { inFloat64 } from './float64';
import { measureCase, measureTrajectory } from './measure';
import { compareGolden } from './compare-golden';
import { caseName, type Golden } from './golden';
import { goldenNetwork, measureGolden } from './measure-golden';
import type { ParityFile, Reference } from './reference';
import { compareSmil } from './smil';
import type { SmilGolden } from './smil/form';

/** A finished part of the check, and its result. */
export interface ParityEvent {
  label: string;
  done: number;
  total: number;
  comparisons: Comparison[];
}

export interface ParityOptions {
  /** Default: both. */
  precisions?: Precision[];
}

/**
 * Yields after each case, and after the trajectory, in each precision.
 * @throws UserError where a file is of a method or a network that the kit doesn't have
 */
export function checkParity(
  { file, content }: ParityFile,
  { precisions = ['float32', 'float64'] }: ParityOptions = {},
): AsyncGenerator<ParityEvent> {
  if ('rival' in content) return checkGolden(content, file, precisions);
  return 'prefix' in content ? checkSmil(content, precisions) : checkReference(content, precisions);
}

const inPrecision = <T>(precision: Precision, body: () => T): Promise<T> | T =>
  precision === 'float64' ? inFloat64(body) : body();

async function* checkGolden(
  golden: Golden,
  file: string,
  precisions: readonly Precision[],
): AsyncGenerator<ParityEvent> {
  const network = goldenNetwork(golden, file);
  const total = golden.cases.length * precisions.length;
  let done = 0;
  for (const precision of precisions) {
    for (const of of golden.cases) {
      const ours = await inPrecision(precision, () => measureGolden(network, of));
      const comparisons = compareGolden(ours, of, golden, precision);
      const label = `${golden.rival}, ${caseName(of)}, ${precision}`;
      yield { label, done: ++done, total, comparisons };
    }
  }
}

async function* checkSmil(
  golden: SmilGolden,
  precisions: readonly Precision[],
): AsyncGenerator<ParityEvent> {
  for (const [done, precision] of precisions.entries()) {
    const comparisons = await inPrecision(precision, () => compareSmil(golden, precision));
    const label = `SMIL, ${precision}`;
    yield { label, done: done + 1, total: precisions.length, comparisons };
  }
}

async function* checkReference(
  reference: Reference,
  precisions: readonly Precision[],
): AsyncGenerator<ParityEvent> {
  const { trajectory } = reference;
  const pieces = reference.float64.length + (trajectory ? 1 : 0);
  const total = pieces * precisions.length;
  let done = 0;
  for (const precision of precisions) {
    for (const [i, expected] of reference.float64.entries()) {
      const ours = await inPrecision(precision, () => {
        const parameters = filledParameters();
        try {
          return measureCase(parameters, expected);
        } finally {
          disposeAll(parameters);
        }
      });
      const comparisons = compareCase(ours, expected, reference.float32[i], precision);
      yield { label: `case ${expected.tag}, ${precision}`, done: ++done, total, comparisons };
    }
    if (!trajectory) continue;
    const ours = await inPrecision(precision, () => measureTrajectory(trajectory.float64));
    const comparisons = compareTrajectory(ours, trajectory.float64, trajectory.float32, precision);
    yield { label: `trajectory, ${precision}`, done: ++done, total, comparisons };
  }
}
