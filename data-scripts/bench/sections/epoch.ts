/** An epoch of Audiovision-MNIST. */
import { buildConfig } from '@mckd/lib/config';
import { compare, timeRow, type Bench, type BenchSetting } from '../compare';
import type { WorkSpec } from '../kit-works';

export async function audioVisualEpoch(setting: BenchSetting): Promise<Partial<Bench>> {
  setting.tell('an epoch of Audiovision-MNIST');
  const { batchSize, learningRate, weightDecay } = buildConfig('paper').avMnist;
  const pairs = setting.quick ? 128 : 1050;
  const spec: WorkSpec = {
    work: 'epoch',
    pairs,
    batch: batchSize,
    rate: learningRate,
    decay: weightDecay,
  };
  // The first turn only compares losses; then it takes some hundred steps until JavaScript is fully
  // optimised (a run has two thousand).
  const measure = setting.quick ? { rounds: 2, warmUp: 2 } : { rounds: 30, warmUp: 21 };
  const compared = await compare(setting, spec, { ...measure, tolerance: 1e-5 });
  const goal = compared.gpu ? 0.8 : 0.5;
  return {
    rows: [timeRow(`Audiovision-MNIST epoch, ${pairs} pairs, batch ${batchSize}`, compared, goal)],
  };
}
