/** Values of a volume between its voxels, as scipy.ndimage.map_coordinates with mode constant and cval 0. */
import { AXES, type Values } from './lines';
import { nativeLoops } from './native';
import { axisTable, resampleAxis } from './resample-axis';
import { openScratch } from './scratch';
import { voxelCount, type Size3 } from './size';
import { mirroredIndex, splineCoefficients } from './spline';

/** The result of each function here: 0 at points outside of the volume's outermost centres. */
type Results = Float32Array | Float64Array;

/** A copy with one voxel more before each axis and two after, as the mirrored volume has them. */
interface Padded {
  values: Float64Array;
  size: Size3;
}

const knotScratch = openScratch();
const paddedScratch = openScratch();
const scratches = [openScratch(), openScratch()] as const;

/**
 * The cubic spline through the voxels of each channel, at the same points.
 *
 * @param values [channels, D, H, W]
 * @param points [3, points]: depth, height, width in voxels, 0 at the first voxel's centre
 * @param into [channels, points], of zeros
 */
export function interpolateCubic(
  values: Values,
  size: Size3,
  points: Float64Array,
  into: Results,
): void {
  const coefficients = splineCoefficients(values, size, knotScratch(values.length));
  const native = nativeLoops();
  if (native && into instanceof Float32Array) {
    native.interpolate(coefficients, ...size, points, into);
    return;
  }
  const knots = padded(coefficients, size);
  const { values: at } = knots;
  const [, height, width] = knots.size;
  const [plane, volume] = [height * width, voxelCount(knots.size)];
  const [endD, endH, endW] = [size[0] - 1, size[1] - 1, size[2] - 1];
  const count = points.length / 3;
  for (let i = 0; i < count; i++) {
    const d = points[i];
    const h = points[count + i];
    const w = points[2 * count + i];
    if (!(d >= 0 && h >= 0 && w >= 0 && d <= endD && h <= endH && w <= endW)) continue;
    // The weights are those of `cubicWeights`, written out: they stay in registers.
    const belowD = d | 0;
    const belowH = h | 0;
    const belowW = w | 0;
    let t = d - belowD;
    let rest = 1 - t;
    const d0 = (rest * rest * rest) / 6;
    const d1 = (t * t * (t - 2) * 3 + 4) / 6;
    const d2 = (rest * rest * (rest - 2) * 3 + 4) / 6;
    const d3 = 1 - d0 - d1 - d2;
    t = h - belowH;
    rest = 1 - t;
    const h0 = (rest * rest * rest) / 6;
    const h1 = (t * t * (t - 2) * 3 + 4) / 6;
    const h2 = (rest * rest * (rest - 2) * 3 + 4) / 6;
    const h3 = 1 - h0 - h1 - h2;
    t = w - belowW;
    rest = 1 - t;
    const w0 = (rest * rest * rest) / 6;
    const w1 = (t * t * (t - 2) * 3 + 4) / 6;
    const w2 = (rest * rest * (rest - 2) * 3 + 4) / 6;
    const w3 = 1 - w0 - w1 - w2;
    let first = (belowD * height + belowH) * width + belowW;
    for (let to = i; to < into.length; to += count, first += volume) {
      let sum = 0;
      for (let a = 0; a < 4; a++) {
        let k = first + a * plane;
        let inPlane = h0 * (w0 * at[k] + w1 * at[k + 1] + w2 * at[k + 2] + w3 * at[k + 3]);
        k += width;
        inPlane += h1 * (w0 * at[k] + w1 * at[k + 1] + w2 * at[k + 2] + w3 * at[k + 3]);
        k += width;
        inPlane += h2 * (w0 * at[k] + w1 * at[k + 1] + w2 * at[k + 2] + w3 * at[k + 3]);
        k += width;
        inPlane += h3 * (w0 * at[k] + w1 * at[k + 1] + w2 * at[k + 2] + w3 * at[k + 3]);
        sum += (a === 0 ? d0 : a === 1 ? d1 : a === 2 ? d2 : d3) * inPlane;
      }
      into[to] = sum;
    }
  }
}

/**
 * `interpolateCubic` at the points of a grid along the volume's axes, faster: each axis on its own, with the same
 * sums in the same order.
 *
 * @param coordinates of the grid's planes, rows and columns
 * @param into [channels, planes, rows, columns]
 */
export function interpolateCubicGrid(
  values: Values,
  size: Size3,
  coordinates: readonly [Float64Array, Float64Array, Float64Array],
  into: Results,
): void {
  const knots = splineCoefficients(values, size, knotScratch(values.length));
  const tables = AXES.map((axis) =>
    axisTable(coordinates[axis], size[axis], { order: 3, outside: 'zero' }),
  );
  const [planes, rows, columns] = coordinates.map(({ length }) => length);
  const [from, to] = [voxelCount(size), planes * rows * columns];
  for (let c = 0; c * to < into.length; c++) {
    const own = knots.subarray(c * from, (c + 1) * from);
    const alongW = resampleAxis(own, size, 2, tables[2], scratches[0]);
    const alongH = resampleAxis(alongW, [size[0], size[1], columns], 1, tables[1], scratches[1]);
    into.set(resampleAxis(alongH, [size[0], rows, columns], 0, tables[0], scratches[0]), c * to);
  }
}

/**
 * Where the linear interpolation of masks is at least one half.
 *
 * @param masks [channels, D, H, W], 0 or 1; at most eight channels
 * @param points as for `interpolateCubic`
 * @param into [channels, points], of zeros
 */
export function interpolateMasks(
  masks: Uint8Array,
  size: Size3,
  points: Float64Array,
  into: Uint8Array,
): void {
  const [depth, height, width] = size;
  const codes = channelBits(masks, voxelCount(size));
  const [d0, h0, w0, d1, h1, w1] = boxOf(codes, size);
  const count = points.length / 3;
  for (let i = 0; i < count; i++) {
    const d = points[i];
    const h = points[count + i];
    const w = points[2 * count + i];
    // Most points are far from any voxel of a mask.
    if (!(d > d0 && h > h0 && w > w0 && d < d1 && h < h1 && w < w1)) continue;
    if (!(d >= 0 && h >= 0 && w >= 0 && d <= depth - 1 && h <= height - 1 && w <= width - 1)) {
      continue;
    }
    const belowD = d | 0;
    const belowH = h | 0;
    const belowW = w | 0;
    // A point on the last voxel has no next one: its weight is 0.
    const stepD = belowD < depth - 1 ? height * width : 0;
    const stepH = belowH < height - 1 ? width : 0;
    const stepW = belowW < width - 1 ? 1 : 0;
    const first = (belowD * height + belowH) * width + belowW;
    const c000 = codes[first];
    const c001 = codes[first + stepW];
    const c010 = codes[first + stepH];
    const c011 = codes[first + stepH + stepW];
    const c100 = codes[first + stepD];
    const c101 = codes[first + stepD + stepW];
    const c110 = codes[first + stepD + stepH];
    const c111 = codes[first + stepD + stepH + stepW];
    const some = c000 | c001 | c010 | c011 | c100 | c101 | c110 | c111;
    if (some === 0) continue;
    const t = d - belowD;
    const u = h - belowH;
    const v = w - belowW;
    for (let c = 0, to = i; to < into.length; c++, to += count) {
      if (((some >> c) & 1) === 0) continue;
      let sum = (1 - t) * (1 - u) * ((1 - v) * ((c000 >> c) & 1) + v * ((c001 >> c) & 1));
      sum += (1 - t) * u * ((1 - v) * ((c010 >> c) & 1) + v * ((c011 >> c) & 1));
      sum += t * (1 - u) * ((1 - v) * ((c100 >> c) & 1) + v * ((c101 >> c) & 1));
      sum += t * u * ((1 - v) * ((c110 >> c) & 1) + v * ((c111 >> c) & 1));
      into[to] = sum >= 0.5 ? 1 : 0;
    }
  }
}

/** [voxels]: bit c is channel c. */
function channelBits(masks: Uint8Array, count: number): Uint8Array {
  const codes = masks.slice(0, count);
  for (let at = count, c = 1; at < masks.length; at += count, c++) {
    for (let i = 0; i < count; i++) codes[i] |= masks[at + i] << c;
  }
  return codes;
}

/** The voxels before and after all that are not 0, along each axis: nothing lies at these or beyond. */
function boxOf(codes: Uint8Array, [depth, height, width]: Size3): number[] {
  const low = [depth, height, width];
  const high = [-1, -1, -1];
  for (let d = 0, at = 0; d < depth; d++) {
    for (let h = 0; h < height; h++) {
      for (let w = 0; w < width; w++, at++) {
        if (codes[at] === 0) continue;
        low[0] = Math.min(low[0], d);
        low[1] = Math.min(low[1], h);
        low[2] = Math.min(low[2], w);
        high[0] = Math.max(high[0], d);
        high[1] = Math.max(high[1], h);
        high[2] = Math.max(high[2], w);
      }
    }
  }
  return [...low.map((first) => first - 1), ...high.map((last) => last + 1)];
}

function padded(values: Float64Array, size: Size3): Padded {
  const [depth, height, width] = [size[0] + 3, size[1] + 3, size[2] + 3];
  const channels = values.length / voxelCount(size);
  const result = paddedScratch(channels * depth * height * width);
  const before = mirroredIndex(-1, size[2]);
  const after = mirroredIndex(size[2], size[2]);
  const last = mirroredIndex(size[2] + 1, size[2]);
  let to = 0;
  for (let c = 0; c < channels; c++) {
    for (let d = -1; d < depth - 1; d++) {
      for (let h = -1; h < height - 1; h++, to += width) {
        const plane = c * size[0] + mirroredIndex(d, size[0]);
        const from = (plane * size[1] + mirroredIndex(h, size[1])) * size[2];
        for (let w = 0; w < size[2]; w++) result[to + 1 + w] = values[from + w];
        result[to] = values[from + before];
        result[to + width - 2] = values[from + after];
        result[to + width - 1] = values[from + last];
      }
    }
  }
  return { values: result, size: [depth, height, width] };
}
