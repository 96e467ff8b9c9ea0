/** A case's sample for a step: the one place where the loader uses the sampling. */
import type { RandomStream } from '../../base/random';
import type { CaseReader } from '../prepared';
import { augment } from '../sampling/augment/augment';
import { cropSample, drawCropBox, resizeSample } from '../sampling/crop';
import type { SamplingOptions } from '../sampling/draw-sample';
import { drawMirror } from '../sampling/mirror';
import type { Sample } from '../sampling/sample';
import type { Size3 } from '../../volume/size';

/** How samples are drawn; plain values, since worker threads get a copy. */
export type SampleSettings = SamplingOptions;

/** Size of every sample drawn with these settings. */
export function sampleSize({ crop }: SampleSettings): Size3 {
  return crop.size;
}

/** The result of the sampling's `drawSample` on the whole case, reading only the slices that it needs. */
export async function drawSample(
  reader: CaseReader,
  { crop, mirror, augmentation }: SampleSettings,
  stream: RandomStream,
): Promise<Sample> {
  const { size } = reader;
  const placed = { size, images: new Float32Array(0), regions: await reader.regions() };
  const box = drawCropBox(placed, crop, stream.split('crop'));
  const [depth, height, width] = box.start;
  const from = Math.max(depth, 0);
  const slab = await reader.slab(from, Math.min(depth + box.size[0], size[0]));
  const cut = cropSample(slab, { start: [depth - from, height, width], size: box.size });
  const mirrored = drawMirror(resizeSample(cut, crop.size), mirror, stream.split('mirror'));
  return augment(mirrored, augmentation, stream.split('augmentation'));
}
