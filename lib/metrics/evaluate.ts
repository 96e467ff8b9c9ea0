/** Scores predicted label maps in files against the ground truth. */
import { compareGrids, readLabelMap, spatialGrid } from '../datasets/brats/read-case';
import { REGIONS, type Region } from '../datasets/brats/regions';
import { columnLengths, type Grid } from '../formats/nifti';
import { gridInAxes } from '../volume/orientation';
import { subsetName } from '../base/modality';
import type { MetricOptions } from './conventions';
import type { FilePair } from './pairs';
import { calibrationOf, requireProbabilities } from './probabilities';
import {
  METRICS,
  namedConventions,
  scoreLabels,
  type EvaluatedMetric,
  type LabelScores,
  type Metric,
  type RegionScores,
} from './regions';
import { summarise, type Summary } from './summary';

export interface EvaluateOptions extends MetricOptions {
  /** Also score the probabilities beside each prediction: see `probabilityFiles`. */
  probabilities?: boolean;
  /** Called after each pair. */
  onCase?: (done: number, all: number) => void;
}

export interface EvaluatedCase {
  name: string;
  prediction: string;
  truth: string;
  /** The available scans of the prediction, if its name gives them: `FLAIR + T1ce`. */
  subset?: string;
  /** Edge lengths of a voxel in mm, by the ground truth's affine. */
  spacing: number[];
  scores: Record<Region, EvaluatedRegion>;
}

export interface EvaluatedRegion extends RegionScores {
  /** Expected calibration error of the region's probabilities, 0 to 1, over all voxels of the volume. */
  calibration?: number;
}

/** Of each region and metric; calibration where probabilities were scored. */
export type Summaries = Record<
  Region,
  Record<Metric, Summary> & Partial<Record<EvaluatedMetric, Summary>>
>;

export interface Evaluation extends Required<MetricOptions> {
  cases: EvaluatedCase[];
  /** Over all cases that were scored. */
  summary: Summaries;
  /** Over the cases of each subset of scans, for predictions from subsets. */
  subsets?: { subset: string; summary: Summaries }[];
  /** Notes on the files, one sentence each. */
  notes: string[];
}

/**
 * Scores each pair of files on the ground truth's grid, one after the other. All headers are compared before
 * any voxel is read.
 * @throws UserError as `evaluateCase` and `requireProbabilities` do
 */
export async function evaluateFiles(
  pairs: readonly FilePair[],
  { onCase, ...options }: EvaluateOptions = {},
): Promise<Evaluation> {
  for (const pair of pairs) {
    const grid = await truthGrid(pair);
    if (options.probabilities) await requireProbabilities(pair, grid);
  }
  const cases: EvaluatedCase[] = [];
  const notes: string[] = [];
  for (const pair of pairs) {
    const { notes: own, ...one } = await evaluateCase(pair, options);
    cases.push(one);
    notes.push(...own);
    onCase?.(cases.length, pairs.length);
  }
  const subsets = [...new Set(cases.map(({ subset }) => subset))];
  const bySubset = subsets.flatMap((subset) =>
    subset === undefined
      ? []
      : [{ subset, summary: summaryOf(cases.filter((one) => one.subset === subset)) }],
  );
  return {
    ...namedConventions(options),
    cases,
    summary: summaryOf(cases),
    ...(bySubset.length > 0 ? { subsets: bySubset } : {}),
    notes: [...new Set(notes)],
  };
}

function summaryOf(cases: readonly EvaluatedCase[]): Summaries {
  const over = (region: Region, metric: EvaluatedMetric): Summary =>
    summarise(cases.map(({ scores }) => scores[region][metric] ?? NaN));
  const calibrated = cases.some(({ scores }) => scores.WT.calibration !== undefined);
  const metrics = [...METRICS, ...(calibrated ? (['calibration'] as const) : [])];
  return Object.fromEntries(
    REGIONS.map((region) => [
      region,
      Object.fromEntries(metrics.map((metric) => [metric, over(region, metric)])),
    ]),
  ) as Summaries;
}

/**
 * Scores one pair. A prediction with its axes in another order is reoriented to the ground truth's; it is never
 * resampled.
 * @throws UserError naming the file, field and value: an image that isn't 3-D, shapes or affines that
 *   differ, a label outside the codes
 */
async function evaluateCase(
  pair: FilePair,
  { probabilities = false, ...options }: Omit<EvaluateOptions, 'onCase'> = {},
): Promise<EvaluatedCase & { notes: string[] }> {
  const grid = await truthGrid(pair);
  const { name, prediction, truth, subset, codes } = pair;
  const place = { grid, gridFile: truth };
  const actual = await readLabelMap(truth, { ...place, codes: codes.truth });
  const option = '--prediction-labels';
  const predicted = await readLabelMap(prediction, { ...place, codes: codes.prediction, option });
  const spacing = columnLengths(grid.affine);
  const scores = scoreLabels(predicted.labels, actual.labels, grid.shape, { ...options, spacing });
  return {
    name,
    prediction,
    truth,
    ...(subset ? { subset: subsetName(subset) } : {}),
    spacing,
    scores: probabilities
      ? withCalibration(scores, await calibrationOf(pair, grid, actual.labels))
      : scores,
    notes: [...actual.notes, ...predicted.notes],
  };
}

function withCalibration(
  scores: LabelScores,
  calibration: Record<Region, number>,
): Record<Region, EvaluatedRegion> {
  return Object.fromEntries(
    REGIONS.map((region) => [region, { ...scores[region], calibration: calibration[region] }]),
  ) as Record<Region, EvaluatedRegion>;
}

/** The ground truth's grid, which is the prediction's except for the order of axes. */
async function truthGrid({ prediction, truth }: FilePair): Promise<Grid> {
  const grid = await spatialGrid({ file: truth });
  const other = gridInAxes(await spatialGrid({ file: prediction }), grid.axes);
  const { fault } = compareGrids(grid, other, truth, prediction);
  if (fault) throw fault;
  return grid;
}
