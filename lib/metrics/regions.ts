/** Two label maps, region by region. */
import { regionMasks, REGIONS, type Region } from '../datasets/brats/regions';
import type { MetricOptions } from './conventions';
import { hausdorff95, type HausdorffOptions } from './hausdorff';
import { overlapScores, requireEqualLengths, type OverlapScores } from './overlap';

/** In the order of tables. */
export const METRICS = ['dice', 'hd95', 'sensitivity', 'specificity'] as const;
export type Metric = (typeof METRICS)[number];

/** With the expected calibration error, where probabilities are scored, too. */
export type EvaluatedMetric = Metric | 'calibration';

export interface RegionScores extends OverlapScores {
  /** mm. */
  hd95: number;
}

export type LabelScores = Record<Region, RegionScores>;

/**
 * All metrics of the three regions.
 *
 * @param prediction [X * Y * Z] in the kit's codes (0, 1, 2, 4), the first index fastest
 * @param truth as `prediction`, on the same grid
 * @param shape [X, Y, Z]
 * @throws UserError when the label maps don't fill the shape
 */
export function scoreLabels(
  prediction: Uint8Array,
  truth: Uint8Array,
  shape: readonly number[],
  options: HausdorffOptions = {},
): LabelScores {
  const count = shape.reduce((product, size) => product * size, 1);
  requireEqualLengths(prediction, truth, count);
  const [predicted, actual] = [regionMasks(prediction), regionMasks(truth)];
  const scores = REGIONS.map((region, r): [Region, RegionScores] => {
    const of = (masks: Uint8Array): Uint8Array => masks.subarray(r * count, (r + 1) * count);
    const hd95 = hausdorff95(of(predicted), of(actual), shape, options);
    return [region, { ...overlapScores(of(predicted), of(actual), options), hd95 }];
  });
  return Object.fromEntries(scores) as LabelScores;
}

/** The two options that change numbers, with their defaults. */
export function namedConventions({
  convention = 'brats',
  hd95 = 'pooled',
}: MetricOptions): Required<MetricOptions> {
  return { convention, hd95 };
}
