/** Brightness: a factor for each channel, and a shift of some (`augment_brightness_multiplicative`, `_additive`). */
import type { RandomStream } from '../../../base/random';
import { happens, uniformIn, type Range } from '../draw';
import type { Sample } from '../sample';
import { editChannels } from './channels';

export interface MultiplicationOptions {
  probability: number;
  /** Drawn for each channel. */
  factorRange: Range;
}

/** @returns the sample itself if nothing was drawn */
export function drawMultiplication(
  sample: Sample,
  { probability, factorRange }: MultiplicationOptions,
  stream: RandomStream,
): Sample {
  if (!happens(stream, probability)) return sample;
  return editChannels(sample, (values) => {
    const factor = uniformIn(stream, factorRange);
    for (let i = 0; i < values.length; i++) values[i] *= factor;
  });
}

export interface AdditionOptions {
  probability: number;
  /** Probability per channel, when the sample is shifted. */
  channelProbability: number;
  /** Standard deviation of the shift, whose mean is 0; drawn for each channel. */
  deviation: number;
}

/** @returns the sample itself if nothing was drawn */
export function drawAddition(
  sample: Sample,
  { probability, channelProbability, deviation }: AdditionOptions,
  stream: RandomStream,
): Sample {
  if (!happens(stream, probability)) return sample;
  return editChannels(sample, (values) => {
    if (!happens(stream, channelProbability)) return;
    const shift = deviation * stream.normal();
    for (let i = 0; i < values.length; i++) values[i] += shift;
  });
}
