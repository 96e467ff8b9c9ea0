/**
 * Which numbers a training gives. A run's identity holds it beside settings and data, so no run of other numerics is
 * taken up as if it were of this code. `numerics.test.ts` knows the numbers and fails where they change: raise it then.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { probeKit } from './manifest';

export const NUMERICS = { brats: 2, avMnist: 1 } as const;

/** The code that made a run. */
export interface CodeState {
  version: string;
  /** The git commit, or null outside of a git checkout. */
  commit: string | null;
  /** Did tracked files differ from that commit? */
  modified: boolean;
  /** `NUMERICS` of the run's task. */
  numerics: number;
}

export const codeSchema: z.ZodType<CodeState> = z.strictObject({
  version: z.string(),
  commit: z.string().nullable(),
  modified: z.boolean(),
  numerics: z.int(),
});

/** The code of this process; asks git. */
export function probeCode(task: keyof typeof NUMERICS): CodeState {
  // The kit's root, seen from lib/dist.
  return { ...probeKit(join(__dirname, '..', '..')), numerics: NUMERICS[task] };
}
