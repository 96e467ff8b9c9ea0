/** Gaussian noise on every voxel of every channel, background too (`augment_gaussian_noise`). */
import type { RandomStream } from '../../../base/random';
import { happens, uniformIn, type Range } from '../draw';
import type { Sample } from '../sample';
import { editChannels } from './channels';

export interface NoiseOptions {
  probability: number;
  /** Standard deviation, one for all channels (batchgenerators names it variance). */
  deviationRange: Range;
}

/** @returns the sample itself if nothing was drawn */
export function drawNoise(
  sample: Sample,
  { probability, deviationRange }: NoiseOptions,
  stream: RandomStream,
): Sample {
  if (!happens(stream, probability)) return sample;
  const deviation = uniformIn(stream, deviationRange);
  return editChannels(sample, (values) => {
    for (let i = 0; i < values.length; i++) values[i] += deviation * stream.normal();
  });
}
