/** Feature distances and spreads as figures: over the steps of a training, by missing scan, by method. */
import { barsFigure, curvesFigure, type Figure, type FigureTitle } from '../../report/figures';
import { MODALITIES, MODALITY_NAMES } from '../../base/modality';
import type { FeatureDistance, FeatureDistances, FeatureSpread } from '../features';
import { movingAverages } from './training';

export type DistanceMeasure = keyof FeatureDistance;

const MEASURES: Record<DistanceMeasure, string> = {
  l1: 'L1 distance, sum |filled − true|',
  l2: 'L2 distance',
  cosine: 'cosine of filled and true',
};

/** The part of a log line that is read; lines without a meta event are skipped. */
export interface DistanceLine {
  step: number;
  meta?: { featureDistance?: FeatureDistance };
}

export interface DistanceCurvesOptions extends FigureTitle {
  /** Logs of trainings, one curve each. */
  runs: readonly { name: string; lines: readonly DistanceLine[] }[];
  /** Default: L1. */
  measure?: DistanceMeasure;
  /** Events averaged per point. Default: 1; the authors take 10. */
  window?: number;
}

/** The distance between filled and true features during trainings: T1ce filled from the other three. */
export function featureDistanceCurvesFigure({
  name,
  title,
  runs,
  measure = 'l1',
  window = 1,
}: DistanceCurvesOptions): Figure {
  const series = runs.map(({ name, lines }) => {
    const points = lines.flatMap(({ step, meta }) =>
      meta?.featureDistance ? [{ step, value: meta.featureDistance[measure] }] : [],
    );
    const curve = movingAverages(points, window, ({ value }) => value);
    return { name, ...curve, markers: points.length <= 20 };
  });
  return curvesFigure({
    name,
    title,
    x: { title: 'training step' },
    y: { title: MEASURES[measure] },
    series,
  });
}

export interface FeatureDistanceOptions extends FigureTitle {
  /** Distances of every missing scan, per method. */
  methods: readonly { name: string; distances: Pick<FeatureDistances, 'byScan'> }[];
  /** Default: L1. */
  measure?: DistanceMeasure;
}

/** The distance between filled and true feature for each missing scan: one group per scan, one bar per method. */
export function featureDistanceFigure({
  name,
  title,
  methods,
  measure = 'l1',
}: FeatureDistanceOptions): Figure {
  const missing = MODALITIES.filter((m) => methods.some(({ distances }) => distances.byScan[m]));
  return barsFigure({
    name,
    title,
    x: { title: 'missing scan', groups: missing.map((modality) => MODALITY_NAMES[modality]) },
    y: { title: MEASURES[measure] },
    series: methods.map(({ name, distances }) => ({
      name,
      y: missing.map((modality) => distances.byScan[modality]?.[measure] ?? null),
    })),
  });
}

const SPREADS: { key: keyof FeatureSpread; name: string }[] = [
  { key: 'betweenScans', name: 'between scans of a case' },
  { key: 'betweenCases', name: 'between cases, one scan' },
  { key: 'magnitude', name: 'magnitude of a feature, mean |f|' },
];

export interface FeatureSpreadOptions extends FigureTitle {
  methods: readonly { name: string; spread: FeatureSpread }[];
}

/**
 * Distances between features, on a logarithmic axis: one group per kind of pair, one bar per method. Features that
 * no longer depend on the case have a low bar between cases, whatever distillation does between scans.
 */
export function featureSpreadFigure({ name, title, methods }: FeatureSpreadOptions): Figure {
  const all = methods.flatMap(({ spread }) => SPREADS.map(({ key }) => spread[key]));
  const logs = all.filter((value) => value > 0).map(Math.log10);
  // Bars of a logarithmic axis start at its end, which is a power of ten below the lowest.
  const range: [number, number] =
    logs.length > 0 ? [Math.floor(Math.min(...logs) - 0.1), Math.max(...logs) + 0.1] : [-1, 0];
  return barsFigure({
    name,
    title,
    x: { title: '', groups: SPREADS.map(({ name }) => name) },
    y: { title: 'mean absolute difference', type: 'log', range },
    series: methods.map(({ name, spread }) => ({ name, y: SPREADS.map(({ key }) => spread[key]) })),
  });
}
