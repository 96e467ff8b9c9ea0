/** Makes one batch: the same in a worker thread and in the main one. */
import { UserError } from '../../base/errors';
import { MODALITIES } from '../../base/modality';
import { randomStream } from '../../base/random';
import { REGIONS } from '../../datasets/brats/regions';
import type { PreparedCases } from '../prepared';
import { voxelCount, type Size3 } from '../../volume/size';
import { drawSample, sampleSize, type SampleSettings } from './draw-sample';

/** The batch of one training step. */
export interface Batch {
  step: number;
  /** D, H, W. */
  size: Size3;
  /** [N, D, H, W, 4], in the order of `MODALITIES`. */
  images: Float32Array;
  /** [N, D, H, W, 3], 0 or 1, in the order of `REGIONS`. */
  regions: Float32Array;
  /** `[N]`: the names of the cases. */
  cases: string[];
}

/** Which batch. */
export interface BatchJob {
  step: number;
  cases: string[];
}

/** What all batches of a loader share. */
export interface BatchSetup {
  seed: number;
  name: string;
  settings: SampleSettings;
}

/**
 * The batch of a step. Its sample n depends on seed, name, step, n, the case and the settings only.
 * @throws errors of a case, with the case's name in the message
 */
export async function makeBatch(
  { step, cases }: BatchJob,
  prepared: PreparedCases,
  { seed, name, settings }: BatchSetup,
): Promise<Batch> {
  const size = sampleSize(settings);
  const count = voxelCount(size);
  const [channels, classes] = [MODALITIES.length, REGIONS.length];
  const images = new Float32Array(cases.length * count * channels);
  const regions = new Float32Array(cases.length * count * classes);
  for (const [n, own] of cases.entries()) {
    try {
      const reader = await prepared.open(own);
      const stream = randomStream(seed, name).split(`${step}/${n}`);
      const sample = await drawSample(reader, settings, stream);
      if (sample.size.some((length, axis) => length !== size[axis])) {
        throw new Error(`its sample is ${sample.size.join(' x ')}`);
      }
      channelsLast(sample.images, images.subarray(n * count * channels), channels, count);
      channelsLast(sample.regions, regions.subarray(n * count * classes), classes, count);
    } catch (cause) {
      throw namedError(cause, own, step);
    }
  }
  return { step, size, images, regions, cases };
}

/** [channels, voxels] to [voxels, channels]. */
function channelsLast(
  from: Float32Array | Uint8Array,
  to: Float32Array,
  channels: number,
  count: number,
): void {
  for (let c = 0; c < channels; c++) {
    for (let i = 0, at = c; i < count; i++, at += channels) to[at] = from[c * count + i];
  }
}

function namedError(cause: unknown, name: string, step: number): Error {
  const where = `case ${name} (step ${step})`;
  if (cause instanceof UserError) {
    return new UserError(`${where}: ${cause.message}`, cause.details, { cause });
  }
  return new Error(`${where}: ${(cause as Error).message}`, { cause });
}
