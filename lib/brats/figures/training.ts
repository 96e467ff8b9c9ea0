/** A training as figures: losses, importance weights, the ratios between teachers and students. */
import {
  curvesFigure,
  heatmapFigure,
  type CurveSeries,
  type Figure,
  type FigureTitle,
  type Trace,
} from '../../report/figures';
import { numericAxis } from '../../report/figures/theme';
import type { Shape } from '../../report/figures/types';
import type { WeightNormalisation } from '../../config/method';
import { MODALITIES, MODALITY_NAMES } from '../../base/modality';
import type { BratsRun } from '../run-record';

/** Most points of a curve: a live plot is sent completely each time. */
const POINTS = 300;

/** The fields of a step for the figures; in a log line and in a step event. */
export interface LossLine {
  step: number;
  /** Each part of the loss, before its weight. */
  losses: Readonly<Record<string, number>>;
  meta?: { weights?: readonly number[] };
}

/**
 * At most 300 points of a curve, the last among them, each the mean of the `window` lines up to it (fewer
 * at the start). Costs 300 windows, however long the curve is.
 */
export function movingAverages<T extends { step: number }>(
  lines: readonly T[],
  window: number,
  value: (line: T) => number,
): { x: number[]; y: number[] } {
  const stride = Math.max(1, Math.ceil(lines.length / POINTS));
  const points = Math.ceil(lines.length / stride);
  const ends = Array.from(
    { length: points },
    (_, i) => lines.length - 1 - (points - 1 - i) * stride,
  );
  const y = ends.map((end) => {
    const part = lines.slice(Math.max(0, end + 1 - window), end + 1);
    return part.reduce((sum, line) => sum + value(line), 0) / part.length;
  });
  return { x: ends.map((end) => lines[end].step), y };
}

export interface LossCurvesOptions extends Partial<FigureTitle> {
  /** Lines averaged per point. Default: 25. */
  window?: number;
  /** A logarithmic axis, on which all three losses are visible. Default: yes. */
  log?: boolean;
}

/** Names of some parts of losses in figures; others keep their own. */
const LOSS_NAMES: Readonly<Record<string, string>> = {
  dice: 'Dice loss',
  crossEntropy: 'cross-entropy',
  distillation: 'distillation L_KD',
};

function lossSeries(lines: readonly LossLine[], window: number): CurveSeries[] {
  const names = Object.keys(lines[0]?.losses ?? {});
  const shown = names.filter((name) => lines.some(({ losses }) => losses[name] > 0));
  return shown.map((key) => {
    const name = LOSS_NAMES[key] ?? key;
    const { x, y } = movingAverages(lines, window, ({ losses }) => losses[key]);
    // 0, such as the distillation of a single scan, can't be shown on a logarithmic axis.
    return { name, x, y: y.map((value) => (value > 0 ? value : null)) };
  });
}

/** The parts of the loss over the steps, each before its weight, as moving averages. Cheap enough for a live plot. */
export function lossCurvesFigure(
  lines: readonly LossLine[],
  { name, title = 'Losses', window = 25, log = true }: LossCurvesOptions = {},
): Figure {
  const mean = window > 1 ? `, mean of ${window}` : '';
  return curvesFigure({
    name,
    title,
    x: { title: 'training step' },
    y: { title: `loss${mean}`, ...(log ? { type: 'log' } : {}) },
    series: lossSeries(lines, window),
  });
}

export interface ImportanceOptions extends FigureTitle {
  /** The first step of stage two: a dashed line. */
  stageTwoFrom?: number;
  /** Normalisation of the weights. */
  normalisation: WeightNormalisation;
  /** Events averaged per point. Default: 1; the authors draw the raw weights with 1,000. */
  window?: number;
}

/** The importance weights of the four scans after each meta event. */
export function importanceFigure(
  weights: BratsRun['weights'],
  { name, title, stageTwoFrom, normalisation, window = 1 }: ImportanceOptions,
): Figure {
  const figure = curvesFigure({
    name,
    title,
    x: { title: stageTitle(stageTwoFrom) },
    y: { title: WEIGHT_TITLES[normalisation] },
    series: weightSeries(weights, window),
  });
  return { ...figure, layout: { ...figure.layout, shapes: stageLine(stageTwoFrom) } };
}

const WEIGHT_TITLES = {
  softmax: 'importance weight w (sum 1)',
  sigmoid: 'importance weight w (sigmoid)',
  raw: 'importance weight, raw',
} as const satisfies Record<WeightNormalisation, string>;

function weightSeries(weights: BratsRun['weights'], window: number): CurveSeries[] {
  return MODALITIES.map((modality, m) => ({
    name: MODALITY_NAMES[modality],
    ...movingAverages(weights, window, ({ w }) => w[m]),
    markers: weights.length <= 20,
  }));
}

function stageTitle(stageTwoFrom: number | undefined): string {
  return stageTwoFrom === undefined ? 'training step' : 'training step (dashed: stage two begins)';
}

function stageLine(step: number | undefined): Shape[] {
  if (step === undefined) return [];
  const line = { color: '#777777', width: 1.5, dash: 'dash' } as const;
  return [
    {
      type: 'line',
      xref: 'x',
      yref: 'paper',
      x0: step,
      x1: step,
      y0: 0,
      y1: 1,
      line,
      layer: 'below',
    },
  ];
}

/** `importanceFigure`'s input from the lines of a log. */
export function loggedWeights(lines: readonly LossLine[]): BratsRun['weights'] {
  return lines.flatMap(({ step, meta }) => (meta?.weights ? [{ step, w: [...meta.weights] }] : []));
}

export interface LiveTrainingOptions extends Pick<LossCurvesOptions, 'title' | 'window'> {
  /** Steps of the whole training: the axis stays fixed. */
  steps?: number;
  stageTwoFrom?: number;
}

/** A running training in one figure: the losses above, the importance weights below once there are any. */
export function liveTrainingFigure(
  lines: readonly LossLine[],
  { title = 'Training', window = 25, steps, stageTwoFrom }: LiveTrainingOptions = {},
): Figure {
  const losses = lossCurvesFigure(lines, { title, window });
  const weights = loggedWeights(lines);
  const x = numericAxis({
    title: stageTitle(stageTwoFrom),
    ...(steps === undefined ? {} : { range: [0, steps] }),
  });
  const shapes = stageLine(stageTwoFrom);
  // The colours after those of MCKD's three losses, so that they are the same while it trains.
  const first = Math.max(3, losses.data.length);
  if (weights.length === 0) return { ...losses, layout: { ...losses.layout, xaxis: x, shapes } };
  const below = curvesFigure({
    title: '',
    x: { title: '' },
    y: { title: '' },
    series: weightSeries(weights, 1).map((one, m) => ({ ...one, colour: first + m })),
  });
  return {
    data: [...losses.data, ...below.data.map((trace): Trace => ({ ...trace, yaxis: 'y2' }))],
    layout: {
      ...losses.layout,
      xaxis: { ...x, anchor: 'y2' },
      yaxis: { ...losses.layout.yaxis, domain: [0.45, 1] },
      yaxis2: { ...numericAxis({ title: 'importance w' }), domain: [0, 0.36], anchor: 'x' },
      height: 540,
      margin: { ...losses.layout.margin, t: 100 },
      showlegend: true,
      shapes,
    },
  };
}

/**
 * r_ij = w_i / w_j: how strongly teacher i (row) distils into student j (column). The diagonal is empty.
 * @param weights w of FLAIR, T1, T1ce, T2
 */
export function ratioMatrixFigure(
  weights: readonly number[],
  title = 'Distillation ratios between scans: w of the teacher / w of the student',
): Figure {
  const labels = MODALITIES.map((modality) => MODALITY_NAMES[modality]);
  const figure = heatmapFigure({
    name: 'brats-ratios',
    title,
    x: { title: 'student', labels },
    y: { title: 'teacher', labels },
    values: weights.map((teacher, i) =>
      weights.map((student, j) => (i === j ? null : teacher / student)),
    ),
    digits: 2,
    colour: 'ratio',
  });
  return { ...figure, layout: { ...figure.layout, height: 380 } };
}
