/** Settings of the method itself, independent of the task. */
import { z } from 'zod';

/** Weight normalisation: w = softmax(theta), sigmoid(theta), or theta unnormalised. */
export type WeightNormalisation = 'softmax' | 'sigmoid' | 'raw';

/** The distillation distance: mean |f_i - f_j| or mean (f_i - f_j)^2. */
export type DistillationDistance = 'L1' | 'MSE';

/** The meta-learned importance weights (the paper's IWV). */
export interface ImportanceConfig {
  normalisation: WeightNormalisation;
  /** `random`: U(0, 1) as the authors' code; `equal`: all ones. */
  initial: 'random' | 'equal';
  /** The optimizer of theta_w. `sgd`: Nesterov, momentum 0.99, the line that the authors' code has commented out. */
  optimizer: 'adam' | 'sgd';
  /** Learning rate of theta_w; 0 keeps the initial weights. */
  learningRate: number;
  /** L2 weight decay of theta_w, added to its gradient. */
  weightDecay: number;
}

const WEIGHTS: Record<WeightNormalisation, string> = {
  softmax: 'w = softmax(theta_w), which sum to 1',
  sigmoid: 'w = sigmoid(theta_w), each between 0 and 1',
  raw: 'w = theta_w (unnormalised)',
};

/** For captions: the weights' normalisation and initialisation. */
export function describeWeights({ normalisation, initial }: ImportanceConfig): string {
  const start = initial === 'random' ? 'initialised at random, by the seed' : 'initialised equal';
  return `${WEIGHTS[normalisation]}; ${start}`;
}

export const importanceSchema = z.strictObject({
  normalisation: z.enum(['softmax', 'sigmoid', 'raw']),
  initial: z.enum(['random', 'equal']),
  // Checkpoints from before this setting have none.
  optimizer: z.enum(['adam', 'sgd']).default('adam'),
  learningRate: z.number().min(0),
  weightDecay: z.number().min(0),
});
