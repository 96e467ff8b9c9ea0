/** Claims about Audiovision-MNIST: digits from image and speech, one of them scarce. */
import { avArm, RIVAL_ROWS, type AvCell } from '../avmnist/arms';
import { AV_EXPERIMENTS } from '../avmnist/declared';
import { primaryVerdict } from '../avmnist/declared-tables';
import { MEASURES, type AvMeasure } from '../avmnist/measures';
import type { AvScores } from '../avmnist/run';
import { methodTitle } from '../avmnist/titles';
import { AV_RIVALS, buildConfig, type AvMethod, type AvModality } from '../config';
import { comparable } from '../datasets/provenance';
import { findingsOf, type ArmComparison } from '../experiment/findings';
import { runsOf, valuesOf } from '../experiment/metrics';
import { publishedCell, publishedTable } from '../published';
import type { Claim, ClaimGroup } from './claim';
import {
  DIFFERENCE_TOLERANCE,
  ifRecorded,
  judgeDifferences,
  judgeLevels,
  open,
  RANGE_TOLERANCE,
  type Level,
} from './judge';
import type { Kept } from './records';

const PAPER = 'npm start -- --preset paper --only 06';
const { rates: RATES } = buildConfig('paper').avMnist;

const share = (rate: number): string => `${Math.round(rate * 100)} %`;
const other = (scarce: AvModality): string => (scarce === 'speech' ? 'images' : 'speech');
const metric = (measure: AvMeasure) => MEASURES[measure].metric;

interface LevelClaim {
  scarce: AvModality;
  method: AvMethod;
  /** Row of the printed table. */
  row: string;
  weight: number;
  claim: string;
  rates: readonly number[];
  check?: string;
}

/** Printed numbers of a row against the range of our seeds. */
function levelClaim({ scarce, method, row, weight, claim, rates, check = '' }: LevelClaim): Claim {
  return {
    key: `${scarce}-scarce-${row}`,
    weight,
    title: `${methodTitle(method, scarce)}: the printed numbers`,
    claim,
    ...TABLES[scarce],
    check: `the best epoch on the test pairs of each seed, as the printed numbers were chosen, beside the printed number${check}`,
    command: PAPER,
    notebook: '06',
    tolerance: RANGE_TOLERANCE,
    judge: ({ audiovision }) =>
      ifRecorded(audiovision, ({ runs, manifest }) => {
        const table = publishedTable('av-mnist', `${scarce}-scarce`);
        if (!comparable(manifest.data.protocol, table.protocol))
          return open('the recorded runs are of another protocol than the printed numbers');
        return judgeLevels(
          rates.map((rate): Level => ({
            name: rates.length === 1 ? methodTitle(method, scarce) : share(rate),
            printed: publishedCell(table, row, String(rate)),
            ours: valuesOf(runs, avArm({ method, scarce, rate }), metric('bestOnTest')),
          })),
        );
      }),
  };
}

type Place = Pick<Claim, 'where' | 'mark'>;

/** Where each case is claimed. */
const PLACES: Record<AvModality, Place> = {
  speech: { where: 'abstract: superiority on Audiovision-MNIST', mark: 'V1' },
  image: {
    where: 'later versions, a table with scarce images, at second hand',
    mark: 'S',
  },
};

/** Where the numbers of each case are printed. */
const TABLES: Record<AvModality, Place> = {
  speech: {
    where:
      'the table with scarce speech: the bounds as the ShaSpec paper’s table 3 prints them, two cells of MCKD at second hand',
    mark: 'S',
  },
  image: {
    where: 'later versions, a table with scarce images, at second hand and without its numbers',
    mark: 'S',
  },
};

/** The comparisons whose arms were trained. */
function trained(
  runs: Kept<AvScores>['runs'],
  comparisons: readonly ArmComparison<AvScores>[],
): ArmComparison<AvScores>[] {
  return comparisons.filter(({ arm, reference }) =>
    [arm, reference].every((key) => runsOf(runs, key).length > 0),
  );
}

function gainClaim(scarce: AvModality, rate: number, weight: number): Claim {
  const cell = (method: AvMethod): string => avArm({ method, scarce, rate });
  return {
    key: `${scarce}-scarce-gain-${Math.round(rate * 100)}`,
    weight,
    title: `${scarce} kept for ${share(rate)}: MCKD above no distillation`,
    claim: `With ${scarce} for ${share(rate)} of the training pairs, MCKD classifies ${other(scarce)} alone better than the same network without distillation`,
    ...PLACES[scarce],
    check:
      'MCKD minus no distillation, accuracy on the test pairs at the epoch chosen on held-out pairs, seed by seed',
    command: PAPER,
    notebook: '06',
    tolerance: DIFFERENCE_TOLERANCE,
    judge: ({ audiovision }) =>
      ifRecorded(audiovision, ({ runs }) => {
        const question = {
          name: 'MCKD − no distillation, points',
          arm: cell('mckd'),
          reference: cell('noDistillation'),
          metric: metric('chosenOnHeldOut'),
        };
        return judgeDifferences(findingsOf(runs, trained(runs, [question])), 2);
      }),
  };
}

const publishedProtocol: Claim = {
  key: 'speech-scarce-gain-all-images',
  weight: 0.2,
  title: 'the same at 10 %, on all MNIST test images',
  claim:
    'By the published protocol at 10 % speech, MCKD classifies images better than the same network without distillation',
  ...PLACES.speech,
  check:
    'the declared primary outcome of its own experiment: fresh seeds, last epoch, all MNIST test images, an interval over seeds and images',
  command: 'npx mckd experiment run av-mnist-published --preset paper',
  tolerance:
    'the interval of the one declared outcome must lie above 0: it covers other seeds and other images, and nothing else was asked',
  judge: ({ declared }) =>
    ifRecorded(declared['av-mnist-published'], ({ config, runs }) => {
      const { declaration } = AV_EXPERIMENTS['av-mnist-published'](config);
      const verdict = primaryVerdict({ declaration, runs });
      return judgeDifferences(
        [{ name: `${declaration.comparisons[0].title}, points`, verdict }],
        2,
      );
    }),
};

function rivalsClaim(scarce: AvModality, weight: number): Claim {
  const rows = RIVAL_ROWS.filter(({ method }) =>
    (AV_RIVALS as readonly AvMethod[]).includes(method),
  );
  return {
    key: `${scarce}-scarce-rivals`,
    weight,
    title: 'MCKD above every other row',
    claim: `With scarce ${scarce}, MCKD is more accurate than each earlier method at every rate`,
    ...PLACES[scarce],
    check:
      'MCKD minus each method at each rate, both with encoders that start alike, at the epoch chosen on held-out pairs, seed by seed',
    command: 'npx mckd experiment run av-rivals --preset paper',
    tolerance: DIFFERENCE_TOLERANCE,
    judge: ({ audiovisionRivals }) =>
      ifRecorded(audiovisionRivals, ({ config, runs }) => {
        const comparisons = rows.flatMap(({ method, pretrain }) =>
          config.avMnist.rates.map((rate) => {
            const cell = (own: AvMethod): AvCell => ({ method: own, scarce, rate, pretrain });
            return {
              name: `MCKD − ${methodTitle(method, scarce)}, ${share(rate)}`,
              arm: avArm(cell('mckd')),
              reference: avArm(cell(method)),
              metric: metric('chosenOnHeldOut'),
            };
          }),
        );
        return judgeDifferences(findingsOf(runs, trained(runs, comparisons)), 2);
      }),
  };
}

const [FIRST_RATE] = RATES;

function bounds(scarce: AvModality, weight: number): Claim[] {
  const alone = other(scarce);
  const at = { scarce, weight, rates: [FIRST_RATE] };
  return [
    levelClaim({
      ...at,
      ...{ method: 'lowerBound', row: 'lower-bound' },
      claim: `A network of ${alone} alone reaches the printed lower bound`,
      check:
        scarce === 'speech'
          ? ' (which fits all MNIST test images rather than the test pairs, so the two are not of the same images)'
          : '',
    }),
    levelClaim({
      ...at,
      ...{ method: 'upperBound', row: 'upper-bound' },
      claim: 'A network of both modalities, complete, reaches the printed upper bound',
    }),
  ];
}

function mckdLevel(scarce: AvModality): Claim {
  return levelClaim({
    ...{ scarce, weight: 0.3, method: 'mckd', row: 'mckd', rates: RATES },
    claim: `MCKD reaches its printed accuracy on ${other(scarce)} alone`,
  });
}

const SPEECH: ClaimGroup = {
  key: 'speech-scarce',
  weight: 0.6,
  row: true,
  title: 'Audiovision-MNIST, speech scarce',
  why: 'MCKD’s own numbers and its gain are what the table is for; the bounds are given by others’ methods and frame it; other methods are read from descriptions, so they count less',
  children: [
    ...bounds('speech', 0.1),
    mckdLevel('speech'),
    {
      key: 'speech-scarce-gain',
      weight: 0.3,
      title: 'MCKD above no distillation',
      why: 'the table’s rates count alike, and so does the test on all images',
      children: [
        ...RATES.map((rate) => gainClaim('speech', rate, 0.8 / RATES.length)),
        publishedProtocol,
      ],
    },
    rivalsClaim('speech', 0.2),
  ],
};

const IMAGES: ClaimGroup = {
  key: 'image-scarce',
  weight: 0.4,
  row: true,
  title: 'Audiovision-MNIST, images scarce',
  why: 'as with scarce speech',
  children: [
    ...bounds('image', 0.1),
    mckdLevel('image'),
    {
      key: 'image-scarce-gain',
      weight: 0.3,
      title: 'MCKD above no distillation',
      why: 'the table’s rates count alike',
      children: RATES.map((rate) => gainClaim('image', rate, 1 / RATES.length)),
    },
    rivalsClaim('image', 0.2),
  ],
};

export const DIGITS: ClaimGroup = {
  key: 'digits',
  weight: 0.2,
  title: 'Audiovision-MNIST',
  why: 'both tables are in the paper; that with scarce images came with later versions',
  children: [SPEECH, IMAGES],
};
