/** The sample that a step sees of a case: the one place where the loader meets the sampling. */
import type { RandomStream } from '../../random';
import type { CaseReader } from '../prepared';
import { voxelCount, type Sample, type Size3 } from '../sampling/sample';

/** How samples are drawn; plain values, since worker threads get a copy. */
export interface SampleSettings {
  /** Size of the crop in voxels. */
  size: Size3;
}

/** Size of every sample drawn with these settings. */
export function sampleSize({ size }: SampleSettings): Size3 {
  return size;
}

/**
 * A crop at a place drawn uniformly, of a case that is at least as large along each axis; where it is
 * smaller, it stands in the middle of zeros. Only the slices that the crop needs are read.
 */
export async function drawSample(
  reader: CaseReader,
  { size }: SampleSettings,
  stream: RandomStream,
): Promise<Sample> {
  const start = size.map((length, axis) => {
    const room = reader.size[axis] - length;
    return room >= 0 ? stream.integer(room + 1) : Math.ceil(room / 2);
  });
  const from = Math.max(start[0], 0);
  const slab = await reader.slab(from, Math.min(start[0] + size[0], reader.size[0]));
  const at: Size3 = [start[0] - from, start[1], start[2]];
  const images = new Float32Array((slab.images.length / voxelCount(slab.size)) * voxelCount(size));
  const regions = new Uint8Array((slab.regions.length / voxelCount(slab.size)) * voxelCount(size));
  copyBox(slab.images, slab.size, images, size, at);
  copyBox(slab.regions, slab.size, regions, size, at);
  return { size, images, regions };
}

/** Copies the box at `at` out of [channels, D, H, W]; what is outside stays as it is. */
function copyBox(
  source: Float32Array | Uint8Array,
  sourceSize: Size3,
  target: Float32Array | Uint8Array,
  size: Size3,
  at: Size3,
): void {
  const first = Math.max(at[2], 0);
  const last = Math.min(at[2] + size[2], sourceSize[2]);
  const rows = (target.length / voxelCount(size)) * size[0] * size[1];
  for (let row = 0; row < rows; row++) {
    const z = (Math.floor(row / size[1]) % size[0]) + at[0];
    const y = (row % size[1]) + at[1];
    if (z < 0 || z >= sourceSize[0] || y < 0 || y >= sourceSize[1]) continue;
    const channel = Math.floor(row / (size[0] * size[1]));
    const from = ((channel * sourceSize[0] + z) * sourceSize[1] + y) * sourceSize[2];
    target.set(source.subarray(from + first, from + last), row * size[2] + first - at[2]);
  }
}
