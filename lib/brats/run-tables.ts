/** Small tables of trained runs: the loss from a missing scan, the change of the importance weights. */
import { describeWeights, type ImportanceConfig } from '../config/method';
import { REGIONS } from '../datasets/brats';
import { ALL_SCANS, MODALITIES, MODALITY_NAMES, subsetWithout } from '../base/modality';
import { meanCell, type Row, type Table } from '../report/tables';
import type { BratsRun } from './run-record';
import { meanDice } from './scores';
import type { FeatureDistances, FeatureSpread } from './features';

/** Dice with all four scans, and the loss when one of them is missing; mean over the runs. */
export function missingScanTable(runs: readonly BratsRun[]): Table {
  return {
    name: 'brats-missing-scan',
    title: 'Loss of Dice from one missing scan',
    caption:
      'Dice in percent on the test cases with all four scans, and how much less it is when one of them is missing.',
    columns: [
      { key: 'region', title: 'region' },
      { key: 'all', title: 'all four', digits: 1 },
      ...MODALITIES.map((modality) => ({
        key: modality,
        title: MODALITY_NAMES[modality],
        group: 'lost without',
        digits: 1,
      })),
    ],
    rows: REGIONS.map((region): Row => {
      const dice = (run: BratsRun, subset: number): number =>
        meanDice(run, region, { subsets: [subset] });
      const row: Row = { region, all: meanCell(runs.map((run) => dice(run, ALL_SCANS))) };
      for (const modality of MODALITIES) {
        row[modality] = meanCell(
          runs.map((run) => dice(run, ALL_SCANS) - dice(run, subsetWithout(modality))),
        );
      }
      return row;
    }),
  };
}

/** The importance weights after the first and the last meta event of runs of one config, and how they changed. */
export function importanceTable(runs: readonly BratsRun[], importance: ImportanceConfig): Table {
  const rows = runs.flatMap(({ seed, weights }) => {
    const [first, last] = [weights[0], weights[weights.length - 1]];
    if (!first) return [];
    const row = (when: string, w: readonly number[]): Record<string, string | number> => ({
      seed: String(seed),
      when,
      ...Object.fromEntries(MODALITIES.map((modality, m) => [modality, w[m]])),
    });
    return [
      row(`after step ${first.step}`, first.w),
      row(`after step ${last.step}`, last.w),
      row(
        'change',
        last.w.map((w, m) => w - first.w[m]),
      ),
    ];
  });
  return {
    name: 'brats-importance-weights',
    title: 'Importance weights, first and last',
    caption: `${describeWeights(importance)}.`,
    columns: [
      { key: 'seed', title: 'seed' },
      { key: 'when', title: 'meta event' },
      ...MODALITIES.map((modality) => ({
        key: modality,
        title: MODALITY_NAMES[modality],
        digits: 3,
      })),
    ],
    rows,
  };
}

/** Feature statistics of trained networks. */
export interface FeatureFacts {
  name: string;
  spread: FeatureSpread;
  /** Of each scan filled from the other three. */
  distances: FeatureDistances;
}

/** Distances between features, and the cosine of filled and true ones. */
export function featureTable(methods: readonly FeatureFacts[], cases: number): Table {
  return {
    name: 'brats-features',
    title: 'Bottleneck features of the trained networks',
    caption: `Crops around the tumour of ${cases} test cases. Mean absolute differences; cosine of a scan's feature with the mean of the other three, which would replace it.`,
    columns: [
      { key: 'method', title: 'training' },
      { key: 'betweenScans', title: 'between scans of a case', digits: 3 },
      { key: 'betweenCases', title: 'between cases, one scan', digits: 3 },
      { key: 'magnitude', title: 'magnitude, mean |f|', digits: 3 },
      ...MODALITIES.map((modality) => ({
        key: modality,
        title: MODALITY_NAMES[modality],
        group: 'cosine of filled and true',
        digits: 3,
      })),
    ],
    rows: methods.map(({ name, spread, distances }): Row => ({
      method: name,
      ...spread,
      ...Object.fromEntries(
        MODALITIES.map((modality) => [modality, distances.byScan[modality]?.cosine ?? null]),
      ),
    })),
  };
}
