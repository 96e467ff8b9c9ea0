/** The available modalities of a training step. */
import {
  availabilityOf,
  drawModalities,
  MODALITIES,
  MODALITY_SUBSETS,
  type Modality,
} from '../base/modality';
import type { RandomStream } from '../base/random';
import type { BratsTrainingConfig } from '../config';
import { tf } from '../nn/tf';
import type { SegmentationModel } from './models/model';
import type { Position } from './schedule';

/**
 * Those of `config.scans` for each sample of a batch: all; or all in stage one, and in stage two a random subset that
 * depends only on the step, and, where the model goes by the mask, on the sample; or the same few throughout.
 * @param stream of the training's subsets
 */
export function availableAt(
  { stage, step }: Pick<Position, 'stage' | 'step'>,
  config: BratsTrainingConfig,
  { availability, draw = drawSubset }: Pick<SegmentationModel, 'availability' | 'draw'>,
  stream: RandomStream,
): (readonly Modality[])[] {
  const samples = Array.from({ length: config.batchSize }, (_, n) => n);
  if (config.scans !== 'random') return samples.map(() => alwaysAvailable(config));
  if (stage === 1) return samples.map(() => MODALITIES);
  if (availability === 'mask')
    return samples.map((n) => draw(config, stream.split(`${step}/${n}`)));
  const drawn = draw(config, stream.split(String(step)));
  return samples.map(() => drawn);
}

/** [N, 4]: 1 for each modality that a sample has, 0 for the others. The caller disposes of it. */
export function maskOf(available: readonly (readonly Modality[])[]): tf.Tensor2D {
  const rows = available.map((own) => availabilityOf(own).map(Number));
  return tf.tensor2d(rows, [rows.length, MODALITIES.length], 'float32');
}

/** Those of every step, unless they are dropped at random. */
export function alwaysAvailable({ scans }: BratsTrainingConfig): readonly Modality[] {
  return typeof scans === 'string' ? MODALITIES : scans;
}

/** A random subset, at least one modality. */
export function drawSubset(
  { quirks }: BratsTrainingConfig,
  stream: RandomStream,
): readonly Modality[] {
  return quirks.subsetSizesEquallyLikely
    ? drawModalities(stream)
    : MODALITY_SUBSETS[stream.integer(MODALITY_SUBSETS.length)];
}
