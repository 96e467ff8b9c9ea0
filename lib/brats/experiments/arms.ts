/** Types of the segmentation's experiments, the arms of the comparison, and the names of the rivals. */
import type { BratsTrainingConfig } from '../../config';
import type { Arm, Experiment } from '../../experiment/experiment';
import type { BratsKind } from '../train-and-score';

export type BratsExperiment = Experiment<BratsKind>;
export type BratsArm = Arm<BratsTrainingConfig>;

/** The arms of the comparison. */
export const COMPARED = [
  {
    key: 'allScans',
    title: 'complete modalities only',
    changes: { scans: 'all', distillationWeight: 0 },
  },
  {
    key: 'randomSubsets',
    title: 'random subsets, no distillation',
    changes: { distillationWeight: 0 },
  },
  { key: 'mckd', title: 'MCKD', changes: {} },
] as const satisfies readonly BratsArm[];

/** An arm of the comparison. */
export type ComparedArm = (typeof COMPARED)[number]['key'];

/** Methods with code or a specification of their own, as `brats.model` names them. */
export const RIVALS = [
  'lckd',
  'shaspec',
  'rfnet',
  'mmformer',
  'uhved',
  'uhemis',
  'robustseg',
] as const;

/** An arm of the rivals' experiment. */
export type RivalArm = ComparedArm | (typeof RIVALS)[number];
