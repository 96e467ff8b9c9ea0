/** Some channels as if scanned at a lower resolution (`augment_linear_downsampling_scipy`). */
import type { RandomStream } from '../../../base/random';
import { happens, uniformIn, type Range } from '../draw';
import { resizeVolume } from '../../../volume/resize';
import type { Sample } from '../sample';
import { voxelCount, type Size3 } from '../../../volume/size';
import { editChannels } from './channels';

export interface LowResolutionOptions {
  probability: number;
  /** Probability per channel, when the sample is chosen. */
  channelProbability: number;
  /** Sides of the coarse grid as a share of the crop's; drawn for each channel, one for all axes. */
  zoomRange: Range;
}

/** @returns the sample itself if nothing was drawn */
export function drawLowResolution(
  sample: Sample,
  { probability, channelProbability, zoomRange }: LowResolutionOptions,
  stream: RandomStream,
): Sample {
  if (!happens(stream, probability)) return sample;
  return editChannels(sample, (values) => {
    if (!happens(stream, channelProbability)) return;
    lowerResolution(values, sample.size, uniformIn(stream, zoomRange));
  });
}

/**
 * Down to round(size * zoom) by the nearest voxel, and back up by the cubic spline.
 * @param values [D, H, W], changed in place
 */
function lowerResolution(values: Float32Array, size: Size3, zoom: number): void {
  const side = (n: number): number => Math.max(1, Math.round(n * zoom));
  const coarse: Size3 = [side(size[0]), side(size[1]), side(size[2])];
  const down = new Float32Array(voxelCount(coarse));
  resizeVolume(values, size, coarse, { order: 0, outside: 'edge' }, down);
  resizeVolume(down, coarse, size, { order: 3, outside: 'edge' }, values);
}
