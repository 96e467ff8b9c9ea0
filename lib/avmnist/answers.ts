/**
 * What the recorded answers to the declared questions teach, in sentences and figures computed from their runs: on which
 * images the printed lower bound stands, what the best epoch on test is worth, when distillation helps and in which
 * direction, and why learned weights can hurt.
 */
import { mean, pairedVerdict } from '../base/statistics';
import { UserError } from '../base/errors';
import { shippedFile } from '../base/shipped-file';
import type { DataRef } from '../experiment/experiment';
import { differenceOf, meanOf, pairedValues, runsOf, twoWayOf } from '../experiment/metrics';
import { curvesFigure, pairedDifferencesFigure, type Figure } from '../report/figures';
import { differenceText, type Table } from '../report/tables';
import { accuracy } from './accuracy';
import { AV_EXPERIMENTS, type AvExperimentName, type DeclaredExperiment } from './declared';
import { primarySentence } from './declared-tables';
import { atTheEnd, MEASURES, sampleMetric } from './measures';
import { describeReached, lowerBoundSentence, printedOf } from './printed';
import { avRivals } from './experiments';
import { rivalSentences } from './rivals';
import { recordedAvRivals, recordedDeclared } from './recorded';
import type { AvResults } from './results';
import type { AvRun } from './run';

/** The recorded runs of a declared experiment, and its question. */
export interface Answer extends DeclaredExperiment {
  runs: readonly AvRun[];
  data: DataRef;
}

/** @throws UserError if nothing is recorded of it, or the record is broken */
export function recordedAnswer(name: AvExperimentName): Answer {
  const { config, runs, manifest } = requireRecorded(name, recordedDeclared(name));
  return { ...AV_EXPERIMENTS[name](config), runs, data: manifest.data };
}

function requireRecorded<T>(name: string, recorded: T | undefined): T {
  if (recorded !== undefined) return recorded;
  const file = shippedFile('recorded', name);
  throw new UserError(
    `${file} is missing; make it: npx mckd experiment run ${name} --preset paper, then npx mckd record ${name}`,
    { code: 'MISSING', file },
  );
}

/** The recorded runs of every row of the published tables. @throws UserError as `recordedAnswer` */
export function recordedRows(): AvResults {
  const { config, runs, manifest } = requireRecorded('av-rivals', recordedAvRivals());
  return { config, runs, data: manifest.data };
}

/** Their tables. */
export const rowTables = ({ config, runs, data }: AvResults): Table[] =>
  avRivals(config).tables(runs, data);

/** What they show of MCKD. */
export const rowSentences = (results: AvResults): string[] =>
  results.config.avMnist.scarce.flatMap((scarce) => rivalSentences(results, scarce));

/** Levels and differences, with the declared outcome in their captions. */
export function answerTables(answer: Answer): Table[] {
  return answer.tables(answer.runs, answer.data);
}

const ON_ALL = sampleMetric('alone', 'last');

/** Of an answer, an arm minus another on all images at the last epoch. */
const onAll = ({ runs }: Answer, arm: string, reference: string): string =>
  `${differenceText(twoWayOf(runs, arm, reference, ON_ALL).verdict, 2)} points`;

/** On which images the printed lower bound stands, and what the schedule of SMIL's script gets there. */
export function lowerBoundSentences(): string[] {
  const published = recordedAnswer('av-mnist-published');
  const schedules = recordedAnswer('av-mnist-lower-bound');
  const { scarce, rate } = published.base;
  const sentence = lowerBoundSentence(published.runs, scarce, rate);
  const levels = schedules.arms.map(
    ({ key, title }) => `${title} ${meanOf(schedules.runs, key, ON_ALL).mean.toFixed(2)}`,
  );
  return [
    ...(sentence === undefined ? [] : [sentence]),
    `On all images at the last epoch: ${levels.join('; ')}.`,
  ];
}

/** Of each arm, what the best epoch on test gains over the one that was chosen on held-out pairs, seed by seed. */
function optimismOf({ runs }: Answer, arm: string): [number[], number[]] {
  const own = runsOf(runs, arm);
  return [
    own.map((run) => accuracy(run, 'bestOnTest')),
    own.map((run) => accuracy(run, 'chosenOnHeldOut')),
  ];
}

export function bestEpochSentences(
  answer: Answer = recordedAnswer('av-mnist-published'),
): string[] {
  const { arms, runs, base } = answer;
  const gains = arms.flatMap(({ key }) => {
    const [best, chosen] = optimismOf(answer, key);
    return best.map((value, s) => value - chosen[s]);
  });
  const named = arms.map(({ key, title }) => ({ title, runs: runsOf(runs, key) }));
  const printed = printedOf('mckd', base);
  return [
    `The same ${gains.length} trainings, seen twice: the best epoch on the test pairs is ${mean(gains).toFixed(2)} points above the one chosen on held-out pairs, in the mean; ${Math.max(...gains).toFixed(2)} in the luckiest of them.`,
    ...(printed === undefined ? [] : [describeReached(named, printed)]),
  ];
}

export function bestEpochFigure(answer: Answer = recordedAnswer('av-mnist-published')): Figure {
  return pairedDifferencesFigure({
    name: 'av-mnist-best-epoch',
    title: 'What choosing the epoch on the test pairs is worth, by seed',
    x: 'best epoch on test − epoch chosen on held-out pairs (points)',
    rows: answer.arms.map(({ key, title }) => {
      const [best, chosen] = optimismOf(answer, key);
      return {
        label: title,
        differences: best.map((value, s) => value - chosen[s]),
        verdict: pairedVerdict(best, chosen),
      };
    }),
  });
}

/** The declared outcome of each question. */
export function outcomeSentences(names: readonly AvExperimentName[]): string[] {
  return names.map((name) => {
    const answer = recordedAnswer(name);
    return `**${answer.declaration.title}.** ${primarySentence(answer)}`;
  });
}

/** The comparisons of some questions on all images at the last epoch, by seed, with the interval over seeds and images. */
export function outcomesFigure(names: readonly AvExperimentName[]): Figure {
  const rows = names.flatMap((name) => {
    const { declaration, runs } = recordedAnswer(name);
    return declaration.comparisons.map(({ title, arm, reference }) => {
      const [own, others] = pairedValues(runs, arm, reference, ON_ALL);
      return {
        label: `${SETTINGS[name]}: ${title}`,
        differences: own.map((value, s) => value - others[s]),
        verdict: twoWayOf(runs, arm, reference, ON_ALL).verdict,
      };
    });
  });
  return pairedDifferencesFigure({
    name: `${names[0]}-outcomes`,
    title: 'Speech absent at test: differences on all 10,000 MNIST test images, last epoch',
    x: 'difference in accuracy (points)',
    rows,
  });
}

/** The settings of the questions, short. */
const SETTINGS: Record<AvExperimentName, string> = {
  'av-mnist-published': 'published protocol',
  'av-mnist-distillation': 'mean over complete pairs',
  'av-mnist-complete': 'complete in training',
  'av-mnist-level': 'longer, smaller batches',
  'av-mnist-lower-bound': 'the image alone',
};

/** w_speech / w_image after each epoch: what the image's feature is pulled towards speech's with. */
function pullsOf({ runs }: Answer, arm: string): number[][] {
  return runsOf(runs, arm).map((run) =>
    run.curves.weights.map(([image, speech]) => speech / image),
  );
}

const LEARNED = 'mckd-1';
const EQUAL = 'equalWeights-1';

/** What learned weights do to the pull on the image, to the held-out loss and to the accuracy. */
export function weightsSentences(
  answer: Answer = recordedAnswer('av-mnist-distillation'),
): string[] {
  const { runs } = answer;
  const pull = mean(pullsOf(answer, LEARNED).map((curve) => atTheEnd(curve)));
  const loss = differenceOf(runs, LEARNED, EQUAL, MEASURES.heldOutLoss.metric);
  return [
    `With weight 1 the meta step ends at w_speech / w_image = ${pull.toFixed(2)}, the mean of ${runsOf(runs, LEARNED).length} seeds: the image is pulled towards speech with that factor, and with equal weights with 1.`,
    `Learned instead of equal weights change the loss of the held-out pairs, tested with the image alone, by ${differenceText(loss, 4)}, and the accuracy on all images at the last epoch by ${onAll(answer, LEARNED, EQUAL)}.`,
    `Against no distillation: learned weights ${onAll(answer, LEARNED, 'noDistillation')}, equal weights ${onAll(answer, EQUAL, 'noDistillation')}.`,
  ];
}

export function pullFigure(answer: Answer = recordedAnswer('av-mnist-distillation')): Figure {
  const curves = pullsOf(answer, LEARNED);
  const [{ length }] = curves;
  const byEpoch = Array.from({ length }, (_, epoch) => curves.map((curve) => curve[epoch]));
  return curvesFigure({
    name: 'av-mnist-pull',
    title: 'How strongly the image is pulled towards speech: w_speech / w_image',
    x: { title: 'epoch' },
    y: { title: 'factor' },
    series: [
      {
        name: `MCKD, weight 1: mean of ${curves.length} seeds; band: least and most`,
        y: byEpoch.map((values) => mean(values)),
        band: {
          low: byEpoch.map((values) => Math.min(...values)),
          high: byEpoch.map((values) => Math.max(...values)),
        },
      },
      { name: 'equal weights', y: byEpoch.map(() => 1), dash: 'dash' },
    ],
  });
}
