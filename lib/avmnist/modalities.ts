/** The two modalities. */
import { otherModality } from '../models/audio-visual';
import type { AvModality, AvTrainingConfig } from '../config';

export function plentifulOf({ scarce }: Pick<AvTrainingConfig, 'scarce'>): AvModality {
  return otherModality(scarce);
}
