/** A process that makes training steps on noise, for `measure-splits.ts`. */
import { setImmediate as turn } from 'node:timers/promises';
import type { BratsTrainingConfig } from '../config';
import { serveTasks } from '../base/pool';
import { measureSteps } from './measure';

export interface MeasureRequest {
  config: BratsTrainingConfig;
  steps: number;
}

export type MeasureReply =
  | { kind: 'step'; /** Milliseconds since 1970. */ from: number; to: number; peakBytes: number }
  | { kind: 'done' };

serveTasks<MeasureRequest, MeasureReply>(async function* ({ config, steps }) {
  for (const { seconds, peakBytes } of measureSteps(config, 0, steps)) {
    const to = performance.timeOrigin + performance.now();
    yield { kind: 'step', from: to - 1000 * seconds, to, peakBytes };
    await turn();
  }
  yield { kind: 'done' };
});
