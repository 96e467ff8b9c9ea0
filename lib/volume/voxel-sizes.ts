/** Voxel sizes in mm along left, posterior, superior (`voxelSizeOf`): compared, summed up, shown. */

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
  return [0, 1, 2].map((axis) => rounded(median(sizes.map((size) => size[axis]))));
}

/** The middle value; of an even number of them the lower of the two, so that it is one of them. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1];
}

/** Rounds away float32 noise: headers store 1.2 as 1.2000000477. */
export function rounded(value: number, digits = 6): number {
  return Number(value.toPrecision(digits));
}

/** `1 x 1 x 1.5 mm`. */
export function inMm(sizes: readonly number[]): string {
  return `${sizes.map((size) => rounded(size, 4)).join(' x ')} mm`;
}
