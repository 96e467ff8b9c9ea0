/** What a declared experiment shows: its primary outcome in a sentence, and all measures of its arms and comparisons. */
import type { PairedVerdict, TwoWay } from '../base/statistics';
import { counted } from '../base/words';
import type { AvTrainingConfig, Config } from '../config';
import type { DataRef } from '../experiment/experiment';
import {
  coreSeconds,
  differenceOf,
  meanOf,
  runsOf,
  seedsOf,
  twoWayOf,
} from '../experiment/metrics';
import { differenceText, type Column, type Row, type Table } from '../report/tables';
import { aloneDescription, describePower, describeTwoWay } from './alone-tables';
import type { AvArm } from './arms';
import type { AvComparison, AvDeclaration } from './declaration';
import { sampleMetric, MEASURES, type AvMeasure } from './measures';
import { describeReached, printedOf } from './printed';
import type { AvRun } from './run';

export interface DeclaredResults {
  declaration: AvDeclaration;
  config: Config;
  base: AvTrainingConfig;
  arms: readonly AvArm[];
  runs: readonly AvRun[];
  data: DataRef;
}

/** Of the measures with a value per sample. */
const BY_SAMPLE = {
  aloneLast: sampleMetric('alone', 'last'),
  aloneChosen: sampleMetric('alone', 'chosen'),
};

const hasSamples = (measure: AvMeasure): measure is keyof typeof BY_SAMPLE =>
  Object.hasOwn(BY_SAMPLE, measure);

function compare(
  runs: readonly AvRun[],
  { arm, reference }: AvComparison,
  measure: AvMeasure,
): TwoWay {
  return hasSamples(measure)
    ? twoWayOf(runs, arm, reference, BY_SAMPLE[measure])
    : { verdict: differenceOf(runs, arm, reference, MEASURES[measure].metric) };
}

const samplesOf = ({ runs, base }: Pick<DeclaredResults, 'runs' | 'base'>): string =>
  aloneDescription(runs, base.scarce) ?? 'no other samples';

function columnsOf(
  results: DeclaredResults,
  more: (measure: AvMeasure) => Partial<Column>,
): Column[] {
  const groups: Record<AvMeasure, string> = {
    ...{
      bestOnTest: 'the test pairs',
      chosenOnHeldOut: 'the test pairs',
      lastTen: 'the test pairs',
    },
    ...{ aloneChosen: samplesOf(results), aloneLast: samplesOf(results) },
    heldOutLoss: 'loss of the held-out pairs',
  };
  return (Object.keys(MEASURES) as AvMeasure[]).map((measure) => {
    const { title, digits } = MEASURES[measure];
    return { key: measure, title, digits, group: groups[measure], ...more(measure) };
  });
}

/** Levels of the arms, and differences of the comparisons. */
export function declaredTables(results: DeclaredResults): Table[] {
  return [levelsTable(results), comparisonsTable(results)];
}

function caption({ declaration, config, base, runs, data }: DeclaredResults): string {
  const { hypothesis, afterALook } = declaration;
  const kept = `${Math.round(base.rate * 100)} %`;
  return (
    `Hypothesis: ${hypothesis}. ${primarySentence({ declaration, runs, base })} Every other number is secondary. Chosen after a look at results: ${afterALook}. ` +
    `Accuracy in % with the ${base.scarce} absent at test, kept for ${kept} of the training pairs. ${data.provenance === 'synthetic' ? 'SYNTHETIC SPEECH' : 'Real recordings'}: ${data.description}. ` +
    `Preset ${config.preset}: ${counted(seedsOf(runs), 'seed')}, ${(coreSeconds(runs) / 60).toFixed(1)} core-minutes of training.`
  );
}

function levelsTable(results: DeclaredResults): Table {
  const { declaration, arms, base, runs } = results;
  const printed = printedOf('mckd', base);
  const named = arms.map(({ key, title }) => ({ title, runs: runsOf(runs, key) }));
  const reached = printed === undefined ? '' : ` ${describeReached(named, printed)}`;
  return {
    name: declaration.name,
    title: declaration.title,
    caption: `${caption(results)} Mean and standard deviation over seeds.${reached}`,
    columns: [
      { key: 'arm', title: 'trained' },
      ...columnsOf(results, (measure) => ({ best: MEASURES[measure].best })),
    ],
    rows: arms.map(({ key, title }) => ({
      arm: title,
      ...ofMeasures((measure) => meanOf(runs, key, MEASURES[measure].metric)),
    })),
  };
}

function comparisonsTable(results: DeclaredResults): Table {
  const { declaration, runs } = results;
  const found: TwoWay[] = [];
  const rows = declaration.comparisons.map((comparison): Row => ({
    comparison: comparison.title,
    ...ofMeasures((measure) => {
      const one = compare(runs, comparison, measure);
      if (hasSamples(measure)) found.push(one);
      return one.verdict;
    }),
  }));
  return {
    name: `${declaration.name}-differences`,
    title: `${declaration.title}: differences`,
    caption:
      `${caption(results)} Mean difference between runs that share a seed; on ${samplesOf(results)} ${describeTwoWay(seedsOf(runs))}: ${describePower(found)}; ` +
      `elsewhere with a 95 % interval by Student's t over seeds alone.`,
    columns: [{ key: 'comparison', title: 'comparison' }, ...columnsOf(results, () => ({}))],
    rows,
  };
}

function ofMeasures<C>(cell: (measure: AvMeasure) => C): Record<string, C> {
  const measures = Object.keys(MEASURES) as AvMeasure[];
  return Object.fromEntries(measures.map((measure) => [measure, cell(measure)]));
}

const JUDGED: Record<PairedVerdict['kind'], string> = {
  better: 'shown',
  worse: 'refuted: the opposite is shown',
  open: 'not shown',
  untested: 'not tested',
};

/** The first comparison by the measure that was declared primary. */
export function primaryVerdict({
  declaration: { comparisons, primary },
  runs,
}: Pick<DeclaredResults, 'declaration' | 'runs'>): PairedVerdict {
  return compare(runs, comparisons[0], primary).verdict;
}

/** The primary outcome and whether it shows the hypothesis. */
export function primarySentence({
  declaration,
  runs,
  base,
}: Pick<DeclaredResults, 'declaration' | 'runs' | 'base'>): string {
  const { comparisons, primary } = declaration;
  const [comparison] = comparisons;
  const verdict = primaryVerdict({ declaration, runs });
  const on = hasSamples(primary) ? ` on ${samplesOf({ runs, base })}` : '';
  return `Primary outcome, declared before: ${comparison.title}, ${MEASURES[primary].title}${on}: ${differenceText(verdict, 2)} points, ${JUDGED[verdict.kind]}.`;
}
