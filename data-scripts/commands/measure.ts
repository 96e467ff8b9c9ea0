/** `mckd measure`: time and memory of a training step. */
import { measureSteps } from '@mckd/lib/brats';
import { buildConfig } from '@mckd/lib/config';
import { leaveSignalsToSystem } from '../terminal/interrupt';
import { reportTo } from '../terminal/report';
import { overridesOf, addPrecision } from '../terminal/overrides';

export interface MeasureOptions {
  preset: string;
  set: string[];
  steps: number;
  recompute?: boolean;
  precision?: string;
}

/**
 * Runs training steps and prints for each, as JSON, its seconds and the peak memory of the process so
 * far.
 * @throws UserError as `buildConfig`
 */
export function measure({ preset, set, steps, recompute, precision }: MeasureOptions): void {
  const { event } = reportTo({ json: true });
  const { brats, seed } = buildConfig(preset, overridesOf(addPrecision(set, precision)));
  const { crop, batchSize: batch, width } = brats;
  // A step of the paper's size takes a minute.
  leaveSignalsToSystem();
  for (const { seconds, peakBytes } of measureSteps(brats, seed, steps, { recompute })) {
    const peakGiB = twoDigits(peakBytes / 2 ** 30);
    event({ crop, batch, width, seconds: twoDigits(seconds), peakGiB });
  }
}

const twoDigits = (value: number): number => Number(value.toFixed(2));
