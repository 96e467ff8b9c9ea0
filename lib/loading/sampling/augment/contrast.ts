/** Contrast about each channel's mean (`augment_contrast`). */
import type { RandomStream } from '../../../base/random';
import { aroundOne, happens, type Range } from '../draw';
import type { Values } from '../../../volume/lines';
import { momentsOf } from '../../../volume/moments';
import type { Sample } from '../sample';
import { editChannels } from './channels';

export interface ContrastOptions {
  probability: number;
  /** Drawn for each channel, as often below 1 as above. */
  factorRange: Range;
}

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
function changeContrast(values: Values, factor: number): Float64Array {
  const { mean, least, greatest } = momentsOf(values);
  const result = new Float64Array(values);
  for (let i = 0; i < result.length; i++) {
    const changed = (result[i] - mean) * factor + mean;
    result[i] = Math.min(Math.max(changed, least), greatest);
  }
  return result;
}
