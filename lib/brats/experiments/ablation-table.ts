/** The ablations as tables, sentences and figures: each variant's Dice, and its paired difference to the base. */
import { describeInterval, describeVerdicts, pairedVerdict } from '../../base/statistics';
import { counted } from '../../base/words';
import type { Config } from '../../config';
import { REGIONS, type Region } from '../../datasets/brats/regions';
import {
  findingsOf,
  findingsTable,
  type ArmComparison,
  type Finding,
} from '../../experiment/findings';
import { differenceOf, meanOf, seedsOf, valuesOf, type RunMetric } from '../../experiment/metrics';
import { publishedCell, publishedTable } from '../../published';
import { pairedDifferencesFigure, pointsFigure, type Figure } from '../../report/figures';
import { differenceText, errorBars } from '../../report/tables';
import type { Column, Row, Table } from '../../report/tables/types';
import type { BratsRun, BratsScores } from '../run-record';
import { trainingSteps } from '../schedule';
import { diceMetric, WITHOUT_T1CE } from '../scores';
import { describeTrainingTime } from '../step-seconds';
import {
  ABLATION_BASE,
  ablationArms,
  ablationBase,
  ablationRows,
  type AblationRow,
} from './ablation-arms';

/** A measure of a run: a region over the 15 subsets, or ET over the 7 subsets without T1ce. */
export type AblationMeasure = Region | 'ET without T1ce';

export const ABLATION_MEASURES: readonly AblationMeasure[] = [...REGIONS, 'ET without T1ce'];

/** One run's Dice in percent on the test cases. */
export function ablationMetric(measure: AblationMeasure): RunMetric<BratsScores> {
  return measure === 'ET without T1ce'
    ? diceMetric('ET', { subsets: WITHOUT_T1CE })
    : diceMetric(measure);
}

/** Finished runs of `ablations(config)`. */
export interface AblationResults {
  config: Config;
  runs: readonly BratsRun[];
}

function titleOf({ variant, arm }: AblationRow): string {
  return arm === ABLATION_BASE ? `${variant.title} (base)` : variant.title;
}

export interface AblationTableOptions {
  /** Data and preset, for the caption. */
  data: string;
}

/** One row per variant of each question: published Dice, ours, and ours minus the base's, seed by seed. */
export function ablationTable(
  { config, runs }: AblationResults,
  { data }: AblationTableOptions,
): Table {
  const base = ablationBase(config);
  const { seeds } = config.brats.ablations;
  const group = (name: string, keys: readonly string[], prefix: string, end = ''): Column[] =>
    keys.map((key) => ({ key: `${prefix}${key}${end}`, title: key, group: name, digits: 1 }));
  const columns: Column[] = [
    { key: 'question', title: 'question' },
    { key: 'variant', title: 'setting' },
    ...REGIONS.map((region): Column => ({
      key: `published ${region}`,
      title: region,
      group: 'published',
    })),
    ...group('ours', ABLATION_MEASURES, ''),
    ...group('ours − base', ABLATION_MEASURES, '', ' difference'),
  ];
  const rows = ablationRows(config).map((row): Row => {
    const { question, variant, arm } = row;
    const published = publishedTable('mckd', `ablation-${question.key}`);
    const cells: Row = { question: question.title, variant: titleOf(row) };
    for (const region of REGIONS)
      cells[`published ${region}`] = publishedCell(published, variant.key, region);
    for (const measure of ABLATION_MEASURES) {
      const metric = ablationMetric(measure);
      cells[measure] = meanOf(runs, arm, metric);
      if (arm === ABLATION_BASE) continue;
      cells[`${measure} difference`] = differenceOf(runs, arm, ABLATION_BASE, metric);
    }
    return cells;
  });
  return {
    name: 'brats-ablations',
    title: 'Ablations of MCKD, one setting changed at a time',
    caption:
      `Dice in percent on ${Object.keys(runs[0].test).length} test cases, mean over the 15 subsets of scans; "ET without T1ce": over the ` +
      `${WITHOUT_T1CE.length} subsets that lack T1ce. ${data}; ${trainingSteps(base)} steps per training; ${counted(seeds, 'seed')}; the difference to the base of runs that share a seed with ${describeInterval(seeds)}. ` +
      `Base: MCKD as in the preset, distillation weight ${base.distillationWeight}. ${describeTrainingTime(runs, 1)} ` +
      'Rows of equal settings are one training. Published numbers are of other cases and the long training, not comparable with ours, so no ' +
      'difference to them is shown.',
    columns,
    rows,
  };
}

/** Every change by every measure against the base. */
function comparisonsOf(config: Config): ArmComparison<BratsScores>[] {
  const changes = ablationArms(config).filter(({ key }) => key !== ABLATION_BASE);
  return changes.flatMap(({ key, title }) =>
    ABLATION_MEASURES.map((measure) => ({
      name: `${title}, ${measure}`,
      arm: key,
      reference: ABLATION_BASE,
      metric: ablationMetric(measure),
    })),
  );
}

/** The differences as a table, with intervals over cases and Holm's correction. */
export function ablationFindings(
  { config, runs }: AblationResults,
  { data }: AblationTableOptions,
): Table {
  return findingsTable(findingsOf(runs, comparisonsOf(config)), {
    name: 'brats-ablation-findings',
    title: 'Changes of MCKD: differences to the base',
    caption: `Dice in points, change minus base, on ${Object.keys(runs[0].test).length} test cases; ${data}; ${counted(seedsOf(runs), 'seed')}.`,
  });
}

/** Two sentences in Markdown: the base's Dice, and the changes whose differences exceed those between seeds. */
export function ablationConclusions({ config, runs }: AblationResults): string[] {
  const reached = ABLATION_MEASURES.map(
    (measure) =>
      `${measure} ${meanOf(runs, ABLATION_BASE, ablationMetric(measure)).mean.toFixed(1)}`,
  );
  const findings = findingsOf(runs, comparisonsOf(config));
  const changes = findings.length / ABLATION_MEASURES.length;
  const steps = trainingSteps(ablationBase(config));
  return [
    `**MCKD after ${steps} steps** (Dice in percent, mean of ${counted(seedsOf(runs), 'seed')}): ${reached.join(', ')}.`,
    `**${changes} changes, one at a time**, by ${ABLATION_MEASURES.length} measures, are ${findings.length} differences to it, seed by seed: ` +
      `${describeVerdicts(findings.map(({ verdict }) => verdict))}.${byChance(findings)}`,
  ];
}

/** How many intervals would not hold 0 by chance alone, which do not, and which remain after Holm's correction. */
function byChance(findings: readonly Finding[]): string {
  const tested = findings.filter(({ verdict }) => verdict.kind !== 'untested').length;
  if (tested === 0) return '';
  const shown = findings.filter(({ verdict: { kind } }) => kind === 'better' || kind === 'worse');
  const chance = ` By chance alone about ${Math.round(tested / 20)} of ${tested} would not hold 0`;
  if (shown.length === 0) return `${chance}.`;
  const named = shown.map(({ name, verdict }) => `${name} ${differenceText(verdict, 1)}`);
  const remain = shown.filter(({ corrected = 1 }) => corrected < 0.05).length;
  return `${chance}; these do not: ${named.join('; ')}; by Holm's correction for all ${tested}, ${remain} remain${remain === 1 ? 's' : ''}.`;
}

/** Difference of every variant to the base: one dot per seed, mean and 95 % interval; with one seed, a point. */
export function ablationFigure(
  { config, runs }: AblationResults,
  { measure = 'ET' }: { measure?: AblationMeasure } = {},
): Figure {
  const metric = ablationMetric(measure);
  const base = valuesOf(runs, ABLATION_BASE, metric);
  const rows = ablationRows(config)
    .filter(({ arm }) => arm !== ABLATION_BASE)
    .map((row) => {
      const values = valuesOf(runs, row.arm, metric);
      return {
        label: `${row.question.title}: ${titleOf(row)}`,
        differences: values.map((value, seed) => value - base[seed]),
        verdict: pairedVerdict(values, base),
      };
    });
  return pairedDifferencesFigure({
    name: 'brats-ablations',
    title: `${measure}: effect of each change of MCKD`,
    x: 'Dice minus the base’s (points)',
    rows,
  });
}

/** Dice against the distillation weight, mean and standard deviation over seeds. */
export function weightAblationFigure({ config, runs }: AblationResults): Figure {
  const rows = ablationRows(config).filter(
    ({ question }) => question.key === 'distillation-weight',
  );
  return pointsFigure({
    name: 'brats-distillation-weight',
    title: 'Dice by distillation weight',
    x: { title: 'distillation weight', groups: rows.map(titleOf) },
    y: { title: 'Dice (%)' },
    series: ABLATION_MEASURES.map((measure) => {
      const cells = rows.map(({ arm }) => meanOf(runs, arm, ablationMetric(measure)));
      return {
        name: measure,
        y: cells.map(({ mean }) => mean),
        ...errorBars(cells),
      };
    }),
  });
}
