/** The optimizer that a config names. */
import type { BratsTrainingConfig } from '../../config';
import { adamOptimizer } from '../../nn/adam';
import type { Optimizer } from '../../nn/optimizer';
import { sgdOptimizer } from '../../nn/sgd';

export function optimizerOf({
  optimizer,
  momentum,
  weightDecay,
}: Pick<BratsTrainingConfig, 'optimizer' | 'momentum' | 'weightDecay'>): Optimizer {
  return optimizer === 'sgd'
    ? sgdOptimizer({ momentum, nesterov: true, weightDecay })
    : adamOptimizer({ weightDecay, amsgrad: optimizer === 'amsgrad' });
}
