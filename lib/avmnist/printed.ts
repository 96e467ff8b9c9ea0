/** Printed numbers beside single runs, and the test samples that they stand on. */
import type { AvModality, AvTrainingConfig } from '../config';
import { meanOf } from '../experiment/metrics';
import { publishedCell, publishedTable } from '../published';
import { cellValue } from '../report/tables';
import { accuracy } from './accuracy';
import { avArm } from './arms';
import { sampleMetric } from './measures';
import type { AvRun } from './run';

/** A method's printed accuracy in percent under the training's condition; undefined if none is printed or known. */
export function printedOf(
  method: string,
  { scarce, rate }: Pick<AvTrainingConfig, 'scarce' | 'rate'>,
): number | undefined {
  const table = publishedTable('av-mnist', `${scarce}-scarce`);
  const { methods, conditions } = table;
  const has = (all: readonly { key: string }[], own: string): boolean =>
    all.some(({ key }) => key === own);
  if (!has(methods, method) || !has(conditions, String(rate))) return undefined;
  return cellValue(publishedCell(table, method, String(rate))) ?? undefined;
}

/** How many runs have an epoch that reaches MCKD's printed number on the test pairs: a printed number is one draw. */
export function describeReached(
  rows: readonly { title: string; runs: readonly AvRun[] }[],
  printed: number,
): string {
  const hundredths = (percent: number): number => Math.round(100 * percent);
  const reaches = (run: AvRun): boolean =>
    hundredths(accuracy(run, 'bestOnTest')) >= hundredths(printed);
  const counts = rows.map(
    ({ title, runs }) => `${title} ${runs.filter(reaches).length} of ${runs.length}`,
  );
  return `Seeds whose best epoch on the test pairs reaches MCKD's printed ${printed.toFixed(2)}: ${counts.join(', ')}.`;
}

/** k of `count` samples, if that is printed as this percentage; else undefined. */
export function wholeSamples(percent: number, count: number): number | undefined {
  const right = Math.round((percent * count) / 100);
  return ((100 * right) / count).toFixed(2) === percent.toFixed(2) ? right : undefined;
}

const MNIST_TEST_IMAGES = 10_000;

/**
 * Which test samples the printed lower bound stands on, and what our lower bound gets on those; undefined where none is
 * printed, or it fits the test pairs as the other columns do.
 */
export function lowerBoundSentence(
  runs: readonly AvRun[],
  scarce: AvModality,
  rate: number,
): string | undefined {
  const printed = printedOf('lower-bound', { scarce, rate });
  const own = runs.filter(({ arm }) => arm === avArm({ method: 'lowerBound', scarce, rate }));
  if (printed === undefined || own.length === 0) return undefined;
  const pairs = own[0].confusion.flat().reduce((a, b) => a + b);
  const right = wholeSamples(printed, MNIST_TEST_IMAGES);
  if (wholeSamples(printed, pairs) !== undefined || right === undefined) return undefined;
  const below = Math.floor((printed * pairs) / 100);
  const [low, high] = [below, below + 1].map((k) => ((100 * k) / pairs).toFixed(2));
  return (
    `The printed lower bound ${printed.toFixed(2)} stands on all ${MNIST_TEST_IMAGES.toLocaleString('en')} MNIST test images (${right.toLocaleString('en')} right), ` +
    `not on the ${pairs} pairs of the columns beside it (${below} right are ${low}, ${below + 1} are ${high}). ${oursOnBoth(own)}`
  );
}

/** Both at the last epoch, so that nothing is chosen on either. */
function oursOnBoth(own: readonly AvRun[]): string {
  if (own.some(({ predictions }) => predictions?.alone === undefined))
    return 'These runs were not tested on all of them.';
  const { arm } = own[0];
  const onPairs = {
    title: 'accuracy on the test pairs, last epoch',
    of: ({ curves }: AvRun) => 100 * (curves.testAccuracy.at(-1) ?? NaN),
  };
  const [all, pairs] = [sampleMetric('alone', 'last'), onPairs].map((metric) =>
    meanOf(own, arm, metric).mean.toFixed(2),
  );
  return `Ours at the last epoch: ${all} on all images, ${pairs} on those of the pairs.`;
}
