/** Gamma correction of each channel, keeping its standard deviation (`augment_gamma` with `retain_stats`). */
import type { RandomStream } from '../../../base/random';
import { aroundOne, happens, type Range } from '../draw';
import { momentsOf } from '../../../volume/moments';
import { openScratch } from '../../../volume/scratch';
import type { Sample } from '../sample';
import { editChannels } from './channels';

export interface GammaOptions {
  probability: number;
  /** Drawn for each channel, as often below 1 as above. */
  gammaRange: Range;
}

/** batchgenerators' guards against division by 0. */
const RANGE_EPSILON = 1e-7;
const DEVIATION_EPSILON = 1e-8;

const scratch = openScratch();

/** @returns the sample itself if nothing was drawn */
export function drawGamma(
  sample: Sample,
  { probability, gammaRange }: GammaOptions,
  stream: RandomStream,
): Sample {
  if (!happens(stream, probability)) return sample;
  return editChannels(sample, (values) => changeGamma(values, aroundOne(stream, gammaRange)));
}

/**
 * u = ((v - min) / range)^gamma * range + min, range = max - min + 1e-7
 * (u - mean(u) + mean(v)) * std(v) / (std(u) + 1e-8)
 *
 * The factor scales about 0, after the mean was restored: so the deviation is kept, and the mean is
 * multiplied by std(v) / std(u), as in batchgenerators.
 */
function changeGamma(channel: Float32Array, gamma: number): void {
  const values = scratch(channel.length);
  values.set(channel);
  const old = momentsOf(values);
  const range = old.greatest - old.least + RANGE_EPSILON;
  // The background is most often one value: its power, the costly part, is that of the voxel before.
  let before = NaN;
  let power = NaN;
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== before) {
      before = values[i];
      power = ((before - old.least) / range) ** gamma * range + old.least;
    }
    values[i] = power;
  }
  const { mean, deviation } = momentsOf(values);
  const factor = old.deviation / (deviation + DEVIATION_EPSILON);
  for (let i = 0; i < values.length; i++) channel[i] = (values[i] - mean + old.mean) * factor;
}
