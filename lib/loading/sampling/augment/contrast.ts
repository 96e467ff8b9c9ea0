/** Contrast about each channel's mean (`augment_contrast`). */
import type { RandomStream } from '../../../base/random';
import { aroundOne, happens, type Range } from '../draw';
import { momentsOf } from '../../../volume/moments';
import { openScratch } from '../../../volume/scratch';
import type { Sample } from '../sample';
import { editChannels } from './channels';

export interface ContrastOptions {
  probability: number;
  /** Drawn for each channel, as often below 1 as above. */
  factorRange: Range;
}

const scratch = openScratch();

/** @returns the sample itself if nothing was drawn */
export function drawContrast(
  sample: Sample,
  { probability, factorRange }: ContrastOptions,
  stream: RandomStream,
): Sample {
  if (!happens(stream, probability)) return sample;
  return editChannels(sample, (values) => changeContrast(values, aroundOne(stream, factorRange)));
}

/** (v - mean) * factor + mean, kept between the old least and greatest value. */
function changeContrast(channel: Float32Array, factor: number): void {
  const values = scratch(channel.length);
  values.set(channel);
  const { mean, least, greatest } = momentsOf(values);
  for (let i = 0; i < values.length; i++) {
    const changed = (values[i] - mean) * factor + mean;
    channel[i] = Math.min(Math.max(changed, least), greatest);
  }
}
