/** What the metrics leave open, and the usual ways to settle it. */

/** What a metric is worth where prediction, truth or both are empty. */
export type Convention = 'brats' | 'nan';

/** How the two directed sets of surface distances become one 95 % Hausdorff distance. */
export type Hd95Rule = 'pooled' | 'larger';

export interface MetricOptions {
  /** For empty regions; BraTS' unless told. */
  convention?: Convention;
  /** For the Hausdorff distance; `pooled`, as MedPy has it, unless told. */
  hd95?: Hd95Rule;
}

/** BraTS' distance (mm) for a region that only one of the two has: the diagonal of its grid and a bit. */
export const EMPTY_HD95_MM = 374;

/** Each convention in a sentence, for captions. */
export const CONVENTIONS: Record<Convention, string> = {
  brats:
    'BraTS: where prediction and truth are both empty, Dice and sensitivity are 1 and HD95 is 0 mm; ' +
    `where one of them is, Dice is 0 and HD95 ${EMPTY_HD95_MM} mm, and sensitivity is 0 if it is the truth; ` +
    'specificity is 1 where the truth fills the volume',
  nan:
    'NaN: what is not defined is NaN and left out of the mean, standard deviation and median: ' +
    'Dice where both are empty, HD95 where either is, sensitivity where the truth is, ' +
    'specificity where the truth fills the volume',
};

/** Each rule in a sentence, for captions. */
export const HD95_RULES: Record<Hd95Rule, string> = {
  pooled:
    'pooled: the 95th percentile of the surface distances of both directions put together (MedPy)',
  larger: 'larger: the larger of the 95th percentiles of the two directions',
};
