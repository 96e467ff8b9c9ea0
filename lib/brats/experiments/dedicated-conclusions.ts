/** What a run of `dedicated` shows, in sentences computed from it. */
import { MODALITIES, MODALITY_NAMES } from '../../base/modality';
import { describeVerdicts } from '../../base/statistics';
import { counted } from '../../base/words';
import { REGIONS } from '../../datasets/brats/regions';
import { runsOf, seedsOf } from '../../experiment/metrics';
import type { BratsRun } from '../run-record';
import { singleScanArm, type SingleScanMethod } from './dedicated-arms';
import { dedicatedFindings, singleScanDice, trainedMethods } from './dedicated-table';

/**
 * One sentence per finding, in Markdown: every method's Dice from one scan; the networks of one scan against MCKD's of all
 * subsets; networks that make no use of their scan, if there are any.
 */
export function dedicatedConclusions(runs: readonly BratsRun[]): string[] {
  return [averages(runs), againstMckd(runs), ...withoutUse(runs)];
}

/** Networks whose scores are the same for all subsets, although some lack their scan. */
function withoutUse(runs: readonly BratsRun[]): string[] {
  const found = trainedMethods(runs)
    .filter(({ dedicated }) => dedicated)
    .flatMap((method) => {
      const scans = MODALITIES.filter((scan) => {
        const own = runsOf(runs, singleScanArm(method, scan));
        return own.length > 0 && own.every(isSameForAllSubsets);
      });
      if (scans.length === 0) return [];
      return `${method.title} (${scans.map((scan) => MODALITY_NAMES[scan]).join(', ')})`;
    });
  if (found.length === 0) return [];
  return [
    `**Not trained at this length**: ${found.join('; ')} score the same whether their scan is there or not, so their rows say nothing of the methods.`,
  ];
}

function isSameForAllSubsets({ test }: BratsRun): boolean {
  return Object.values(test).every((subsets) =>
    subsets.every((scores) => scores.every((dice, r) => dice === subsets[0][r])),
  );
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
