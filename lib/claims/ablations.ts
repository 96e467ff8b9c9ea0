/** Claims about single choices of the method: each is better than its alternatives. */
import { ABLATIONS, ablationRows, type AblationQuestion } from '../brats/experiments/ablation-arms';
import type { BratsScores } from '../brats/run-record';
import { diceMetric } from '../brats/scores';
import { REGIONS } from '../datasets/brats/regions';
import { findingsOf, type ArmComparison } from '../experiment/findings';
import { runsOf } from '../experiment/metrics';
import { publishedCell, publishedTable } from '../published';
import type { Claim, ClaimGroup, ClaimNumber } from './claim';
import { DIFFERENCE_TOLERANCE, ifRecorded, judgeDifferences, printedText } from './judge';
import type { Kept } from './records';

/** Of each question of `ABLATIONS`: the authors' choice, how much of the group it is, and where it is stated. */
const CHOICES: Readonly<
  Record<string, Pick<Claim, 'weight' | 'where' | 'mark'> & { key: string }>
> = {
  'distillation-distance': {
    ...{ key: 'l1', weight: 0.15, mark: 'V1' },
    where:
      'the authors’ code (L1; the squared error is commented out); no printed table was at hand',
  },
  'weight-normalisation': {
    ...{ key: 'softmax', weight: 0.25, mark: 'S' },
    where: 'table 6, at second hand; the authors’ code has softmax',
  },
  'weight-initialisation': {
    ...{ key: 'random', weight: 0.075, mark: 'V1' },
    where: 'the authors’ code (random; ones are commented out); no printed table is known',
  },
  'weight-optimiser': {
    ...{ key: 'adam', weight: 0.075, mark: 'V1' },
    where: 'the authors’ code (Adam; SGD is commented out); no printed table is known',
  },
  'distillation-weight': {
    ...{ key: '0.1', weight: 0.15, mark: 'V1' },
    where: 'the authors’ code (0.1); which values the paper compares is not known',
  },
  parts: {
    ...{ key: 'whole', weight: 0.3, mark: 'not verified' },
    where: 'the abstract names the parts; no printed table of them is known',
  },
};

function ablationClaim(question: AblationQuestion): Claim {
  const { key: chosen, ...stated } = CHOICES[question.key];
  const variant = question.variants.find(({ key }) => key === chosen);
  return {
    ...stated,
    key: `ablation-${question.key}`,
    title: `${question.title}: ${question.key === 'parts' ? 'all are needed' : variant?.title}`,
    claim:
      question.key === 'parts'
        ? 'Leaving out the distillation, the importance weights or the meta step lowers the Dice'
        : `For the ${question.title}, ${variant?.title} gives a higher Dice than each alternative`,
    check:
      'the choice minus each alternative, Dice of ET, WT and TC over the 15 subsets, seed by seed',
    command: 'npx mckd ablate --preset standard',
    notebook: '07',
    tolerance: DIFFERENCE_TOLERANCE,
    judge: ({ ablations }) =>
      ifRecorded(ablations, (recorded) => {
        const judged = judgeDifferences(
          findingsOf(recorded.runs, comparisons(recorded, question, chosen)),
        );
        return { ...judged, numbers: [...judged.numbers, ...printed(question)] };
      }),
  };
}

function comparisons(
  { config, runs }: Kept<BratsScores>,
  question: AblationQuestion,
  chosen: string,
): ArmComparison<BratsScores>[] {
  const rows = ablationRows(config).filter((row) => row.question.key === question.key);
  const own = rows.find(({ variant }) => variant.key === chosen);
  const others = rows.filter(({ arm }) => arm !== own?.arm && runsOf(runs, arm).length > 0);
  if (!own || runsOf(runs, own.arm).length === 0) return [];
  return others.flatMap(({ variant, arm }) =>
    REGIONS.map((region) => ({
      name: `${region}: ${question.key === 'parts' ? `MCKD − without ${variant.title}` : `${own.variant.title} − ${variant.title}`}`,
      arm: own.arm,
      reference: arm,
      metric: diceMetric(region),
    })),
  );
}

/** Those cells of the printed table that are known. */
function printed(question: AblationQuestion): ClaimNumber[] {
  const table = publishedTable('mckd', `ablation-${question.key}`);
  return question.variants.flatMap(({ key, title }) =>
    REGIONS.flatMap((region): ClaimNumber[] => {
      const cell = publishedCell(table, key, region);
      if (cell.value === null) return [];
      return [{ name: `${title}, ${region}, printed`, text: printedText(cell), from: 'printed' }];
    }),
  );
}

export const ABLATION_CLAIMS: ClaimGroup = {
  key: 'ablations',
  weight: 0.1,
  row: true,
  title: 'ablations: each choice above its alternatives',
  why: 'the parts are the method; the normalisation is the one choice with a table that is cited; distance and weight of the distillation are in every version of the code; initialisation and optimizer have no known table',
  children: ABLATIONS.map(ablationClaim),
};
