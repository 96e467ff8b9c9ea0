/** Gaussian blur of some channels (`augment_gaussian_blur`). */
import type { RandomStream } from '../../../base/random';
import { happens, uniformIn, type Range } from '../draw';
import { gaussianFilter } from '../../../volume/gaussian';
import { openScratch } from '../../../volume/scratch';
import type { Sample } from '../sample';
import { editChannels } from './channels';

export interface BlurOptions {
  probability: number;
  /** Probability per channel, when the sample is blurred. */
  channelProbability: number;
  /** In voxels, drawn for each channel. */
  sigmaRange: Range;
}

const scratch = openScratch();

/** @returns the sample itself if nothing was drawn */
export function drawBlur(
  sample: Sample,
  { probability, channelProbability, sigmaRange }: BlurOptions,
  stream: RandomStream,
): Sample {
  if (!happens(stream, probability)) return sample;
  return editChannels(sample, (values) => {
    if (!happens(stream, channelProbability)) return;
    const smooth = scratch(values.length);
    smooth.set(values);
    gaussianFilter(smooth, sample.size, uniformIn(stream, sigmaRange), 'reflect');
    values.set(smooth);
  });
}
