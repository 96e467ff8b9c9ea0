/** The methods of the Audiovision-MNIST tables, by their names in configs. */
import type { AvMethod } from '../../config';
import { lowerBound, upperBound } from './bounds';
import { equalWeights, mckd, noDistillation } from './mckd';
import type { ClassificationModel } from './model';

const MODELS: Record<AvMethod, ClassificationModel> = {
  lowerBound,
  upperBound,
  noDistillation,
  equalWeights,
  mckd,
};

export function classificationModel({ method }: { method: AvMethod }): ClassificationModel {
  return MODELS[method];
}

export { encode } from './features';
export type { AvBatch, AvInput, AvLoss, AvLossInput, AvState, ClassificationModel } from './model';
