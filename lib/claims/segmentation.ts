/** Claims about the segmentation of brain tumours in BraTS2018. */
import { ALL_SCANS, MODALITIES, MODALITY_NAMES, subsetWithout } from '../base/modality';
import { rivals as rivalsExperiment } from '../brats/experiments';
import type { ComparedArm } from '../brats/experiments/arms';
import { mckdFindings } from '../brats/experiments/conclusions';
import { rivalFindings } from '../brats/experiments/rival-conclusions';
import type { BratsScores } from '../brats/run-record';
import { diceMetric, WITHOUT_T1CE } from '../brats/scores';
import { REGIONS, type Region } from '../datasets/brats/regions';
import { findingsOfSides } from '../experiment/findings';
import { valuesOf } from '../experiment/metrics';
import { publishedCell, publishedTable } from '../published';
import type { Claim, ClaimGroup, ClaimNumber } from './claim';
import { DIFFERENCE_TOLERANCE, ifRecorded, judgeDifferences, open, printedText } from './judge';
import type { Kept } from './records';

const COMPARE = 'npx mckd compare --preset standard';
const RIVALS = 'npx mckd experiment run rivals --preset quick';
/** Trains on real cases; the predictions go to the challenge. */
export const ON_PATIENTS = 'npx mckd compare --preset paper --data DIR';

const BEFORE_CORRECTION =
  'the measures are claims of their own, so nothing is corrected across them';

type BratsRuns = Kept<BratsScores>['runs'];

/** ET Dice of an arm over some subsets, one value per seed. */
const et = (runs: BratsRuns, arm: ComparedArm, subsets: readonly number[]): number[] =>
  valuesOf(runs, arm, diceMetric('ET', { subsets }));

const collapse: Claim = {
  key: 'collapse',
  weight: 0.4,
  title: 'without T1ce, training on complete modalities fails',
  claim:
    'A network trained on complete modalities loses much of the enhancing tumour where T1ce is missing',
  where: 'abstract, first sentence: absence of influential modalities has a significant impact',
  mark: 'V1',
  check:
    'ET Dice with all four scans minus the mean of the seven subsets without T1ce, seed by seed',
  command: COMPARE,
  notebook: '05',
  tolerance: DIFFERENCE_TOLERANCE,
  judge: ({ comparison }) =>
    ifRecorded(comparison, ({ runs }) =>
      judgeDifferences(
        findingsOfSides([
          {
            name: 'ET: all four scans − the subsets without T1ce',
            of: et(runs, 'allScans', [ALL_SCANS]),
            other: et(runs, 'allScans', WITHOUT_T1CE),
          },
        ]),
      ),
    ),
};

const influence: Claim = {
  key: 'influence',
  weight: 0.3,
  title: 'T1ce is the most influential scan for ET',
  claim: 'Some modalities are more influential than others: for ET none costs as much as T1ce',
  where: 'abstract, first sentence',
  mark: 'V1',
  check:
    'ET Dice of the network trained on complete modalities without each other scan minus that without T1ce, seed by seed',
  command: COMPARE,
  notebook: '05',
  tolerance: DIFFERENCE_TOLERANCE,
  judge: ({ comparison }) =>
    ifRecorded(comparison, ({ runs }) => {
      const others = MODALITIES.filter((one) => one !== 't1ce');
      return judgeDifferences(
        findingsOfSides(
          others.map((one) => ({
            name: `ET: without ${MODALITY_NAMES[one]} − without T1ce`,
            of: et(runs, 'allScans', [subsetWithout(one)]),
            other: et(runs, 'allScans', [subsetWithout('t1ce')]),
          })),
        ),
      );
    }),
};

const recovery: Claim = {
  key: 'recovery',
  weight: 0.3,
  title: 'random subsets in training recover most of the loss',
  claim: 'Training on random subsets of the scans recovers most of what the absence of T1ce costs',
  where:
    'the baseline that the method starts from (the authors’ code trains stage two on random subsets); no sentence of the paper was at hand',
  mark: 'not verified',
  check:
    'ET Dice of random subsets over the seven subsets without T1ce minus half the way from the collapsed network’s to its own with all scans, seed by seed',
  command: COMPARE,
  notebook: '05',
  tolerance: `most is more than half; ${DIFFERENCE_TOLERANCE}`,
  judge: ({ comparison }) =>
    ifRecorded(comparison, ({ runs }) => {
      const whole = et(runs, 'allScans', [ALL_SCANS]);
      const collapsed = et(runs, 'allScans', WITHOUT_T1CE);
      return judgeDifferences(
        findingsOfSides([
          {
            name: 'ET without T1ce: random subsets − half the way back',
            of: et(runs, 'randomSubsets', WITHOUT_T1CE),
            other: whole.map((value, s) => (value + collapsed[s]) / 2),
          },
        ]),
      );
    }),
};

/** In the order of `mckdFindings`. */
const GAINS = [...REGIONS, 'ET without T1ce'] as const;

const gains = GAINS.map((measure, i): Claim => ({
  key: `gain-${measure.toLowerCase().replaceAll(' ', '-')}`,
  weight: 1 / GAINS.length,
  title: `${measure}: MCKD above random subsets`,
  claim: `Distillation raises the Dice of ${measure} above that of random subsets alone`,
  where: 'abstract: distillation makes the model accurate even without influential modalities',
  mark: 'V1',
  check: `MCKD minus random subsets, Dice of ${measure === 'ET without T1ce' ? 'ET with the other three scans' : `${measure} over the 15 subsets`}, seed by seed`,
  command: COMPARE,
  notebook: '05',
  tolerance: `${DIFFERENCE_TOLERANCE}; ${BEFORE_CORRECTION}`,
  judge: ({ comparison }) =>
    ifRecorded(comparison, ({ runs }) =>
      judgeDifferences([{ ...mckdFindings(runs)[i], corrected: undefined }]),
    ),
}));

const rivalClaim = (region: Region): Claim => ({
  key: `rivals-${region.toLowerCase()}`,
  weight: 1 / REGIONS.length,
  title: `${region}: MCKD above every other method`,
  claim: `MCKD has a higher Dice of ${region} over the 15 subsets than each earlier method`,
  where: 'abstract: superiority over the state of the art',
  mark: 'V1',
  check:
    'MCKD minus each method that the kit trains (the two baselines, too), seed by seed, each by its authors’ recipe scaled down; one seed, as preset quick has, decides nothing (`--set brats.seeds=3`)',
  command: RIVALS,
  notebook: '08',
  tolerance: DIFFERENCE_TOLERANCE,
  judge: ({ rivals }) =>
    ifRecorded(rivals, ({ config, runs }) =>
      judgeDifferences(rivalFindings(rivalsExperiment(config).arms, runs, [region])),
    ),
});

/** The gains that the abstract prints. */
function printedGains(): ClaimNumber[] {
  const table = publishedTable('mckd', 'gains');
  return REGIONS.map((region) => ({
    name: `gain of ${region}, printed, in points`,
    text: printedText(publishedCell(table, 'mckd', region)),
    from: 'printed',
  }));
}

export const SEGMENTATION: ClaimGroup = {
  key: 'segmentation',
  weight: 0.4,
  title: 'BraTS2018',
  why: 'the paper’s main result is its table on patients; that distillation helps is what the method is for; other methods and the premise come after. Trainings on phantoms can show an order, and nothing about patients, so they cannot stand in for the table',
  children: [
    {
      key: 'missing-scans',
      weight: 0.15,
      row: true,
      title: 'the cost of missing scans',
      why: 'the collapse is the premise; which scan causes it, and what the baseline recovers, follow from it',
      children: [collapse, influence, recovery],
    },
    {
      key: 'patients',
      weight: 0.45,
      row: true,
      title: 'printed numbers on patients: 15 subsets x ET, WT, TC',
      claim:
        'On the challenge’s validation cases the mean Dice over the 15 subsets exceeds that of the best earlier model by the printed gains',
      where: 'abstract, last sentence; table 1 (its numbering at second hand)',
      mark: 'V1',
      check:
        'a training on the 285 cases at paper scale, its predictions scored by the challenge’s server',
      command: ON_PATIENTS,
      tolerance:
        'as for printed levels; the printed rows of MCKD, and which model the gains are over, are not known',
      judge: () =>
        open(
          'needs the data of the challenge, its server for the validation cases, and a GPU for days; the printed rows are not verified',
          printedGains(),
        ),
    },
    {
      key: 'gain',
      weight: 0.3,
      row: true,
      title: 'MCKD above the same network without distillation',
      why: 'the abstract names the three regions alike; the absence of T1ce is the case it is made for, and counts as one more',
      children: gains,
    },
    {
      key: 'rivals',
      weight: 0.1,
      row: true,
      title: 'MCKD above other methods',
      why: 'the abstract names the three regions alike',
      children: REGIONS.map(rivalClaim),
    },
  ],
};
