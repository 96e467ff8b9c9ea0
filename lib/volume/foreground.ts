/**
 * The foreground of scans as U-HVED's and U-HeMIS's preparation finds it: NiftyNet 0.5.0's mask of the kind `mean_plus`
 * (`niftynet/layer/binary_masking.py`).
 */
import { UserError } from '../base/errors';
import type { VoxelArray } from '../formats/nifti';
import type { GridBox } from './brain';

/** How often the mask grows by its direct neighbours. */
const GROWN = 2;

/**
 * A scan's foreground: the voxels of the box above the box's mean, with all voxels within two steps of them, and with the
 * holes in that filled. Steps are to the six direct neighbours, and a hole is what they do not lead out of.
 *
 * @param values [X * Y * Z], the first index fastest
 * @param padding voxels of 0 on each side of the box that count towards the mean
 * @returns [voxels of the box], the first index fastest: 0 or 1
 */
export function scanForeground(values: VoxelArray, box: GridBox, padding = 0): Uint8Array {
  const sides = sidesOf(box);
  const inside = Float64Array.from(gridIndices(box), (voxel) => values[voxel]);
  const sum = inside.reduce((total, value) => total + value, 0);
  const mean = sum / sides.reduce((count, side) => count * (side + 2 * padding), 1);
  let mask = Uint8Array.from(inside, (value) => (value > mean ? 1 : 0));
  for (let i = 0; i < GROWN; i++) mask = grown(mask, sides);
  return withoutHoles(mask, sides);
}

/**
 * The voxels of the box that are foreground in every scan, as their indices in the grid.
 * @param name of the case, for messages
 * @throws UserError if there are none
 */
export function commonForeground(
  scans: readonly VoxelArray[],
  box: GridBox,
  { name, padding }: { name: string; padding?: number },
): Uint32Array {
  const masks = scans.map((values) => scanForeground(values, box, padding));
  const found = gridIndices(box).filter((_, i) => masks.every((mask) => mask[i] === 1));
  if (found.length > 0) return found;
  throw new UserError(
    `case ${name}: the number of voxels that are foreground in every scan is 0; look at the scans, or choose another brats.normalisation`,
    { code: 'BAD_FILE', field: 'foreground', value: 0 },
  );
}

function sidesOf({ spans }: GridBox): number[] {
  return spans.map(([from, to]) => to - from);
}

/** Of the box's voxels in the grid, the first index fastest. */
export function gridIndices(box: GridBox): Uint32Array {
  const [width, height, depth] = sidesOf(box);
  const { shape, spans } = box;
  const [[left], [front], [bottom]] = spans;
  const indices = new Uint32Array(width * height * depth);
  for (let z = 0, i = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      const row = left + shape[0] * (front + y + shape[1] * (bottom + z));
      for (let x = 0; x < width; x++) indices[i++] = row + x;
    }
  }
  return indices;
}

/** Calls with every direct neighbour of a voxel in the box. */
function eachNeighbour(
  voxel: number,
  [width, height, depth]: readonly number[],
  call: (neighbour: number) => void,
): void {
  const slice = width * height;
  const [x, y, z] = [voxel % width, Math.floor(voxel / width) % height, Math.floor(voxel / slice)];
  if (x > 0) call(voxel - 1);
  if (x < width - 1) call(voxel + 1);
  if (y > 0) call(voxel - width);
  if (y < height - 1) call(voxel + width);
  if (z > 0) call(voxel - slice);
  if (z < depth - 1) call(voxel + slice);
}

/** The mask and its direct neighbours. */
function grown(mask: Uint8Array, sides: readonly number[]): Uint8Array<ArrayBuffer> {
  const result = Uint8Array.from(mask);
  for (let voxel = 0; voxel < mask.length; voxel++) {
    if (mask[voxel] === 1) eachNeighbour(voxel, sides, (neighbour) => (result[neighbour] = 1));
  }
  return result;
}

/** The mask, and what the box's faces do not reach outside of it. */
function withoutHoles(mask: Uint8Array, sides: readonly number[]): Uint8Array {
  const [width, height, depth] = sides;
  const slice = width * height;
  const OUTSIDE = 2;
  const seen = Uint8Array.from(mask);
  const open: number[] = [];
  const reach = (voxel: number): void => {
    if (seen[voxel] !== 0) return;
    seen[voxel] = OUTSIDE;
    open.push(voxel);
  };
  for (let z = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      const row = width * y + slice * z;
      const isFace = z === 0 || z === depth - 1 || y === 0 || y === height - 1;
      for (let x = 0; x < width; x += isFace ? 1 : Math.max(1, width - 1)) reach(row + x);
    }
  }
  for (let voxel = open.pop(); voxel !== undefined; voxel = open.pop()) {
    eachNeighbour(voxel, sides, reach);
  }
  return seen.map((value) => (value === OUTSIDE ? 0 : 1));
}
