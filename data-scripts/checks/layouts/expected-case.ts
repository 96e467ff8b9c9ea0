import type { Modality } from '@mckd/lib/base';

/** The expected content of a case. */
export interface ExpectedCase {
  name: string;
  /** [X * Y * Z] along LPS. */
  scans: Partial<Record<Modality, Int16Array>>;
  /** [X * Y * Z] along LPS, in the kit's codes. */
  labels?: Uint8Array;
}
