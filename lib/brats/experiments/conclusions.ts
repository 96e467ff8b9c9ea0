/** Findings of a comparison, in sentences computed from its runs; the page of results has the recorded ones. */
import { ALL_SCANS, MODALITIES, subsetWithout } from '../../base/modality';
import { describeVerdicts } from '../../base/statistics';
import { counted } from '../../base/words';
import { REGIONS, type Region } from '../../datasets/brats/regions';
import type { DataRef } from '../../experiment/experiment';
import {
  findingsOf,
  findingsTable,
  type ArmComparison,
  type Finding,
} from '../../experiment/findings';
import { meanOf, runsOf, seedsOf } from '../../experiment/metrics';
import { differenceText, type Table } from '../../report/tables';
import type { BratsRun, BratsScores } from '../run-record';
import { diceMetric } from '../scores';
import type { ComparedArm } from './arms';

/** The subset that the sentences name, next to all four scans. */
const WITHOUT_T1CE = subsetWithout('t1ce');
/** Index of T1ce among the importance weights. */
const T1CE = MODALITIES.indexOf('t1ce');

/** One sentence per finding, in Markdown: the collapse without T1ce, random subsets, MCKD against them, the weights. */
export function bratsConclusions(runs: readonly BratsRun[]): string[] {
  return [collapse(runs), averages(runs), difference(runs), weights(runs)];
}

/** MCKD against random subsets: the questions of the third sentence. */
const QUESTIONS: readonly ArmComparison<BratsScores>[] = [
  ...REGIONS.map((region) => ({
    name: `${region} over the 15 subsets`,
    metric: diceMetric(region),
  })),
  { name: 'ET without T1ce', metric: diceMetric('ET', { subsets: [WITHOUT_T1CE] }) },
].map((question) => ({ ...question, arm: 'mckd', reference: 'randomSubsets' }));

/** Their answers: ET, WT and TC over the 15 subsets, then ET without T1ce. */
export function mckdFindings(runs: readonly BratsRun[]): Finding[] {
  return findingsOf(runs, QUESTIONS);
}

/** The same as a table, with intervals over cases and Holm's correction. */
export function comparisonFindings(runs: readonly BratsRun[], data: DataRef): Table {
  return findingsTable(mckdFindings(runs), {
    name: 'brats-findings',
    title: 'MCKD minus random subsets: differences',
    caption: `Dice in points on ${Object.keys(runs[0].test).length} test cases; ${data.description}; ${counted(seedsOf(runs), 'seed')}.`,
  });
}

function shown(
  runs: readonly BratsRun[],
  arm: ComparedArm,
  region: Region,
  subset?: number,
): string {
  const subsets = subset === undefined ? undefined : [subset];
  return meanOf(runs, arm, diceMetric(region, { subsets })).mean.toFixed(1);
}

function collapse(runs: readonly BratsRun[]): string {
  const both = (arm: ComparedArm): string =>
    `${shown(runs, arm, 'ET', ALL_SCANS)} with all four scans and ${shown(runs, arm, 'ET', WITHOUT_T1CE)} without T1ce`;
  return (
    `**Enhancing tumour without T1ce** (Dice in percent, mean of ${counted(seedsOf(runs), 'seed')} on the test cases): trained on complete modalities ${both('allScans')}; ` +
    `random subsets ${both('randomSubsets')}; MCKD ${both('mckd')}.`
  );
}

function averages(runs: readonly BratsRun[]): string {
  const row = (arm: ComparedArm): string =>
    REGIONS.map((region) => shown(runs, arm, region)).join(' / ');
  return (
    `**Mean of the 15 subsets** (${REGIONS.join(' / ')}): trained on complete modalities ${row('allScans')}; random subsets ${row('randomSubsets')}; ` +
    `MCKD ${row('mckd')}.`
  );
}

function difference(runs: readonly BratsRun[]): string {
  const findings = mckdFindings(runs);
  const verdicts = findings.map(({ verdict }) => verdict);
  const texts = findings.map(({ name, verdict }) => `${name} ${differenceText(verdict, 1)}`);
  const intervals = verdicts.every(({ kind }) => kind === 'untested')
    ? ''
    : ', with 95 % intervals';
  return `**MCKD minus random subsets**, seed by seed${intervals}: ${texts.join('; ')}: ${describeVerdicts(verdicts)}.`;
}

function weights(runs: readonly BratsRun[]): string {
  const changes = runsOf(runs, 'mckd').map(({ weights: events }) => {
    const [first, last] = [events.at(0), events.at(-1)];
    if (!first || !last) return 'no meta event';
    return `${first.w[T1CE].toFixed(3)} → ${last.w[T1CE].toFixed(3)}`;
  });
  return `**The importance weight of T1ce**, first to last meta event, seed by seed: ${changes.join(', ')}.`;
}
