/** The available modalities of a training step. */
import { drawModalities, MODALITIES, MODALITY_SUBSETS, type Modality } from '../base/modality';
import type { RandomStream } from '../base/random';
import type { BratsTrainingConfig } from '../config';
import type { Position } from './schedule';

/**
 * Those of `config.scans`: all; or all in stage one, and in stage two a random subset that depends only on the step; or
 * the same few throughout.
 * @param stream of the training's subsets
 */
export function availableAt(
  { stage, step }: Pick<Position, 'stage' | 'step'>,
  config: BratsTrainingConfig,
  stream: RandomStream,
): readonly Modality[] {
  const { scans } = config;
  if (scans === 'random')
    return stage === 1 ? MODALITIES : drawSubset(config, stream.split(String(step)));
  return alwaysAvailable(config);
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
