/** A training step: its time and peak memory. */
import { WARM_UP_STEPS } from '@mckd/lib/brats';
import { buildConfig } from '@mckd/lib/config';
import type { Size3 } from '@mckd/lib/volume';
import {
  compare,
  sizeText,
  stepSpec,
  timeAndPeak,
  type Bench,
  type BenchRow,
  type BenchSetting,
} from '../compare';

/** Ratio to the peer, at most. On a GPU, and on processors without AVX-512, where both sides do the same convolutions. */
const STEP_GOALS = { gpu: 0.8, older: 0.65 };
export const SMALL: StepSize = { crop: [32, 64, 64], goal: 0.5 };
export const LARGE: StepSize = { crop: [48, 96, 96], goal: 0.35 };

interface StepSize {
  crop: Size3;
  /** Of full width, where not given. */
  width?: number;
  /** Of the time's ratio, on a processor with AVX-512. */
  goal: number;
}

export async function timedSteps(setting: BenchSetting): Promise<Partial<Bench>> {
  const { width, crop, batchSize } = buildConfig('quick').brats;
  const rows: BenchRow[] = [];
  for (const size of [SMALL, LARGE]) {
    for (const batch of [1, 2]) rows.push(...(await trainingStep(setting, size, batch)));
  }
  const small = { ...setting, older: false };
  return {
    rows: [...rows, ...(await trainingStep(small, { crop, width, goal: 0.35 }, batchSize))],
  };
}

/** Time and, on a processor, peak memory. */
export async function trainingStep(
  setting: BenchSetting,
  { crop, width, goal }: StepSize,
  batch: number,
): Promise<BenchRow[]> {
  const spec = stepSpec(setting, crop, batch, width === undefined ? {} : { width });
  const preset = width === undefined ? '' : ', width of quick';
  const at = `${sizeText(spec.crop)}, batch ${batch}${preset}`;
  setting.tell(`training step, ${at}`);
  const measure = { rounds: setting.quick ? 2 : 9, warmUp: WARM_UP_STEPS };
  const compared = await compare(setting, spec, { ...measure, tolerance: 1e-4 });
  const own = setting.older ? STEP_GOALS.older : goal;
  return timeAndPeak(at, compared, measure, {
    time: compared.gpu ? STEP_GOALS.gpu : own,
    // A narrow network is smaller than what either library takes for itself.
    memory: width === undefined ? 0.8 : null,
  });
}
