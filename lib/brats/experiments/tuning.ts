/**
 * The choice of the short presets' distillation: a few weights and the other distance, tried on meta-validation
 * cases with a seed that no table uses. The test cases are never used here.
 */
import { mean } from '../../base/statistics';
import { buildConfig } from '../../config';
import { REGIONS } from '../../datasets/brats/regions';
import { meanOf, type RunMetric } from '../../experiment/metrics';
import type { Table } from '../../report/tables/types';
import type { BratsRun, BratsScores } from '../run-record';
import { diceMetric } from '../scores';
import type { BratsArm } from './arms';

/** The tables use 0, 1, 2. */
export const TUNING_SEED = 100;

/** Of the trials. */
export const TUNING_PRESET = 'standard';

const weight = (distillationWeight: number): BratsArm => ({
  key: `weight-${distillationWeight}`,
  title: `weight ${distillationWeight}, L1`,
  changes: { distillationWeight },
});

/** Changes of the preset. */
export const TUNED: readonly BratsArm[] = [
  { key: 'none', title: 'none', changes: { distillationWeight: 0 } },
  weight(0.001),
  weight(0.01),
  weight(0.1),
  {
    key: 'weight-0.1-mse',
    title: 'weight 0.1, MSE',
    changes: { distillationWeight: 0.1, distance: 'MSE' },
  },
];

/** L_KD before its weight, mean over the last hundred steps. */
const lastDistillation: RunMetric<BratsScores> = {
  title: 'distillation at the end',
  of: ({ curves: { losses, stride } }) => mean(losses.distillation.slice(-Math.ceil(100 / stride))),
};

/** The trials as a table. */
export function tuningTable(runs: readonly BratsRun[]): Table {
  const paper = buildConfig('paper').brats;
  return {
    name: 'brats-settings',
    title: 'How strongly to distil in a short training, judged on meta-validation cases',
    caption:
      `Dice in percent, mean over the 15 subsets; preset ${TUNING_PRESET} on the phantom, one seed that no other table uses. ` +
      `The test cases were not used. The paper’s weight is ${paper.distillationWeight} with ${paper.distance}.`,
    columns: [
      { key: 'setting', title: 'distillation' },
      ...REGIONS.map((region) => ({
        key: region,
        title: region,
        digits: 1,
        best: 'highest' as const,
      })),
      { key: 'distillation', title: 'L_KD at the end', digits: 4 },
    ],
    rows: TUNED.map(({ key, title }) => ({
      setting: title,
      ...Object.fromEntries(
        REGIONS.map((region) => [
          region,
          meanOf(runs, key, diceMetric(region, { set: 'metaValidation' })).mean,
        ]),
      ),
      distillation: meanOf(runs, key, lastDistillation).mean,
    })),
  };
}
