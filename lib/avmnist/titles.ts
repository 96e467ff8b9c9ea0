/** Names of methods for readers. */
import type { AvMethod } from '../config';

/** Where nothing of a method is published for this task but its idea or its name, that is said. */
export const METHOD_TITLES: Record<AvMethod, string> = {
  lowerBound: 'lower bound',
  upperBound: 'upper bound',
  noDistillation: 'no distillation',
  equalWeights: 'equal weights',
  mckd: 'MCKD',
  shaspec: 'ShaSpec (our reading)',
  full2miss: 'Full2miss (our reading)',
  autoEncoder: 'AutoEncoder (our reading)',
  gan: 'GAN (our reading)',
  smil: 'SMIL (as its code)',
};
