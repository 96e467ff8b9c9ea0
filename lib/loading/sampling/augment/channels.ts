/** Changes of the images only, not of the regions. */
import { type Sample } from '../sample';
import { voxelCount } from '../../../volume/size';

/**
 * The sample with other images: a copy of each channel, as `edit` changes it. The regions are the same array.
 * @param edit changes the channel in place, or not at all
 */
export function editChannels(sample: Sample, edit: (values: Float32Array) => void): Sample {
  const count = voxelCount(sample.size);
  const images = sample.images.slice();
  for (let at = 0; at < images.length; at += count) edit(images.subarray(at, at + count));
  return { ...sample, images };
}
