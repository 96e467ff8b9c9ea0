/** How the time of a step grows with crop and width. */
import { WARM_UP_STEPS } from '@mckd/lib/brats';
import type { Size3 } from '@mckd/lib/volume';
import {
  compare,
  sizeText,
  stepSpec,
  type Bench,
  type BenchRow,
  type BenchSetting,
  type CostPoint,
} from '../compare';
import type { WorkSpec } from '../kit-works';

/** A step at 1, 2, 4, 8 times the crop, and at 1, 2, 4, 8 times an eighth of the width. */
export async function cost(setting: BenchSetting): Promise<Partial<Bench>> {
  const crops: Size3[] = [
    [32, 64, 64],
    [64, 64, 64],
    [64, 128, 64],
    [64, 128, 128],
  ];
  const costs: CostPoint[] = [];
  const seconds = async (spec: WorkSpec): Promise<number> => {
    const measure = { rounds: setting.quick ? 1 : 5, warmUp: WARM_UP_STEPS };
    return (await compare({ ...setting, openPeer: undefined }, spec, { ...measure, tolerance: 0 }))
      .ours;
  };
  for (const [i, crop] of crops.entries()) {
    setting.tell(`cost of a step, crop ${sizeText(crop)}`);
    const spec = { ...stepSpec(setting, crop, 1), crop };
    costs.push({ axis: 'volume', factor: 2 ** i, seconds: await seconds(spec) });
  }
  for (let i = 0; i < 4; i++) {
    const width = 2 ** i / (setting.quick ? 64 : 8);
    setting.tell(`cost of a step, width ${width}`);
    const spec = stepSpec(setting, crops[0], 1, { width });
    costs.push({ axis: 'width', factor: 2 ** i, seconds: await seconds(spec) });
  }
  const row = (axis: CostPoint['axis'], what: string): BenchRow => {
    const [first, last] = [1, 8].map(
      (factor) => costs.find((c) => c.axis === axis && c.factor === factor)?.seconds ?? NaN,
    );
    return {
      work: `a step at 8 times the ${what}, over 8 steps at 1`,
      ours: last,
      peer: 8 * first,
      unit: 's',
      ratio: last / (8 * first),
      goal: 1,
    };
  };
  return { rows: [row('volume', 'crop'), row('width', 'width')], costs };
}
