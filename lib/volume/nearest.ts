/**
 * Euclidean distances from voxels to the nearest of a set of sites, exact, by a distance transform that
 * takes one axis after the other (Felzenszwalb and Huttenlocher 2012, Theory of Computing 8, 415-428).
 */

/** A box of a volume: its lowest corner and its sizes, both [x, y, z]. */
interface Box {
  low: number[];
  size: number[];
}

/**
 * The distance of each query to the nearest site, in the unit of `spacing`. Time and memory depend on the
 * box that holds all of them, not by the volume.
 *
 * @param queries flat indices into the volume, the first index fastest
 * @param sites flat indices into the volume, at least one
 * @param shape [X, Y, Z]
 * @param spacing edge lengths of a voxel [x, y, z]
 * @returns [queries], float64
 */
export function distancesToNearest(
  queries: Int32Array,
  sites: Int32Array,
  shape: readonly number[],
  spacing: readonly number[],
): Float64Array {
  const box = boxOf([queries, sites], shape);
  const place = placeIn(box, shape);
  const [width, height, depth] = box.size;
  // [depth, height, width]: the squared distance to the nearest site in the same row, then plane.
  const squares = new Float64Array(width * height * depth).fill(Infinity);
  const siteInRow = new Uint8Array(height * depth);
  for (const site of sites) {
    const at = place(site);
    squares[at] = 0;
    siteInRow[Math.floor(at / width)] = 1;
  }
  for (let row = 0; row < siteInRow.length; row++) {
    if (siteInRow[row]) alongRow(squares, row * width, width, spacing[0]);
  }
  const envelope = startEnvelope(height, spacing[1]);
  for (let z = 0; z < depth; z++) {
    if (!siteInRow.subarray(z * height, (z + 1) * height).includes(1)) continue;
    const start = z * height * width;
    for (let x = 0; x < width; x++) envelope(squares, start + x, width);
  }
  const distances = new Float64Array(queries.length);
  for (let q = 0; q < queries.length; q++) {
    distances[q] = Math.sqrt(alongDepth(squares, place(queries[q]), box.size, spacing[2]));
  }
  return distances;
}

/** Along x: the nearest site is the last one passed, coming from either end. */
function alongRow(squares: Float64Array, start: number, width: number, spacing: number): void {
  for (const step of [1, -1]) {
    let steps = Infinity;
    for (let n = 0, at = step > 0 ? start : start + width - 1; n < width; n++, at += step) {
      steps = squares[at] === 0 ? 0 : steps + 1;
      const square = (steps * spacing) ** 2;
      if (square < squares[at]) squares[at] = square;
    }
  }
}

/**
 * Along y: f'(y) = min over v of f(v) + (s (y - v))^2, the lower envelope of one parabola per voxel.
 * Returns a function that does this in place for the line that starts at `start`.
 */
function startEnvelope(
  length: number,
  spacing: number,
): (squares: Float64Array, start: number, stride: number) => void {
  const heights = new Float64Array(length);
  /** The parabolas of the envelope by their apex, and from which y on each is the lowest. */
  const apexes = new Int32Array(length);
  const from = new Float64Array(length);
  const unit = spacing * spacing;
  return (squares, start, stride) => {
    let last = -1;
    for (let y = 0, at = start; y < length; y++, at += stride) {
      const height = squares[at];
      heights[y] = height;
      if (height === Infinity) continue;
      let meets = -Infinity;
      for (; last >= 0; last--) {
        const v = apexes[last];
        meets = ((height - heights[v]) / unit + (y - v) * (y + v)) / (2 * (y - v));
        if (meets > from[last]) break;
        meets = -Infinity;
      }
      last += 1;
      apexes[last] = y;
      from[last] = meets;
    }
    if (last < 0) return;
    for (let y = 0, at = start, k = 0; y < length; y++, at += stride) {
      while (k < last && from[k + 1] < y) k += 1;
      squares[at] = ((y - apexes[k]) * spacing) ** 2 + heights[apexes[k]];
    }
  };
}

/** Along z, for one voxel: slices further and further away, as long as they could hold something nearer. */
function alongDepth(
  squares: Float64Array,
  at: number,
  [width, height, depth]: number[],
  spacing: number,
): number {
  const slice = width * height;
  const z = Math.floor(at / slice);
  let best = squares[at];
  for (let apart = 1; apart <= z || apart < depth - z; apart++) {
    const square = (apart * spacing) ** 2;
    if (square >= best) break;
    if (apart <= z) best = Math.min(best, squares[at - apart * slice] + square);
    if (apart < depth - z) best = Math.min(best, squares[at + apart * slice] + square);
  }
  return best;
}

/** The smallest box that holds all voxels. */
function boxOf(lists: readonly Int32Array[], shape: readonly number[]): Box {
  const [width, height] = shape;
  const [low, high] = [
    [Infinity, Infinity, Infinity],
    [-Infinity, -Infinity, -Infinity],
  ];
  for (const list of lists) {
    for (const index of list) {
      const row = Math.floor(index / width);
      const z = Math.floor(row / height);
      const [x, y] = [index - row * width, row - z * height];
      if (x < low[0]) low[0] = x;
      if (x > high[0]) high[0] = x;
      if (y < low[1]) low[1] = y;
      if (y > high[1]) high[1] = y;
      if (z < low[2]) low[2] = z;
      if (z > high[2]) high[2] = z;
    }
  }
  return { low, size: low.map((from, axis) => high[axis] - from + 1) };
}

/** From a flat index into the volume to one into the box. */
function placeIn(
  { low, size }: Box,
  [width, height]: readonly number[],
): (index: number) => number {
  return (index) => {
    const row = Math.floor(index / width);
    const z = Math.floor(row / height);
    const [x, y] = [index - row * width - low[0], row - z * height - low[1]];
    return x + size[0] * (y + size[1] * (z - low[2]));
  };
}
