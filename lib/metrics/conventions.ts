/** Cases that the metrics' definitions leave open, and the usual conventions. */

/** The value of a metric if prediction, ground truth or both are empty. */
export type Convention = 'brats' | 'nan';

/** How the two directed sets of surface distances become one 95 % Hausdorff distance. */
export type Hd95Rule = 'pooled' | 'larger';

export interface MetricOptions {
  /** For empty regions. Default: BraTS'. */
  convention?: Convention;
  /** For the Hausdorff distance. Default: `pooled`, as in MedPy. */
  hd95?: Hd95Rule;
}

/** BraTS' distance (mm) for a region that only one of the two has: slightly more than the diagonal of its grid. */
export const EMPTY_HD95_MM = 374;

/** Each convention in a sentence, for captions. */
export const CONVENTIONS: Record<Convention, string> = {
  brats:
    'BraTS: if prediction and ground truth are both empty, Dice and sensitivity are 1 and HD95 is 0 mm; ' +
    `if one of them is, Dice is 0 and HD95 ${EMPTY_HD95_MM} mm, and sensitivity is 0 if it is the ground truth; ` +
    'specificity is 1 if the ground truth fills the volume',
  nan:
    'NaN: undefined values are NaN and left out of the mean, standard deviation and median: ' +
    'Dice if both are empty, HD95 if either is, sensitivity if the ground truth is, ' +
    'specificity if the ground truth fills the volume',
};

/** Each rule in a sentence, for captions. */
export const HD95_RULES: Record<Hd95Rule, string> = {
  pooled:
    'pooled: the 95th percentile of the surface distances of both directions together (MedPy)',
  larger: 'larger: the larger of the 95th percentiles of the two directions',
};
