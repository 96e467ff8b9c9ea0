/** The faults of a data set. */
import { UserError } from '../../../base/errors';

/**
 * `unreadable`: no NIfTI image that can be used. `missing`: a missing scan or label map.
 * `orientation`: axes that differ from the rest. `empty`: all voxels 0. `intensities`: they can't be normalised.
 * `codes`: unknown label codes. `count`: another
 * number of cases than expected or listed.
 */
export type FaultKind =
  | 'count'
  | 'missing'
  | 'unreadable'
  | 'shape'
  | 'affine'
  | 'orientation'
  | 'empty'
  | 'constant'
  | 'not finite'
  | 'intensities'
  | 'labels'
  | 'codes'
  | 'duplicate file'
  | 'duplicate image'
  | 'duplicate case'
  | 'split';

export interface DataFault {
  kind: FaultKind;
  /** The case's name, if it is a case's fault. */
  case?: string;
  file?: string;
  /** The value found. */
  value?: unknown;
  /** One sentence. */
  message: string;
}

/** A reader's error as a fault of the data set. */
export function faultOf(kind: FaultKind, error: unknown, name?: string): DataFault {
  if (!(error instanceof UserError)) throw error;
  const { file, value } = error.details;
  return {
    kind,
    ...(name === undefined ? {} : { case: name }),
    ...(file === undefined ? {} : { file }),
    ...(value === undefined ? {} : { value }),
    message: error.message,
  };
}

/** The most frequent value, the first of several; undefined of none. */
export function mostCommon<T>(items: readonly T[], keyOf: (item: T) => string): T | undefined {
  const counts = new Map<string, { item: T; count: number }>();
  for (const item of items) {
    const entry = counts.get(keyOf(item)) ?? { item, count: 0 };
    entry.count += 1;
    counts.set(keyOf(item), entry);
  }
  return [...counts.values()].reduce<{ item?: T; count: number }>(
    (best, entry) => (entry.count > best.count ? entry : best),
    { count: 0 },
  ).item;
}
