/** A whole training: what its time is spent on. */
import { trainingSteps } from '@mckd/lib/brats';
import { buildConfig } from '@mckd/lib/config';
import type { Bench, BenchRow, BenchSetting } from '../compare';
import { takeTurns, type Turns } from '../partner';

/** A training of the preset `quick`, from the first step to the last: shares of its time. */
export async function wholeTraining(setting: BenchSetting): Promise<Partial<Bench>> {
  setting.tell('a training of the preset quick');
  const ours = await setting.openOurs({ work: 'training' });
  try {
    const warmUp = setting.quick ? 2 : 10;
    const rounds = setting.quick ? 4 : trainingSteps(buildConfig('quick').brats) - warmUp;
    const { ours: answers } = await takeTurns(ours, undefined, { rounds, warmUp });
    const share = (turns: Turns['ours'], of: 'waitedSeconds' | 'metaSeconds'): number => {
      const sum = (key: typeof of | 'seconds'): number =>
        turns.reduce((total, answer) => total + (answer[key] ?? 0), 0);
      return (100 * sum(of)) / sum('seconds');
    };
    const row = (work: string, value: number, goal: number): BenchRow => ({
      ...{ work, ours: value, peer: null, unit: '%', ratio: null, goal },
    });
    return {
      rows: [
        row(
          'share of a training step spent waiting for data (quick)',
          share(answers.slice(warmUp), 'waitedSeconds'),
          5,
        ),
        row('share of a training spent in meta events (quick)', share(answers, 'metaSeconds'), 10),
      ],
    };
  } finally {
    ours.close();
  }
}
