/** Which code made a run. */
import { z } from 'zod';
import { NUMERICS } from '../base/numerics';
import { KIT_ROOT } from '../base/shipped-file';
import { probeKit } from '../report/origin';

/** The code that made a run. */
export interface CodeState {
  version: string;
  /** The git commit, or null outside of a git checkout. */
  commit: string | null;
  /** Whether tracked files differed from that commit. */
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

/** The code of this process, by git. */
export function probeCode(task: keyof typeof NUMERICS): CodeState {
  return { ...probeKit(KIT_ROOT), numerics: NUMERICS[task] };
}
