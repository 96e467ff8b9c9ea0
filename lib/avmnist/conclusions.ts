/** Findings of an experiment, in sentences computed from its runs; the page of results has the recorded ones. */
import { publishedCell, publishedTable } from '../published';
import { describeVerdicts } from '../base/statistics';
import { cellText, cellValue, meanCell } from '../report/tables';
import { counted } from '../base/words';
import type { AvMethod, AvModality } from '../config';
import { twoWayOf } from '../experiment/metrics';
import { accuracy } from './accuracy';
import { aloneDescription } from './alone-tables';
import { avArm } from './arms';
import { sampleMetric } from './measures';
import { cellRuns, mckdMinus, RIVALS, type AvResults } from './results';

/**
 * One sentence per finding, in Markdown: the bounds, MCKD against its printed numbers, MCKD against its rivals, and the
 * same on samples without a partner.
 */
export function avConclusions(results: AvResults): string[] {
  return results.config.avMnist.scarce.flatMap((scarce) => [
    boundsSentence(results, scarce),
    levelSentence(results, scarce),
    rivalsSentence(results, scarce),
    aloneSentence(results, scarce),
  ]);
}

const onTest = (results: AvResults, method: AvMethod, scarce: AvModality, rate: number): string =>
  meanCell(
    cellRuns(results.runs, method, scarce, rate).map((run) => accuracy(run, 'bestOnTest')),
  ).mean.toFixed(2);

function printed(scarce: AvModality, method: string, rate: number): string {
  const cell = publishedCell(publishedTable('av-mnist', `${scarce}-scarce`), method, String(rate));
  return cellValue(cell) === null ? '' : ` (printed ${cellText(cell, { key: '', title: '' })})`;
}

const share = (rate: number): string => `${Math.round(rate * 100)} %`;

function boundsSentence(results: AvResults, scarce: AvModality): string {
  const [rate] = results.config.avMnist.rates;
  const lower = onTest(results, 'lowerBound', scarce, rate) + printed(scarce, 'lower-bound', rate);
  const upper = onTest(results, 'upperBound', scarce, rate) + printed(scarce, 'upper-bound', rate);
  return `**${capital(scarce)} scarce.** Best epoch on test, mean of ${counted(results.config.avMnist.seeds, 'seed')}: lower bound ${lower}, upper bound ${upper}.`;
}

function levelSentence(results: AvResults, scarce: AvModality): string {
  const levels = results.config.avMnist.rates.map(
    (rate) =>
      `${onTest(results, 'mckd', scarce, rate)} at ${share(rate)}${printed(scarce, 'mckd', rate)}`,
  );
  return `MCKD, likewise: ${levels.join(', ')}.`;
}

function rivalsSentence(results: AvResults, scarce: AvModality): string {
  const { rates } = results.config.avMnist;
  const verdicts = RIVALS.flatMap(({ method }) =>
    rates.map((rate) => mckdMinus(results.runs, method, scarce, rate, 'chosenOnHeldOut')),
  );
  return (
    `MCKD minus no distillation and minus equal weights, seed by seed with the epoch chosen on held-out pairs, ` +
    `${verdicts.length} comparisons: ${describeVerdicts(verdicts)}.`
  );
}

const SAMPLES: Record<AvModality, string> = {
  speech: 'all MNIST test images',
  image: 'recordings of speakers that no training pair has',
};

function aloneSentence({ config, runs }: AvResults, scarce: AvModality): string {
  const samples = aloneDescription(runs, scarce);
  if (samples === undefined) return `On ${SAMPLES[scarce]} these runs were not tested.`;
  const found = RIVALS.flatMap(({ method }) =>
    config.avMnist.rates.map((rate) => {
      const [own, rival] = (['mckd', method] as const).map((one) =>
        avArm({ method: one, scarce, rate }),
      );
      return twoWayOf(runs, own, rival, sampleMetric('alone', 'last'));
    }),
  );
  return (
    `On ${samples}, at the last epoch, seed by seed and sample by sample, the same ${found.length} comparisons: ` +
    `${describeVerdicts(found.map(({ verdict }) => verdict))}.`
  );
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
