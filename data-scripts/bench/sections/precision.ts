/** A training whose convolutions are in bfloat16, beside the same in float32. */
import { mean } from '@mckd/lib/base';
import type { Bench, BenchSetting } from '../compare';
import { medianSeconds, takeTurns } from '../partner';

/** Steps whose mean loss is compared, at the end. */
const LAST = 50;

/** The first steps of a training of the preset `quick`: losses of both precisions and, on a GPU, times of a step. */
export async function precisions(setting: BenchSetting): Promise<Partial<Bench>> {
  setting.tell('200 steps of the preset quick in bf16 and in float32');
  const open = (precision: 'float32' | 'bf16'): ReturnType<BenchSetting['openOurs']> =>
    setting.openOurs({ work: 'training', precision });
  const bf16 = await open('bf16');
  const float32 = await open('float32');
  try {
    const warmUp = 2;
    const rounds = (setting.quick ? 6 : 200) - warmUp;
    const { ours, peer } = await takeTurns(bf16, float32, { rounds, warmUp });
    const losses = [ours, peer].map((answers) => answers.map(({ value }) => value ?? NaN));
    const [own, other] = losses.map((all) => mean(all.slice(-LAST)));
    const steps = `${losses[0].length} steps of quick`;
    const [seconds, others] = [ours, peer].map((answers) => medianSeconds(answers, warmUp));
    return {
      rows: [
        {
          work: `${steps} in bf16, mean loss of the last ${Math.min(LAST, losses[0].length)} (peer: the kit in float32)`,
          ...{ ours: own, peer: other, unit: 'loss', ratio: own / other, goal: null },
        },
        // A processor computes in float32 on rounded numbers.
        ...(bf16.gpu
          ? [
              {
                work: 'training step of quick in bf16 (peer: the kit in float32)',
                ...{ ours: seconds, peer: others, unit: 's', ratio: seconds / others, goal: null },
              },
            ]
          : []),
      ],
      precisions: { bf16: losses[0], float32: losses[1] },
    };
  } finally {
    bf16.close();
    float32.close();
  }
}
