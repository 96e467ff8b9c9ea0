/** The comparison as tables: each subset and region, mean and spread over seeds, paired differences. */
import { REGIONS, type Region } from '../datasets/brats';
import { PROTOCOLS, type DataFacts } from '../datasets/provenance';
import { ReaderError } from '../base/errors';
import { MODALITY_SUBSETS, subsetName } from '../base/modality';
import { describeInterval, pairedVerdict } from '../base/statistics';
import { meanCell } from '../report/tables';
import type { Column, Row, Table } from '../report/tables/types';
import { counted } from '../base/words';
import { BRATS_METHODS, BRATS_METHOD_NAMES, type BratsMethod } from './methods';
import { describeTrainingTime } from './step-seconds';
import type { BratsRun } from './run-record';

export interface ComparisonTableOptions extends DataFacts {
  /** What the runs are of: data, preset; goes to the caption. */
  data: string;
  /** Which cases: those for testing, or those for choosing settings. */
  set?: 'test' | 'metaValidation';
}

/** The row after the 15 subsets. */
const AVERAGE = 'average';

const METHODS = Object.keys(BRATS_METHODS) as BratsMethod[];

/**
 * One run's Dice in percent of a subset and region, mean over cases; of all 15 subsets where `subset` is
 * left out.
 * @throws ReaderError where the run has no scored case, or a score is no number, naming run, region and subset
 */
export function subsetDice(
  run: BratsRun,
  region: Region,
  subset?: number,
  set: 'test' | 'metaValidation' = 'test',
): number {
  const cases = Object.values(run[set]);
  const at = REGIONS.indexOf(region);
  const subsets = subset === undefined ? [...MODALITY_SUBSETS.keys()] : [subset];
  const sum = cases.reduce(
    (total, scores) => total + subsets.reduce((part, s) => part + scores[s][at], 0),
    0,
  );
  const dice = (100 * sum) / (cases.length * subsets.length);
  if (Number.isFinite(dice)) return dice;
  const name =
    subset === undefined ? 'the mean of all subsets' : subsetName(MODALITY_SUBSETS[subset]);
  const why = cases.length === 0 ? 'no case was scored' : 'a score of a case is no number';
  throw new ReaderError(
    `the ${set === 'test' ? 'test' : 'meta-validation'} Dice of ${run.method}, seed ${run.seed}, ${region}, ${name}, is ${dice}: ${why}; delete the run and train again, on data whose test cases have labels`,
    { field: `${set} ${region}`, value: dice },
  );
}

/** Dice of the three methods, and MCKD minus random subsets without distillation, seed by seed. */
export function subsetTable(
  runs: readonly BratsRun[],
  { data, provenance, protocol, set = 'test' }: ComparisonTableOptions,
): Table {
  const seeds = [...new Set(runs.map(({ seed }) => seed))].sort((a, b) => a - b);
  const of = (method: BratsMethod): BratsRun[] =>
    seeds.flatMap((seed) => runs.filter((run) => run.method === method && run.seed === seed));
  const columns: Column[] = [
    { key: 'subset', title: 'scans there' },
    ...REGIONS.flatMap((region): Column[] => [
      ...METHODS.map((method): Column => ({
        key: `${region} ${method}`,
        title: BRATS_METHOD_NAMES[method],
        group: region,
        digits: 1,
      })),
      { key: `${region} difference`, title: 'MCKD − random subsets', group: region, digits: 1 },
    ]),
  ];
  const rowOf = (name: string, subset?: number): Row => {
    const row: Row = { subset: name };
    for (const region of REGIONS) {
      const values = (method: BratsMethod): number[] =>
        of(method).map((run) => subsetDice(run, region, subset, set));
      for (const method of METHODS) row[`${region} ${method}`] = meanCell(values(method));
      row[`${region} difference`] = pairedVerdict(values('mckd'), values('randomSubsets'));
    }
    return row;
  };
  const rows = MODALITY_SUBSETS.map((subset, s) => rowOf(subsetName(subset), s));
  const count = Object.keys(runs[0][set]).length;
  return {
    name: set === 'test' ? 'brats-subsets' : 'brats-subsets-meta-validation',
    title:
      set === 'test'
        ? 'Three trainings over the 15 subsets of scans'
        : 'The same on the meta-validation cases, which settings are chosen on',
    caption:
      `Dice in percent, mean over ${count} ${set === 'test' ? 'test' : 'meta-validation'} cases; ` +
      `${data}; ` +
      `${counted(seeds.length, 'seed')}; the difference of runs that share a seed with ${describeInterval(seeds.length)}. ` +
      'Weights after the last step; an empty region counts 1 ' +
      `when it is predicted empty and 0 otherwise. ${describeTrainingTime(runs)} ` +
      (provenance === 'real'
        ? `These are of ${PROTOCOLS[protocol]}; published numbers of another protocol are not comparable.`
        : 'These are made-up cases and short trainings: not to be set against published numbers.'),
    columns,
    rows: [...rows, rowOf(AVERAGE)],
  };
}
