/** For tests: the volume, the draws and the reader of `fixtures/sampling.json`, as `sampling.py` there has them. */
import { readFileSync } from 'node:fs';
import type { RandomStream } from '../../random';
import { fixture } from '../fsdd';
import { voxelCount, type Sample, type Size3 } from './sample';

interface GoldenSample {
  images: number[];
  regions: string;
}

interface Golden {
  interpolate: Record<string, number[]>;
  gaussian: Record<string, number[]>;
  resize: Record<string, number[]>;
  rescale: (GoldenSample & { size: Size3 })[];
  spatial: Record<string, GoldenSample>;
  blur: number[];
  multiplication: number[];
  addition: number[];
  contrast: number[];
  lowResolution: number[];
  gamma: number[];
}

export const golden = JSON.parse(readFileSync(fixture('fixtures/sampling.json'), 'utf8')) as Golden;

export const SIZE: Size3 = [5, 6, 8];
export const UNIFORMS = [0.05, 0.3, 0.6, 0.2, 0.83, 0.45, 0.7, 0.1, 0.9, 0.35, 0.15, 0.55];
export const NORMALS = [0.5, -1.25, 2, -0.75];

/** Four unlike images without structure and three nested balls. */
export function goldenSample(): Sample {
  const count = voxelCount(SIZE);
  const images = Float32Array.from({ length: 4 * count }, (_, at) => {
    const c = Math.floor(at / count);
    return (((at % count) * 7919 + c * 104729) % 331) / 64 - 2;
  });
  const regions = Uint8Array.from({ length: 3 * count }, (_, at) => {
    const [d, h, w] = [Math.floor(at / 48) % 5, Math.floor(at / 8) % 6, at % 8];
    const distance = (d - 2) ** 2 + (h - 3) ** 2 + (w - 4) ** 2;
    return distance <= [3, 9, 5][Math.floor(at / count)] ? 1 : 0;
  });
  return { size: SIZE, images, regions };
}

/** Uniform noise of 0 to 1 for the offsets along an axis. */
export function goldenNoise(axis: number): number[] {
  return Array.from({ length: voxelCount(SIZE) }, (_, i) => ((i * 4801 + axis * 1237) % 257) / 257);
}

/** A stream that gives these numbers and no others; its splits give those of their name. */
export function scriptedStream(
  uniforms: readonly number[],
  normals: readonly number[] = [],
  splits: Record<string, readonly number[]> = {},
): RandomStream {
  const [uniformsLeft, normalsLeft] = [[...uniforms], [...normals]];
  const next = (left: number[]): number => {
    const value = left.shift();
    if (value === undefined) throw new Error('more was drawn than was scripted');
    return value;
  };
  return {
    uniform: () => next(uniformsLeft),
    integer: (n) => Math.floor(next(uniformsLeft) * n),
    normal: () => next(normalsLeft),
    shuffle: (items) => [...items],
    split: (name) => scriptedStream(splits[name]),
    state: () => ({ path: '', words: [] }),
  };
}

/** The largest difference, as a share of the larger of 1 and the wanted value. */
export function worstDifference(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (found.length !== wanted.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < wanted.length; i++) {
    const difference = Math.abs(found[i] - wanted[i]) / Math.max(1, Math.abs(wanted[i]));
    if (!(difference <= worst)) worst = difference;
  }
  return worst;
}
