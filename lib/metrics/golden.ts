/** The masks of fixtures/metrics.json, made again by the rules of fixtures/metrics.py. For tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface MaskRule {
  /** x, y, z of the centre and the squared radius, in voxels. */
  balls: number[][];
  holes: number[][];
  factor: number;
  scattered: number;
}

export interface GoldenMetrics {
  name: string;
  shape: number[];
  spacing: number[];
  prediction: MaskRule;
  truth: MaskRule;
  scores: Record<'dice' | 'sensitivity' | 'specificity' | 'pooled' | 'larger', number>;
}

const FIXTURE = join(__dirname, '../../metrics/fixtures/metrics.json');

export function goldenMetrics(): GoldenMetrics[] {
  return JSON.parse(readFileSync(FIXTURE, 'utf8')) as GoldenMetrics[];
}

/** [X * Y * Z], 0 or 1, the first index fastest. */
export function makeMask(
  { balls, holes, factor, scattered }: MaskRule,
  [width, height, depth]: readonly number[],
): Uint8Array {
  const mask = new Uint8Array(width * height * depth);
  const paint = ([cx, cy, cz, square]: number[], value: number): void => {
    for (let i = 0; i < mask.length; i++) {
      const [x, y, z] = [i % width, Math.floor(i / width) % height, Math.floor(i / width / height)];
      if ((x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2 <= square) mask[i] = value;
    }
  };
  for (const ball of balls) paint(ball, 1);
  for (const hole of holes) paint(hole, 0);
  return mask.map((value, i) => ((i * factor) % 10007 < scattered ? 1 : value));
}
