/** The methods of the Audiovision-MNIST tables, by their names in configs. */
import type { AvMethod } from '../../config';
import { lowerBound, upperBound } from './bounds';
import { autoEncoder } from './auto-encoder';
import { full2miss } from './full2miss';
import { gan } from './gan';
import { shaspec } from './shaspec';
import { smil } from './smil';
import { equalWeights, mckd, noDistillation } from './mckd';
import type { ClassificationModel } from './model';

const MODELS: Record<AvMethod, ClassificationModel> = {
  lowerBound,
  upperBound,
  noDistillation,
  equalWeights,
  mckd,
  shaspec,
  full2miss,
  autoEncoder,
  gan,
  smil,
};

export function classificationModel({ method }: { method: AvMethod }): ClassificationModel {
  return MODELS[method];
}

export { encode } from './features';
export type { AvBatch, AvInput, AvLoss, AvLossInput, AvState, ClassificationModel } from './model';
