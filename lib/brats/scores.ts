/** Scores of a finished training of the segmentation: Dice of regions and subsets. */
import { UserError } from '../base/errors';
import { MODALITY_SUBSETS, subsetName } from '../base/modality';
import { mean } from '../base/statistics';
import { REGIONS, type Region } from '../datasets/brats/regions';
import type { RunMetric } from '../experiment/metrics';
import type { BratsRun, BratsScores } from './run-record';

/** Cases for testing, or for choosing settings. */
export type CaseSet = 'test' | 'metaValidation';

/** Selects a Dice score. */
export interface DiceOptions {
  /** Indices in `MODALITY_SUBSETS`; default: all 15. */
  subsets?: readonly number[];
  /** Default: the test cases. */
  set?: CaseSet;
}

const ALL_SUBSETS: readonly number[] = [...MODALITY_SUBSETS.keys()];

/** Dice in percent of a region, mean over subsets, of each case. */
export function caseDice(
  run: BratsRun,
  region: Region,
  { subsets = ALL_SUBSETS, set = 'test' }: DiceOptions = {},
): Record<string, number> {
  const at = REGIONS.indexOf(region);
  return Object.fromEntries(
    Object.entries(run[set]).map(([name, scores]) => [
      name,
      (100 * subsets.reduce((sum, s) => sum + scores[s][at], 0)) / subsets.length,
    ]),
  );
}

/**
 * One run's Dice in percent of a region, mean over cases and subsets.
 * @throws UserError if the run has no scored case, or a score is not a number, naming run, region and subset
 */
export function meanDice(run: BratsRun, region: Region, options: DiceOptions = {}): number {
  const { subsets = ALL_SUBSETS, set = 'test' } = options;
  const cases = Object.values(run[set]);
  const at = REGIONS.indexOf(region);
  const sum = cases.reduce(
    (total, scores) => total + subsets.reduce((part, s) => part + scores[s][at], 0),
    0,
  );
  const dice = (100 * sum) / (cases.length * subsets.length);
  if (Number.isFinite(dice)) return dice;
  const name =
    subsets.length === 1 ? subsetName(MODALITY_SUBSETS[subsets[0]]) : 'the mean of subsets';
  const why = cases.length === 0 ? 'no case was scored' : 'a score of a case is not a number';
  throw new UserError(
    `the ${set === 'test' ? 'test' : 'meta-validation'} Dice of ${run.arm}, seed ${run.seed}, ${region}, ${name}, is ${dice}: ${why}; delete the run and train again, on data whose test cases have labels`,
    { code: 'NOT_FINITE', field: `${set} ${region}`, value: dice },
  );
}

/** `meanDice` as a metric of experiments. */
export function diceMetric(region: Region, options: DiceOptions = {}): RunMetric<BratsScores> {
  return {
    title: `Dice of ${region}`,
    of: (run) => meanDice(run, region, options),
    byCase: (run) => caseDice(run, region, options),
  };
}

/** HD95 in mm of a region, mean over test cases and subsets, of a run that has it. */
export function hd95Metric(
  region: Region,
  { subsets = ALL_SUBSETS }: Pick<DiceOptions, 'subsets'> = {},
): RunMetric<BratsScores> {
  const at = REGIONS.indexOf(region);
  const byCase = ({ hd95 = {} }: BratsRun): Record<string, number> =>
    Object.fromEntries(
      Object.entries(hd95).map(([name, scores]) => [name, mean(subsets.map((s) => scores[s][at]))]),
    );
  return { title: `HD95 of ${region}`, of: (run) => mean(Object.values(byCase(run))), byCase };
}

/** Expected calibration error in percent, mean over test cases and subsets, of a run that has it. */
export function calibrationMetric({
  subsets = ALL_SUBSETS,
}: Pick<DiceOptions, 'subsets'> = {}): RunMetric<BratsScores> {
  const byCase = ({ calibration = {} }: BratsRun): Record<string, number> =>
    Object.fromEntries(
      Object.entries(calibration).map(([name, errors]) => [
        name,
        100 * mean(subsets.map((s) => errors[s])),
      ]),
    );
  return { title: 'calibration error', of: (run) => mean(Object.values(byCase(run))), byCase };
}

/** The subsets that lack T1ce, which shows enhancing tumour. */
export const WITHOUT_T1CE: readonly number[] = ALL_SUBSETS.filter(
  (subset) => !MODALITY_SUBSETS[subset].includes('t1ce'),
);
