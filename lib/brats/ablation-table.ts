/** The ablations as a table and as figures: each variant's Dice, and its paired difference to the base. */
import type { Config } from '../config';
import { REGIONS, type Region } from '../datasets/brats';
import { pairedDifferencesFigure, pointsFigure, type Figure } from '../report/figures';
import { MODALITY_SUBSETS } from '../base/modality';
import { publishedCell, publishedTable } from '../published';
import { describeInterval, pairedVerdict } from '../base/statistics';
import { errorBars, meanCell } from '../report/tables';
import type { Column, Row, Table } from '../report/tables/types';
import { counted } from '../base/words';
import { ABLATION_BASE, ablationConfig, ablationRows, type AblationRow } from './ablations';
import { subsetDice } from './comparison-table';
import { trainingSteps } from './schedule';
import { describeTrainingTime } from './step-seconds';
import type { BratsRun } from './run-record';

/** What is read off a run: a region over the 15 subsets, or ET over the 7 subsets without T1ce. */
export type AblationMeasure = Region | 'ET without T1ce';

export const ABLATION_MEASURES: readonly AblationMeasure[] = [...REGIONS, 'ET without T1ce'];

/** Finished runs of `ablationTasks(config)`. */
export interface AblationResults {
  config: Config;
  runs: readonly BratsRun[];
}

const WITHOUT_T1CE = [...MODALITY_SUBSETS.keys()].filter(
  (subset) => !MODALITY_SUBSETS[subset].includes('t1ce'),
);

/** One run's Dice in percent on the test cases. */
export function ablationDice(run: BratsRun, measure: AblationMeasure): number {
  if (measure !== 'ET without T1ce') return subsetDice(run, measure);
  const sum = WITHOUT_T1CE.reduce((total, subset) => total + subsetDice(run, 'ET', subset), 0);
  return sum / WITHOUT_T1CE.length;
}

/** `ablationDice` of the runs of a method, seed by seed. */
export function ablationValues(
  runs: readonly BratsRun[],
  method: string,
  measure: AblationMeasure,
): number[] {
  return runs
    .filter((run) => run.method === method)
    .sort((a, b) => a.seed - b.seed)
    .map((run) => ablationDice(run, measure));
}

function titleOf({ variant, method }: AblationRow): string {
  return method === ABLATION_BASE ? `${variant.title} (base)` : variant.title;
}

export interface AblationTableOptions {
  /** What the runs are of: data, preset; goes to the caption. */
  data: string;
}

/** A row for each variant of each question: published Dice, ours, and ours minus the base's, seed by seed. */
export function ablationTable(
  { config, runs }: AblationResults,
  { data }: AblationTableOptions,
): Table {
  const { brats } = ablationConfig(config);
  const columns: Column[] = [
    { key: 'question', title: 'question' },
    { key: 'variant', title: 'setting' },
    ...REGIONS.map((region): Column => ({
      key: `published ${region}`,
      title: region,
      group: 'published',
    })),
    ...ABLATION_MEASURES.map((measure): Column => ({
      key: measure,
      title: measure,
      group: 'ours',
      digits: 1,
    })),
    ...ABLATION_MEASURES.map((measure): Column => ({
      key: `${measure} difference`,
      title: measure,
      group: 'ours − base',
      digits: 1,
    })),
  ];
  const rows = ablationRows(config).map((row): Row => {
    const { question, variant, method } = row;
    const published = publishedTable('mckd', `ablation-${question.key}`);
    const cells: Row = { question: question.title, variant: titleOf(row) };
    for (const region of REGIONS)
      cells[`published ${region}`] = publishedCell(published, variant.key, region);
    for (const measure of ABLATION_MEASURES) {
      const values = ablationValues(runs, method, measure);
      cells[measure] = meanCell(values);
      if (method === ABLATION_BASE) continue;
      const base = ablationValues(runs, ABLATION_BASE, measure);
      cells[`${measure} difference`] = pairedVerdict(values, base);
    }
    return cells;
  });
  return {
    name: 'brats-ablations',
    title: 'Ablations of MCKD, one setting changed at a time',
    caption:
      `Dice in percent on ${Object.keys(runs[0].test).length} test cases, mean over the 15 subsets of scans; "ET without T1ce": over the ` +
      `${WITHOUT_T1CE.length} subsets that lack T1ce. ${data}; ${trainingSteps(brats)} steps a training; ${counted(brats.seeds, 'seed')}; the difference to the base of runs that share a seed with ${describeInterval(brats.seeds)}. ` +
      `Base: MCKD as the preset has it, distillation weight ${brats.distillationWeight}. ${describeTrainingTime(runs, 1)} ` +
      'Rows of equal settings are one training. Published numbers would be of other cases and the long training, not comparable with ours, so no ' +
      'difference to them is shown.',
    columns,
    rows,
  };
}

/** Difference of every variant to the base: a dot a seed, mean and 95 % interval; with one seed, a point. */
export function ablationFigure(
  { config, runs }: AblationResults,
  { measure = 'ET' }: { measure?: AblationMeasure } = {},
): Figure {
  const base = ablationValues(runs, ABLATION_BASE, measure);
  const rows = ablationRows(config)
    .filter(({ method }) => method !== ABLATION_BASE)
    .map((row) => {
      const values = ablationValues(runs, row.method, measure);
      return {
        label: `${row.question.title}: ${titleOf(row)}`,
        differences: values.map((value, seed) => value - base[seed]),
        verdict: pairedVerdict(values, base),
      };
    });
  return pairedDifferencesFigure({
    title: `${measure}: what each change of MCKD does`,
    x: 'Dice minus the base’s (points)',
    rows,
  });
}

/** Dice against the weight of the distillation, mean and standard deviation over seeds. */
export function weightAblationFigure({ config, runs }: AblationResults): Figure {
  const rows = ablationRows(config).filter(
    ({ question }) => question.key === 'distillation-weight',
  );
  return pointsFigure({
    title: 'Dice by the weight of the distillation',
    x: { title: 'weight of L_KD', groups: rows.map(titleOf) },
    y: { title: 'Dice (%)' },
    series: ABLATION_MEASURES.map((measure) => {
      const cells = rows.map(({ method }) => meanCell(ablationValues(runs, method, measure)));
      return {
        name: measure,
        y: cells.map(({ mean }) => mean),
        ...errorBars(cells),
      };
    }),
  });
}
