/** Names of methods for readers. */
import type { AvMethod, AvModality } from '../config';

const METHOD_TITLES: Record<AvMethod, string> = {
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

/** Where nothing of a method is published for this task but its idea or its name, that is said. */
export function methodTitle(method: AvMethod, scarce: AvModality): string {
  return method === 'smil' && scarce === 'image' ? 'SMIL (our reading)' : METHOD_TITLES[method];
}
