/** The options of a set of phantoms, checked. */
import { UserError } from '../../base/errors';
import { gridOfSize, gridOfSpacing, type PhantomGrid } from './grid';

export interface PhantomOptions {
  /** Default: 100. */
  cases?: number;
  /** Voxels along X, Y, Z; default: 96 x 96 x 64, which are 2.5 mm; 240 x 240 x 155 is BraTS' own. */
  size?: readonly number[];
  /** Instead of the size: edge of a voxel, mm. */
  spacing?: number;
  /** Default: 0. */
  seed?: number;
  /** Cases for testing; default: 20 percent. */
  testCases?: number;
  /** Cases for meta-validation; default: 10 percent, at least 5 (as the authors have) but at most half. */
  metaValidationCases?: number;
}

/** The options with every default filled in. */
export interface PhantomSettings {
  cases: number;
  seed: number;
  testCases: number;
  metaValidationCases: number;
  grid: PhantomGrid;
}

/** Names have four digits. */
const MOST_CASES = 9999;

/** @throws UserError naming the option and its value */
export function phantomSettings(options: PhantomOptions = {}): PhantomSettings {
  const { cases = 100, seed = 0, size, spacing } = options;
  if (size !== undefined && spacing !== undefined) {
    throw new UserError('both size and spacing are given; give one of them', {
      code: 'USAGE',
      field: 'size',
    });
  }
  const whole = (field: string, value: number, least: number, most: number): number => {
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new UserError(`${field} is ${value}; give a whole number from ${least} to ${most}`, {
      code: 'BAD_VALUE',
      field,
      value,
    });
  };
  whole('cases', cases, 1, MOST_CASES);
  const testCases = whole('test cases', options.testCases ?? Math.round(0.2 * cases), 0, cases - 1);
  const few = Math.min(Math.max(5, Math.round(0.1 * cases)), Math.floor(cases / 2));
  const left = cases - 1 - testCases;
  const metaValidationCases = whole(
    'meta-validation cases',
    options.metaValidationCases ?? Math.min(few, left),
    0,
    left,
  );
  return {
    cases,
    seed: whole('seed', seed, 0, Number.MAX_SAFE_INTEGER),
    testCases,
    metaValidationCases,
    grid: spacing === undefined ? gridOfSize(size ?? [96, 96, 64]) : gridOfSpacing(spacing),
  };
}
