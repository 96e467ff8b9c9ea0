/** Brightness of each sagittal slice of each scan by itself (RFNet's `RandomIntensityChange`). */
import type { RandomStream } from '../../../base/random';
import { happens, uniformIn, type Range } from '../draw';
import type { Sample } from '../sample';
import { editChannels } from './channels';

export interface SagittalBrightnessOptions {
  probability: number;
  /** Drawn for each slice of each channel. */
  factorRange: Range;
  /** Added after that; drawn for each slice of each channel. */
  shiftRange: Range;
}

/**
 * A factor and a shift for each index of the files' first axis X, left to right in BraTS: the sample's H. The authors
 * draw one for each index there, perhaps by a slip, since it is the axis behind the batch's.
 * @returns the sample itself if nothing was drawn
 */
export function drawSagittalBrightness(
  sample: Sample,
  { probability, factorRange, shiftRange }: SagittalBrightnessOptions,
  stream: RandomStream,
): Sample {
  if (!happens(stream, probability)) return sample;
  const [depth, height, width] = sample.size;
  return editChannels(sample, (values) => {
    for (let h = 0; h < height; h++) {
      const factor = uniformIn(stream, factorRange);
      const shift = uniformIn(stream, shiftRange);
      for (let d = 0; d < depth; d++) {
        const row = (d * height + h) * width;
        for (let i = row; i < row + width; i++) values[i] = values[i] * factor + shift;
      }
    }
  });
}
