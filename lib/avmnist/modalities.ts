/** The two modalities. */
import type { AvModality, AvTrainingConfig } from '../config';

export function plentifulOf({ scarce }: Pick<AvTrainingConfig, 'scarce'>): AvModality {
  return scarce === 'speech' ? 'image' : 'speech';
}
