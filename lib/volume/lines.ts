/** How a volume in C order splits into lines along one of its axes. */
import type { Size3 } from './size';

export interface Lines {
  /** Voxels of one line. */
  length: number;
  /** From one voxel of a line to the next; also how many lines start side by side. */
  stride: number;
  /** How many such groups of lines there are: the line (outer, inner) starts at outer * length * stride + inner. */
  outer: number;
}

export function linesAlong(size: Size3, axis: 0 | 1 | 2): Lines {
  const [depth, height, width] = size;
  if (axis === 0) return { length: depth, stride: height * width, outer: 1 };
  if (axis === 1) return { length: height, stride: width, outer: depth };
  return { length: width, stride: 1, outer: depth * height };
}

export const AXES = [0, 1, 2] as const;

/** Voxel values that the numeric functions read; they compute in float64 and write nothing in place. */
export type Values = Float64Array | Float32Array | Uint8Array;
