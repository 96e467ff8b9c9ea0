/** What a comparison shows, in sentences that are computed from its runs; the README quotes the recorded ones. */
import { REGIONS, type Region } from '../datasets/brats';
import { ALL_SCANS, MODALITIES, subsetWithout } from '../base/modality';
import { describeVerdicts, pairedVerdict } from '../base/statistics';
import { differenceText, meanCell } from '../report/tables';
import { counted } from '../base/words';
import type { BratsMethod } from './methods';
import type { BratsRun } from './run-record';
import { subsetDice } from './comparison-table';

/** The subset that the sentences name beside all four scans. */
const WITHOUT_T1CE = subsetWithout('t1ce');
/** Place of the weight of T1ce among the importance weights. */
const T1CE = MODALITIES.indexOf('t1ce');

/** One sentence a finding, in Markdown: the collapse, what random subsets make up for, MCKD against them, the weights. */
export function bratsConclusions(runs: readonly BratsRun[]): string[] {
  return [collapse(runs), averages(runs), difference(runs), weights(runs)];
}

function ofMethod(runs: readonly BratsRun[], method: BratsMethod): BratsRun[] {
  return runs.filter((run) => run.method === method).sort((a, b) => a.seed - b.seed);
}

/** Dice in percent, a number a seed. */
function dice(
  runs: readonly BratsRun[],
  method: BratsMethod,
  region: Region,
  subset?: number,
): number[] {
  return ofMethod(runs, method).map((run) => subsetDice(run, region, subset));
}

const shown = (values: readonly number[]): string => meanCell(values).mean.toFixed(1);

function collapse(runs: readonly BratsRun[]): string {
  const both = (method: BratsMethod): string =>
    `${shown(dice(runs, method, 'ET', ALL_SCANS))} with all four scans and ${shown(dice(runs, method, 'ET', WITHOUT_T1CE))} without T1ce`;
  return (
    `**Enhancing tumour without T1ce** (Dice in percent, mean of ${seedsOf(runs)} on the test cases): trained on all scans ${both('allScans')}; ` +
    `random subsets ${both('randomSubsets')}; MCKD ${both('mckd')}.`
  );
}

function averages(runs: readonly BratsRun[]): string {
  const row = (method: BratsMethod): string =>
    REGIONS.map((region) => shown(dice(runs, method, region))).join(' / ');
  return (
    `**Mean of the 15 subsets** (${REGIONS.join(' / ')}): trained on all scans ${row('allScans')}; random subsets ${row('randomSubsets')}; ` +
    `MCKD ${row('mckd')}.`
  );
}

function difference(runs: readonly BratsRun[]): string {
  const questions: { name: string; region: Region; subset?: number }[] = [
    ...REGIONS.map((region) => ({ name: `${region} over the 15 subsets`, region })),
    { name: 'ET without T1ce', region: 'ET', subset: WITHOUT_T1CE },
  ];
  const found = questions.map(({ name, region, subset }) => {
    const verdict = pairedVerdict(
      dice(runs, 'mckd', region, subset),
      dice(runs, 'randomSubsets', region, subset),
    );
    return { verdict, text: `${name} ${differenceText(verdict, 1)}` };
  });
  const verdicts = found.map(({ verdict }) => verdict);
  const intervals = verdicts.every(({ kind }) => kind === 'untested')
    ? ''
    : ', with 95 % intervals';
  return `**MCKD minus random subsets**, seed by seed${intervals}: ${found.map(({ text }) => text).join('; ')}: ${describeVerdicts(verdicts)}.`;
}

function weights(runs: readonly BratsRun[]): string {
  const changes = ofMethod(runs, 'mckd').map(({ weights: events }) => {
    const [first, last] = [events.at(0), events.at(-1)];
    if (!first || !last) return 'no meta event';
    return `${first.w[T1CE].toFixed(3)} → ${last.w[T1CE].toFixed(3)}`;
  });
  return `**The importance weight of T1ce**, first to last meta event, seed by seed: ${changes.join(', ')}.`;
}

/** How many seeds runs have, in words. */
export function seedsOf(runs: readonly BratsRun[]): string {
  return counted(new Set(runs.map(({ seed }) => seed)).size, 'seed');
}
