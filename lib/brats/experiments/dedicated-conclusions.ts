/** What a run of `dedicated` shows, in sentences computed from it. */
import { describeVerdicts } from '../../base/statistics';
import { counted } from '../../base/words';
import { REGIONS } from '../../datasets/brats/regions';
import { seedsOf } from '../../experiment/metrics';
import type { BratsRun } from '../run-record';
import type { SingleScanMethod } from './dedicated-arms';
import { dedicatedFindings, singleScanDice, trainedMethods } from './dedicated-table';

/**
 * One sentence per finding, in Markdown: every method's Dice from one scan; the networks of one scan against MCKD's of all
 * subsets.
 */
export function dedicatedConclusions(runs: readonly BratsRun[]): string[] {
  return [averages(runs), againstMckd(runs)];
}

function averages(runs: readonly BratsRun[]): string {
  const texts = trainedMethods(runs).map(
    (method) => `${nameOf(method)} ${averageDice(runs, method).join(' / ')}`,
  );
  return (
    `**From one scan** (Dice in percent of ${REGIONS.join(' / ')}, mean over the four scans and ${counted(seedsOf(runs), 'seed')} on ` +
    `${Object.keys(runs[0].test).length} test cases): ${texts.join('; ')}.`
  );
}

function averageDice(runs: readonly BratsRun[], method: SingleScanMethod): string[] {
  return REGIONS.map((region) => singleScanDice(runs, method, region, undefined).mean.toFixed(1));
}

const nameOf = ({ title, dedicated }: SingleScanMethod): string =>
  `${title}${dedicated ? ', a network for each scan,' : ', one network,'}`;

function againstMckd(runs: readonly BratsRun[]): string {
  const verdicts = dedicatedFindings(runs).map(({ verdict }) => verdict);
  if (verdicts.length === 0) return '**Against MCKD**: MCKD, or every other method, has no runs.';
  const higher = verdicts.filter(({ difference }) => difference > 0).length;
  return (
    `**Against MCKD’s one network of all subsets**, scan by scan and region by region: the other network is higher in ${higher} of ${verdicts.length} ` +
    `comparisons (${describeVerdicts(verdicts)}).`
  );
}
