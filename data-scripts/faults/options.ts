/** Choices of `mckd faults`. */
import type { JsonOption } from '../terminal/report';

export const FAULT_PARTS = ['kills', 'av-kills', 'files', 'soak', 'determinism'] as const;
export type FaultPart = (typeof FAULT_PARTS)[number];

export interface FaultsCommandOptions extends JsonOption {
  quick?: boolean;
  only?: FaultPart[];
  seed?: number;
  out?: string;
}
