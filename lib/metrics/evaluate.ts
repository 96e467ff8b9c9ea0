/** Scores predicted label maps in files against the ground truth. */
import { compareGrids, readLabelMap, spatialGrid } from '../datasets/brats/read-case';
import { REGIONS, type Region } from '../datasets/brats/regions';
import { columnLengths, type Grid } from '../formats/nifti';
import { gridInAxes } from '../volume/orientation';
import { subsetName } from '../base/modality';
import type { MetricOptions } from './conventions';
import type { FilePair } from './pairs';
import { METRICS, namedConventions, scoreLabels, type LabelScores, type Metric } from './regions';
import { summarise, type Summary } from './summary';

export interface EvaluateOptions extends MetricOptions {
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
  scores: LabelScores;
}

export type Summaries = Record<Region, Record<Metric, Summary>>;

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
 * @throws UserError as `evaluateCase` does
 */
export async function evaluateFiles(
  pairs: readonly FilePair[],
  { onCase, ...options }: EvaluateOptions = {},
): Promise<Evaluation> {
  for (const pair of pairs) await truthGrid(pair);
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
  const over = (region: Region, metric: Metric): Summary =>
    summarise(cases.map(({ scores }) => scores[region][metric]));
  return Object.fromEntries(
    REGIONS.map((region) => [
      region,
      Object.fromEntries(METRICS.map((metric) => [metric, over(region, metric)])),
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
  options: MetricOptions = {},
): Promise<EvaluatedCase & { notes: string[] }> {
  const grid = await truthGrid(pair);
  const { name, prediction, truth, subset, codes } = pair;
  const place = { grid, gridFile: truth };
  const actual = await readLabelMap(truth, { ...place, codes: codes.truth });
  const option = '--prediction-labels';
  const predicted = await readLabelMap(prediction, { ...place, codes: codes.prediction, option });
  const spacing = columnLengths(grid.affine);
  return {
    name,
    prediction,
    truth,
    ...(subset ? { subset: subsetName(subset) } : {}),
    spacing,
    scores: scoreLabels(predicted.labels, actual.labels, grid.shape, { ...options, spacing }),
    notes: [...actual.notes, ...predicted.notes],
  };
}

/** The ground truth's grid, which is the prediction's except for the order of axes. */
async function truthGrid({ prediction, truth }: FilePair): Promise<Grid> {
  const grid = await spatialGrid({ file: truth });
  const other = gridInAxes(await spatialGrid({ file: prediction }), grid.axes);
  const { fault } = compareGrids(grid, other, truth, prediction);
  if (fault) throw fault;
  return grid;
}
