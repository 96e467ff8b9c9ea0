/** Gaussian blur of some channels (`augment_gaussian_blur`). */
import type { RandomStream } from '../../../base/random';
import { happens, uniformIn, type Range } from '../draw';
import { gaussianFilter } from '../../../volume/gaussian';
import type { Sample } from '../sample';
import { editChannels } from './channels';

export interface BlurOptions {
  probability: number;
  /** Probability per channel, when the sample is blurred. */
  channelProbability: number;
  /** In voxels, drawn for each channel. */
  sigmaRange: Range;
}

/** @returns the sample itself if nothing was drawn */
export function drawBlur(
  sample: Sample,
  { probability, channelProbability, sigmaRange }: BlurOptions,
  stream: RandomStream,
): Sample {
  if (!happens(stream, probability)) return sample;
  return editChannels(sample, (values) =>
    happens(stream, channelProbability)
      ? gaussianFilter(values, sample.size, uniformIn(stream, sigmaRange), 'reflect')
      : undefined,
  );
}
