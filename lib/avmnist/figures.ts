/** The Audiovision-MNIST figures: from data and runs to plotly JSON, pure. */
import type { AvMnistPairs } from '../datasets/av-mnist/avmnist';
import {
  confusionFigure,
  curvesFigure,
  imageGridFigure,
  pairedDifferencesFigure,
  pointsFigure,
  type Figure,
} from '../report/figures';
import { errorBars, meanCell } from '../report/tables';
import type { AvMethod, AvModality } from '../config';
import { accuracy, type Selection } from './accuracy';
import { cellConfusion, cellRuns, mckdMinus, RIVALS, type AvResults } from './results';
import type { AvCurves, AvEpoch } from './run';
import { methodTitle } from './titles';

const DIGITS = Array.from({ length: 10 }, (_, digit) => String(digit));

/** Pairs as images: the digit above, the MFCC of its recording below. */
export function pairsFigure(pairs: AvMnistPairs, indices: readonly number[]): Figure {
  const part = (values: Float32Array, side: number, p: number): Float32Array =>
    values.subarray(p * side * side, (p + 1) * side * side);
  return imageGridFigure({
    name: 'av-mnist-pairs',
    title:
      'Pairs: written digit (28 x 28) above, MFCC of the spoken one (20 coefficients x 20 frames) below',
    columns: indices.length,
    images: [
      ...indices.map((p) => ({
        title: `${pairs.digits[p]}`,
        width: 28,
        height: 28,
        pixels: part(pairs.images, 28, p),
      })),
      ...indices.map((p) => ({
        title: pairs.recordings[p],
        width: 20,
        height: 20,
        pixels: part(pairs.speech, 20, p),
      })),
    ],
  });
}

/** Loss and accuracy of a running training, for a live plot. */
export function trainingFigure(title: string, epochs: readonly AvEpoch[]): Figure {
  return curvesFigure({
    title,
    x: { title: 'epoch' },
    y: { title: 'accuracy (share)', range: [0, 1] },
    series: [
      { name: 'test pairs, scarce modality absent', y: epochs.map((e) => e.testAccuracy) },
      {
        name: 'held-out pairs, scarce modality absent',
        y: epochs.map((e) => e.heldOutAccuracy),
        dash: 'dash',
      },
    ],
  });
}

/** Training losses of a run. */
export function lossFigure(title: string, curves: AvCurves): Figure {
  return curvesFigure({
    title,
    x: { title: 'epoch' },
    y: { title: 'loss (mean of the epoch)' },
    series: [
      ...Object.entries(curves.losses).map(([name, y]) => ({
        name: name === 'task' ? 'cross-entropy' : `${name} (before its weight)`,
        y,
      })),
    ],
  });
}

/** Importance weights of the MCKD runs over time: one curve per rate, the mean over seeds. */
export function weightsFigure({ config, runs }: AvResults, scarce: AvModality): Figure {
  const weightOfImage = (rate: number): number[] => {
    const cell = cellRuns(runs, 'mckd', scarce, rate).map((run) =>
      run.curves.weights.map(([image]) => image),
    );
    return cell[0].map((_, epoch) => meanCell(cell.map((curve) => curve[epoch])).mean);
  };
  const ofSpeech =
    config.avMnist.importance.normalisation === 'softmax'
      ? ' (importance of speech = 1 - this)'
      : '';
  return curvesFigure({
    name: `av-mnist-weights-${scarce}-scarce`,
    title: `Importance of the image, ${scarce} scarce${ofSpeech}`,
    x: { title: 'epoch' },
    y: { title: 'w of image', range: [0, 1] },
    series: config.avMnist.rates.map((rate) => ({
      name: `${Math.round(rate * 100)} % kept`,
      y: weightOfImage(rate),
    })),
  });
}

/** Accuracy of every method at every rate, mean and standard deviation over seeds. */
export function accuracyFigure(
  results: AvResults,
  scarce: AvModality,
  selection: Selection,
): Figure {
  const { config, runs } = results;
  const { rates } = config.avMnist;
  const cell = (method: AvMethod, rate: number): ReturnType<typeof meanCell> =>
    meanCell(cellRuns(runs, method, scarce, rate).map((run) => accuracy(run, selection)));
  const bounds = (['lowerBound', 'upperBound'] as const).map((method) => ({
    name: methodTitle(method, scarce),
    y: cell(method, rates[0]).mean,
  }));
  return pointsFigure({
    name: `av-mnist-${scarce}-scarce`,
    title: `${scarce} scarce: ${selection === 'bestOnTest' ? 'best epoch on test' : 'epoch chosen on held-out pairs'}`,
    x: {
      title: `training pairs that keep their ${scarce}`,
      groups: rates.map((rate) => `${Math.round(rate * 100)} %`),
    },
    y: { title: 'test accuracy (%)' },
    series: (['noDistillation', 'equalWeights', 'mckd'] as const).map((method) => ({
      name: methodTitle(method, scarce),
      y: rates.map((rate) => cell(method, rate).mean),
      ...errorBars(rates.map((rate) => cell(method, rate))),
    })),
    references: bounds,
  });
}

/** MCKD minus its two rivals, one dot per seed, with the 95 % interval of the mean. */
export function pairedFigure(
  { config, runs }: AvResults,
  scarce: AvModality,
  selection: Selection,
): Figure {
  const rows = RIVALS.flatMap(({ method, title }) =>
    config.avMnist.rates.map((rate) => {
      const of = (which: AvMethod): number[] =>
        cellRuns(runs, which, scarce, rate).map((run) => accuracy(run, selection));
      const rival = of(method);
      return {
        label: `${title}, ${Math.round(rate * 100)} %`,
        differences: of('mckd').map((value, s) => value - rival[s]),
        verdict: mckdMinus(runs, method, scarce, rate, selection),
      };
    }),
  );
  return pairedDifferencesFigure({
    name: `av-mnist-${scarce}-scarce-paired`,
    title: `${scarce} scarce: paired differences by seed (${selection === 'bestOnTest' ? 'best on test' : 'chosen on held-out pairs'})`,
    x: 'difference in test accuracy (points)',
    rows,
  });
}

/** The confusion matrix of the digits, summed over seeds. */
export function avConfusionFigure(
  { runs }: AvResults,
  method: AvMethod,
  scarce: AvModality,
  rate: number,
): Figure {
  return confusionFigure({
    name: 'av-mnist-confusion',
    title: `${methodTitle(method, scarce)}, ${scarce} scarce, ${Math.round(rate * 100)} % kept: confusion matrix`,
    labels: DIGITS,
    counts: cellConfusion(runs, method, scarce, rate),
  });
}
