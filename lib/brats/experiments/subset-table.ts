/** The comparison as a table: each subset and region, mean and spread over seeds, paired differences. */
import { MODALITY_SUBSETS, subsetName } from '../../base/modality';
import { describeInterval } from '../../base/statistics';
import { counted } from '../../base/words';
import { REGIONS } from '../../datasets/brats/regions';
import { PROTOCOLS } from '../../datasets/provenance';
import type { DataRef } from '../../experiment/experiment';
import { differenceOf, meanOf, seedsOf } from '../../experiment/metrics';
import type { Column, Row, Table } from '../../report/tables/types';
import type { BratsRun } from '../run-record';
import { diceMetric, type CaseSet } from '../scores';
import { describeTrainingTime } from '../step-seconds';
import { COMPARED } from './arms';

export interface SubsetTableOptions {
  /** The data of the runs; its description goes into the caption. */
  data: DataRef;
  set?: CaseSet;
}

/** The row after the 15 subsets. */
const AVERAGE = 'average';

/** Dice of the three arms, and MCKD minus random subsets without distillation, seed by seed. */
export function subsetTable(
  runs: readonly BratsRun[],
  { data: { description, provenance, protocol }, set = 'test' }: SubsetTableOptions,
): Table {
  const columns: Column[] = [
    { key: 'subset', title: 'available modalities' },
    ...REGIONS.flatMap((region): Column[] => [
      ...COMPARED.map(({ key, title }): Column => ({
        key: `${region} ${key}`,
        title,
        group: region,
        digits: 1,
      })),
      { key: `${region} difference`, title: 'MCKD − random subsets', group: region, digits: 1 },
    ]),
  ];
  const rowOf = (name: string, subsets?: number[]): Row => {
    const row: Row = { subset: name };
    for (const region of REGIONS) {
      const dice = diceMetric(region, { subsets, set });
      for (const { key } of COMPARED) row[`${region} ${key}`] = meanOf(runs, key, dice);
      row[`${region} difference`] = differenceOf(runs, 'mckd', 'randomSubsets', dice);
    }
    return row;
  };
  const rows = MODALITY_SUBSETS.map((subset, s) => rowOf(subsetName(subset), [s]));
  const count = Object.keys(runs[0][set]).length;
  const seeds = seedsOf(runs);
  return {
    name: set === 'test' ? 'brats-subsets' : 'brats-subsets-meta-validation',
    title:
      set === 'test'
        ? 'Three trainings over the 15 subsets of scans'
        : 'The same on the meta-validation cases, on which settings are chosen',
    caption:
      `Dice in percent, mean over ${count} ${set === 'test' ? 'test' : 'meta-validation'} cases; ` +
      `${description}; ` +
      `${counted(seeds, 'seed')}; the difference of runs that share a seed with ${describeInterval(seeds)}. ` +
      'Weights after the last step; an empty region counts 1 ' +
      `when it is predicted empty and 0 otherwise. ${describeTrainingTime(runs)} ` +
      (provenance === 'real'
        ? `These are of ${PROTOCOLS[protocol]}; published numbers of another protocol are not comparable.`
        : 'These are synthetic cases and short trainings, not comparable with published numbers.'),
    columns,
    rows: [...rows, rowOf(AVERAGE)],
  };
}
