/** Scores label maps in files against true ones. */
import { channelOf, gridDifference, spatialGrid } from '../data/brats/read-case';
import { REGIONS, standardLabels, type LabelCodes, type Region } from '../data/brats/regions';
import { columnLengths, readNifti, type Grid } from '../data/nifti';
import { gridInAxes, toAxes } from '../data/orientation';
import type { MetricOptions } from './conventions';
import type { FilePair } from './pairs';
import { METRICS, namedConventions, scoreLabels, type LabelScores, type Metric } from './regions';
import { summarise, type Summary } from './summary';

export interface EvaluateOptions extends MetricOptions {
  /** Called after each case. */
  onCase?: (done: number, all: number) => void;
}

export interface EvaluatedCase {
  name: string;
  prediction: string;
  truth: string;
  /** Edge lengths of a voxel in mm, by the truth's affine. */
  spacing: number[];
  scores: LabelScores;
}

export interface Evaluation extends Required<MetricOptions> {
  cases: EvaluatedCase[];
  /** Over the cases. */
  summary: Record<Region, Record<Metric, Summary>>;
}

/**
 * Scores each pair of files on the truth's grid, one after the other. All headers are compared before
 * any voxel is read.
 * @throws ReaderError as `evaluateCase` does
 */
export async function evaluateFiles(
  pairs: readonly FilePair[],
  { onCase, ...options }: EvaluateOptions = {},
): Promise<Evaluation> {
  for (const pair of pairs) await commonGridOf(pair);
  const cases: EvaluatedCase[] = [];
  for (const pair of pairs) {
    cases.push(await evaluateCase(pair, options));
    onCase?.(cases.length, pairs.length);
  }
  const over = (region: Region, metric: Metric): Summary =>
    summarise(cases.map(({ scores }) => scores[region][metric]));
  const summary = Object.fromEntries(
    REGIONS.map((region) => [
      region,
      Object.fromEntries(METRICS.map((metric) => [metric, over(region, metric)])),
    ]),
  ) as Evaluation['summary'];
  return { ...namedConventions(options), cases, summary };
}

/**
 * Scores one pair. A prediction with its axes in another order is turned to the truth's; it is never
 * resampled.
 * @throws ReaderError naming the file, field and value: an image that isn't 3-D, shapes or affines that
 *   differ, a label outside the codes
 */
export async function evaluateCase(
  pair: FilePair,
  options: MetricOptions = {},
): Promise<EvaluatedCase> {
  const { prediction: predictedGrid, truth: grid } = await commonGridOf(pair);
  const labels = async (file: string, from: Grid, codes: LabelCodes): Promise<Uint8Array> => {
    const values = channelOf(await readNifti(file), { file }, from);
    return standardLabels(toAxes({ ...from, values }, grid.axes).values, codes, file);
  };
  const { name, prediction, truth, codes } = pair;
  const predicted = await labels(prediction, predictedGrid, codes.prediction);
  const actual = await labels(truth, grid, codes.truth);
  const spacing = columnLengths(grid.affine);
  const scores = scoreLabels(predicted, actual, grid.shape, { ...options, spacing });
  return { name, prediction, truth, spacing, scores };
}

/** The grids of both files, which are the same but for the order of axes. */
async function commonGridOf({
  prediction,
  truth,
}: FilePair): Promise<{ prediction: Grid; truth: Grid }> {
  const grids = {
    prediction: await spatialGrid({ file: prediction }),
    truth: await spatialGrid({ file: truth }),
  };
  const turned = gridInAxes(grids.prediction, grids.truth.axes);
  const fault = gridDifference(grids.truth, turned, truth, prediction);
  if (fault) throw fault;
  return grids;
}
