/** Random draws shared by cropping and augmentation. */
import type { RandomStream } from '../../base/random';

/** Least and greatest value of a uniform draw. */
export type Range = readonly [least: number, greatest: number];

export function happens(stream: RandomStream, probability: number): boolean {
  return stream.uniform() < probability;
}

export function uniformIn(stream: RandomStream, [least, greatest]: Range): number {
  return least + (greatest - least) * stream.uniform();
}

/** A uniform whole number from least to greatest, both included. */
export function integerIn(stream: RandomStream, [least, greatest]: Range): number {
  return least + stream.integer(greatest - least + 1);
}

/** A factor that is as often below 1 as above, whatever the range; uniform on each side. */
export function aroundOne(stream: RandomStream, [least, greatest]: Range): number {
  const below = happens(stream, 0.5) && least < 1;
  return uniformIn(stream, below ? [least, 1] : [Math.max(least, 1), greatest]);
}
