/** Voxel sizes of a data set's cases. */
import { someOf } from '../../../base/words';
import { voxelSizeOf } from '../../../volume/resample-volume';
import { areApart, inMm, medianSize } from '../../../volume/voxel-sizes';
import type { VerifiedCase } from './case';

interface SizedCase {
  name: string;
  size: readonly number[];
}

export interface VoxelSizes {
  /** mm along left, posterior, superior: the median over the cases. Absent if no image could be read. */
  voxelSize?: number[];
  notes: string[];
}

/** The voxel size stored by a training on the cases, and a note if some differ from it by more than a fifth. */
export function voxelSizesOf(verified: readonly VerifiedCase[]): VoxelSizes {
  const sized = verified.flatMap(({ files, grid }): SizedCase[] =>
    grid ? [{ name: files.name, size: voxelSizeOf(grid) }] : [],
  );
  if (sized.length === 0) return { notes: [] };
  const voxelSize = medianSize(sized.map(({ size }) => size));
  const others = sized.filter(({ size }) => areApart(size, voxelSize));
  if (others.length === 0) return { voxelSize, notes: [] };
  const shown = someOf(others.map(({ name, size }) => `${name} ${inMm(size)}`));
  const note =
    `voxel sizes differ between cases by more than a fifth: the median is ${inMm(voxelSize)}, others are ${shown}; ` +
    "a training resamples nothing, and sees brains at several sizes; mckd segment resamples such a case to the network's";
  return { voxelSize, notes: [note] };
}
