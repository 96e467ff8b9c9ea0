/** Voxel sizes in mm along left, posterior, superior (`voxelSizeOf`): compared, summed up, shown. */
import { lowerMedian } from '../base/statistics';

/** Voxel sizes that differ by more than this share are not alike. */
const MOST_APART = 0.2;

/** Does any size differ from the other's by more than a share of it? */
export function areApart(
  sizes: readonly number[],
  others: readonly number[],
  share = MOST_APART,
): boolean {
  return sizes.some((size, axis) => Math.abs(size - others[axis]) > share * others[axis]);
}

/** The median of each axis: what a training keeps as the size of its cases. */
export function medianSize(sizes: readonly (readonly number[])[]): number[] {
  return [0, 1, 2].map((axis) => rounded(lowerMedian(sizes.map((size) => size[axis]))));
}

/** Rounds away float32 noise: headers store 1.2 as 1.2000000477. */
export function rounded(value: number, digits = 6): number {
  return Number(value.toPrecision(digits));
}

/** `1 x 1 x 1.5 mm`. */
export function inMm(sizes: readonly number[]): string {
  return `${sizes.map((size) => rounded(size, 4)).join(' x ')} mm`;
}
