/** Trilinear interpolation of several maps at one point. */

/** Index of a cell's first corner, the steps to the others, and the weights of all eight. */
export interface Corner {
  first: number;
  steps: readonly number[];
  weights: Float64Array;
}

const corner: Corner = { first: 0, steps: [], weights: new Float64Array(8) };

/** The cell around a point; one object for all calls, as this is the innermost loop. */
export function cornerOf(shape: readonly number[], x: number, y: number, z: number): Corner {
  const [i, j, k] = [Math.floor(x), Math.floor(y), Math.floor(z)];
  const [u, v, w] = [x - i, y - j, z - k];
  const row = shape[0];
  const slice = shape[0] * shape[1];
  corner.first = i + row * j + slice * k;
  if (corner.steps[2] !== row || corner.steps[4] !== slice) {
    corner.steps = [0, 1, row, row + 1, slice, slice + 1, slice + row, slice + row + 1];
  }
  const { weights } = corner;
  weights[0] = (1 - u) * (1 - v) * (1 - w);
  weights[1] = u * (1 - v) * (1 - w);
  weights[2] = (1 - u) * v * (1 - w);
  weights[3] = u * v * (1 - w);
  weights[4] = (1 - u) * (1 - v) * w;
  weights[5] = u * (1 - v) * w;
  weights[6] = (1 - u) * v * w;
  weights[7] = u * v * w;
  return corner;
}

/** The map at the point. */
export function sample(map: Uint8Array, { first, steps, weights }: Corner): number {
  let sum = 0;
  for (let n = 0; n < 8; n++) sum += weights[n] * map[first + steps[n]];
  return sum;
}
