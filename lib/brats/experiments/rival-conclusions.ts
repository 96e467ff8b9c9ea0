/** What a run of all methods shows, in sentences computed from it. */
import { describeVerdicts } from '../../base/statistics';
import { counted } from '../../base/words';
import { REGIONS, type Region } from '../../datasets/brats/regions';
import { findingsOf, type ArmComparison, type Finding } from '../../experiment/findings';
import { meanOf, runsOf, seedsOf } from '../../experiment/metrics';
import type { BratsRun, BratsScores } from '../run-record';
import { diceMetric } from '../scores';
import type { BratsArm } from './arms';
import { ranksOf } from './rival-tables';

const REFERENCE = 'mckd';

/**
 * One sentence per finding, in Markdown: the highest Dice and MCKD's place by region, MCKD against each of the others.
 * @param arms those of which there are no runs are left out
 * @returns nothing while MCKD has no run
 */
export function rivalConclusions(arms: readonly BratsArm[], runs: readonly BratsRun[]): string[] {
  const known = arms.filter(({ key }) => runsOf(runs, key).length > 0);
  if (!known.some(({ key }) => key === REFERENCE)) return [];
  return [places(known, runs), differences(known, runs)];
}

function places(arms: readonly BratsArm[], runs: readonly BratsRun[]): string {
  const texts = REGIONS.map((region) => {
    const dice = arms.map(({ key }) => meanOf(runs, key, diceMetric(region)).mean);
    const ranks = ranksOf(dice);
    const best = dice.indexOf(Math.max(...dice));
    const own = arms.findIndex(({ key }) => key === REFERENCE);
    const mine = `MCKD ${dice[own].toFixed(1)} (place ${ranks[own]} of ${arms.length})`;
    const first = best === own ? '' : `${arms[best].title} ${dice[best].toFixed(1)}, `;
    return `${region}: ${first}${mine}`;
  });
  return (
    `**The highest Dice** (percent, mean over the 15 subsets and ${counted(seedsOf(runs), 'seed')} on ${Object.keys(runs[0].test).length} test cases): ` +
    `${texts.join('; ')}.`
  );
}

/** MCKD minus each other method of which there are runs, by each region. */
export function rivalFindings(
  arms: readonly BratsArm[],
  runs: readonly BratsRun[],
  regions: readonly Region[] = REGIONS,
): Finding[] {
  const others = arms.filter(({ key }) => key !== REFERENCE && runsOf(runs, key).length > 0);
  const comparisons = others.flatMap(({ key, title }): ArmComparison<BratsScores>[] =>
    regions.map((region) => ({
      name: `${title}, ${region}`,
      metric: diceMetric(region),
      arm: REFERENCE,
      reference: key,
    })),
  );
  return findingsOf(runs, comparisons);
}

function differences(arms: readonly BratsArm[], runs: readonly BratsRun[]): string {
  const others = arms.filter(({ key }) => key !== REFERENCE);
  const verdicts = rivalFindings(arms, runs).map(({ verdict }) => verdict);
  const means = (key: string): number[] =>
    REGIONS.map((region) => meanOf(runs, key, diceMetric(region)).mean);
  const own = means(REFERENCE);
  const above = others.filter(({ key }) => means(key).every((value, r) => own[r] > value));
  const below = others.filter(({ key }) => means(key).every((value, r) => own[r] < value));
  const named = (of: readonly BratsArm[]): string =>
    of.map(({ title }) => title).join(', ') || 'none';
  return (
    `**MCKD against each of the other ${others.length}**: higher in all three regions than ${named(above)}; lower in all three than ${named(below)}. ` +
    `The ${verdicts.length} differences (${others.length} methods, three regions): ${describeVerdicts(verdicts)}.`
  );
}
