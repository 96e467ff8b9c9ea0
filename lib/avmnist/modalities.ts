/** What a training of Audiovision-MNIST sees: the plentiful modality, the scarce one, or both. */
import { AV_MODALITIES, type AvModality, type AvTrainingConfig } from '../config';

/** What of a training's settings says which modalities it has. */
export type AvCase = Pick<AvTrainingConfig, 'method' | 'scarce'>;

export function plentifulOf({ scarce }: Pick<AvCase, 'scarce'>): AvModality {
  return scarce === 'speech' ? 'image' : 'speech';
}

/** Does the method train on two modalities brought to one feature size? */
export function sharesFeatures({ method }: Pick<AvCase, 'method'>): boolean {
  return method !== 'lowerBound' && method !== 'upperBound';
}

/** What is there at test: both for the upper bound, else the plentiful modality alone. */
export function availableAtTest({ method, scarce }: AvCase): boolean[] {
  return AV_MODALITIES.map((modality) => method === 'upperBound' || modality !== scarce);
}
