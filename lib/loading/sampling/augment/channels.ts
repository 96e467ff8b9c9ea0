/** Changes of the images only, not of the regions. */
import { type Sample } from '../sample';
import { voxelCount } from '../../../volume/size';

/**
 * The sample with other images: each channel as `edit` returns it, or unchanged if it returns nothing.
 * The regions are the same array.
 * @param edit gets a read-only view of the channel
 */
export function editChannels(
  sample: Sample,
  edit: (values: Float32Array) => ArrayLike<number> | undefined,
): Sample {
  const count = voxelCount(sample.size);
  const images = sample.images.slice();
  for (let at = 0; at < images.length; at += count) {
    const edited = edit(sample.images.subarray(at, at + count));
    if (edited) images.set(edited, at);
  }
  return { ...sample, images };
}
