/** Connected pieces of a predicted tumour (rule 1 of the post-processing). */
import { requireFilled, stridesOf, type VoxelGrid } from './voxel-order';

/** One connected piece of the label map, whatever its labels. */
export interface TumourComponent {
  /** Where its voxels are in the label map. */
  indices: Int32Array;
  /** The largest z among them. */
  highestSlice: number;
}

/**
 * The components of label >= 1, where voxels are neighbours if they share a face (6-neighbourhood).
 *
 * Each is flooded from its first voxel in one queue, so that time follows the tumour's voxels and not the
 * number of components.
 *
 * @param labels [voxels] in the order of `grid`
 * @returns by their first voxel with x slowest and z fastest, which is the order that the authors' loop
 *   sees them in, and the same for both orders of voxels
 * @throws UserError when the labels don't fill the grid
 */
export function tumourComponents(labels: Uint8Array, grid: VoxelGrid): TumourComponent[] {
  requireFilled(labels, grid, 'the label map');
  const [width, height, depth] = grid.shape;
  const strides = stridesOf(grid);
  let tumour = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i] !== 0) tumour += 1;
  const queue = new Int32Array(tumour);
  const seen = new Uint8Array(labels.length);
  let end = 0;
  const visit = (index: number): void => {
    if (labels[index] === 0 || seen[index] === 1) return;
    seen[index] = 1;
    queue[end++] = index;
  };

  const found: TumourComponent[] = [];
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      let first = x * strides.x + y * strides.y;
      for (let z = 0; z < depth; z++, first += strides.z) {
        if (labels[first] === 0 || seen[first] === 1) continue;
        const start = end;
        let highestSlice = 0;
        visit(first);
        for (let next = start; next < end; next++) {
          const at = queue[next];
          const i = Math.floor(at / strides.x) % width;
          const j = Math.floor(at / strides.y) % height;
          const k = Math.floor(at / strides.z);
          if (k > highestSlice) highestSlice = k;
          if (i > 0) visit(at - strides.x);
          if (i < width - 1) visit(at + strides.x);
          if (j > 0) visit(at - strides.y);
          if (j < height - 1) visit(at + strides.y);
          if (k > 0) visit(at - strides.z);
          if (k < depth - 1) visit(at + strides.z);
        }
        found.push({ indices: queue.subarray(start, end), highestSlice });
      }
    }
  }
  return found;
}

/** Is the component no longer in the label map? Rules remove whole components only. */
export function isRemoved(labels: Uint8Array, { indices }: TumourComponent): boolean {
  return labels[indices[0]] === 0;
}
