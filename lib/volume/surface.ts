/** The surface of a mask. */

/**
 * The voxels of a mask of which at least one of the six neighbours is not in it: the mask minus its
 * erosion by a cross. What lies beyond the volume counts as outside (scipy's `binary_erosion` with its
 * `border_value` of 0), so a mask that is cut off by the border has a surface there.
 *
 * @param mask [X * Y * Z], the first index fastest, not 0 inside
 * @param shape [X, Y, Z]
 * @returns flat indices, rising
 */
export function surfaceVoxels(mask: ArrayLike<number>, shape: readonly number[]): Int32Array {
  const [width, height, depth] = shape;
  const slice = width * height;
  const found = new Int32Array(countInside(mask));
  let count = 0;
  for (let z = 0, i = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      const rowOnBorder = z === 0 || z === depth - 1 || y === 0 || y === height - 1;
      for (let x = 0; x < width; x++, i++) {
        if (mask[i] === 0) continue;
        const inner =
          !rowOnBorder &&
          x > 0 &&
          x < width - 1 &&
          mask[i - 1] !== 0 &&
          mask[i + 1] !== 0 &&
          mask[i - width] !== 0 &&
          mask[i + width] !== 0 &&
          mask[i - slice] !== 0 &&
          mask[i + slice] !== 0;
        if (!inner) found[count++] = i;
      }
    }
  }
  return found.subarray(0, count);
}

function countInside(mask: ArrayLike<number>): number {
  let count = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i] !== 0) count += 1;
  return count;
}
