/** One run of a cell of the Audiovision-MNIST tables: what is trained, and on what. */

/** Image is modality 0, speech modality 1. */
export const AV_MODALITIES = ['image', 'speech'] as const;
export type AvModality = (typeof AV_MODALITIES)[number];

/**
 * The rows. `lowerBound`: the plentiful modality alone. `upperBound`: both, complete, in training and
 * at test. The other three share one network and differ in nothing but the distillation term:
 * none, with equal weights, with meta-learned weights.
 */
export const AV_METHODS = [
  'lowerBound',
  'upperBound',
  'noDistillation',
  'equalWeights',
  'mckd',
] as const;
export type AvMethod = (typeof AV_METHODS)[number];

/** One run of one cell. */
export interface AvTask {
  method: AvMethod;
  /** Scarce in training and absent at test; the other one is plentiful. */
  scarce: AvModality;
  /** Share of the training pairs that keep the scarce modality, in (0, 1]. */
  rate: number;
  seed: number;
}

export function plentifulOf(task: AvTask): AvModality {
  return task.scarce === 'speech' ? 'image' : 'speech';
}

/** Does the method train on two modalities brought to one feature size? */
export function sharesFeatures(task: AvTask): boolean {
  return task.method !== 'lowerBound' && task.method !== 'upperBound';
}

/** What is there at test: both for the upper bound, else the plentiful modality alone. */
export function availableAtTest(task: AvTask): boolean[] {
  return AV_MODALITIES.map((modality) => task.method === 'upperBound' || modality !== task.scarce);
}
