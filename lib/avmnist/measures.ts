/** The numbers that runs are compared by. */
import type { RunMetric } from '../experiment/metrics';
import { meanCell } from '../report/tables';
import { accuracy } from './accuracy';
import { rightOnes, type AvPredictions, type RunPredictions } from './predictions';
import type { AvRun, AvScores } from './run';

/** The 450 pairs at three epochs, samples without a partner at two, and held-out pairs. */
export type AvMeasure =
  'bestOnTest' | 'chosenOnHeldOut' | 'lastTen' | 'aloneChosen' | 'aloneLast' | 'heldOutLoss';

/** Of the column. */
export interface Measure {
  title: string;
  metric: RunMetric<AvScores>;
  digits: number;
  best: 'highest' | 'lowest';
}

/** So many last epochs are averaged. */
export const LAST_EPOCHS = 10;

export const atTheEnd = (values: readonly number[]): number =>
  meanCell(values.slice(-LAST_EPOCHS)).mean;

export type SampleMetric = RunMetric<AvScores> & Required<Pick<RunMetric<AvScores>, 'bySample'>>;

/** What predictions are kept of: the test pairs, and samples without a partner. */
export type SampleSet = keyof RunPredictions;

/** Accuracy in percent on a set of samples; NaN for a run that was not tested on it. */
export function sampleMetric(set: SampleSet, epoch: 'last' | 'chosen'): SampleMetric {
  const of = ({ predictions }: AvRun): AvPredictions | undefined => predictions?.[set];
  return {
    title: `accuracy on ${set === 'pairs' ? 'the test pairs' : 'samples without a partner'}, ${epoch} epoch`,
    of: (run) => {
      const found = of(run);
      return found ? 100 * (1 - found[epoch].length / found.count) : NaN;
    },
    bySample: (run) => {
      const found = of(run);
      return found
        ? Float64Array.from(rightOnes(found.count, found[epoch]), (right) => 100 * right)
        : [];
    },
  };
}

const percent = (title: string, metric: RunMetric<AvScores>): Measure => ({
  ...{ title, metric },
  digits: 2,
  best: 'highest',
});

const CHOSEN = 'epoch chosen on held-out pairs';
const AT_THE_END = `mean of the last ${LAST_EPOCHS} epochs`;

export const MEASURES: Record<AvMeasure, Measure> = {
  bestOnTest: percent('best epoch on test', {
    title: 'test accuracy, best epoch',
    of: (run) => accuracy(run, 'bestOnTest'),
  }),
  chosenOnHeldOut: percent(CHOSEN, {
    title: 'test accuracy, chosen epoch',
    of: (run) => accuracy(run, 'chosenOnHeldOut'),
  }),
  lastTen: percent(AT_THE_END, {
    title: 'test accuracy, last epochs',
    of: ({ curves }) => 100 * atTheEnd(curves.testAccuracy),
  }),
  aloneChosen: percent(CHOSEN, sampleMetric('alone', 'chosen')),
  aloneLast: percent('last epoch', sampleMetric('alone', 'last')),
  heldOutLoss: {
    title: AT_THE_END,
    metric: { title: 'held-out loss', of: ({ curves }) => atTheEnd(curves.heldOutLoss) },
    digits: 4,
    best: 'lowest',
  },
};
