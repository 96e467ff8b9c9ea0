/** Memory over many steps, and of the paper's step. */
import { WARM_UP_STEPS } from '@mckd/lib/brats';
import type { Size3 } from '@mckd/lib/volume';
import {
  compare,
  GIB,
  sizeText,
  stepSpec,
  timeRow,
  type Bench,
  type BenchRow,
  type BenchSetting,
} from '../compare';
import { takeTurns } from '../partner';

/** Growth of memory from step to step. */
export async function growth(setting: BenchSetting): Promise<Partial<Bench>> {
  const [few, many] = setting.quick ? [5, 20] : [20, 200];
  const spec = stepSpec(setting, [32, 64, 64], 1);
  setting.tell(`growth of memory from step ${few} to step ${many}`);
  const ours = await setting.openOurs(spec);
  try {
    const { ours: answers } = await takeTurns(ours, undefined, { rounds: many, warmUp: 0 });
    const [early, late] = [answers[few - 1], answers[many - 1]];
    const row = (what: string, a: number, b: number, unit: string, goal: number): BenchRow => ({
      work: `${what} after ${many} steps, over that after ${few}`,
      ours: b,
      peer: a,
      unit,
      ratio: b / a,
      goal,
    });
    const resident = (answer: typeof early): number => (answer.residentBytes ?? NaN) / GIB;
    return {
      rows: [
        row('tensors', early.tensors ?? NaN, late.tensors ?? NaN, 'tensors', 1),
        // The allocator's memory varies by a few percent between steps.
        row('resident size', resident(early), resident(late), 'GiB', 1.05),
      ],
    };
  } finally {
    ours.close();
  }
}

export async function paperStep(setting: BenchSetting): Promise<Partial<Bench>> {
  setting.tell('training step of the paper’s crop, blocks run again in the backward pass');
  const spec = stepSpec(setting, [80, 160, 160], 2, { recompute: true });
  const paper = await compare({ ...setting, openPeer: undefined }, spec, {
    rounds: 1,
    warmUp: WARM_UP_STEPS,
    tolerance: 0,
  });
  const peak: BenchRow = {
    work: 'peak memory of that step',
    ours: (paper.turns.ours.at(-1)?.peakBytes ?? NaN) / GIB,
    peer: null,
    unit: 'GiB',
    ratio: null,
    goal: 20,
  };
  const at = sizeText(spec.crop);
  setting.tell('cost of running blocks again');
  const small: Size3 = [48, 96, 96];
  const again = await compare(
    { ...setting, openPeer: () => setting.openOurs(stepSpec(setting, small, 1)) },
    stepSpec(setting, small, 1, { recompute: true }),
    { rounds: setting.quick ? 2 : 6, warmUp: WARM_UP_STEPS, tolerance: 1e-6 },
  );
  return {
    rows: [
      {
        work: `training step, ${at}, batch 2, blocks run again`,
        ours: paper.ours,
        peer: null,
        unit: 's',
        ratio: null,
        goal: null,
      },
      ...(paper.gpu ? [] : [peak]),
      timeRow(`blocks run again, over blocks kept (${sizeText(small)}, batch 1)`, again, 1.4),
    ],
  };
}
