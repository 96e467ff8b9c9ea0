/** The width of a network, found from the shapes of its tensors. */
import type { Shapes, WeightsLayout } from './model';

/** An axis of a tensor has as many channels as the first level, which has `base` at width 1. 1 if there is no such tensor. */
export function widthByAxis(
  name: string,
  axis: number,
  base: number,
): NonNullable<WeightsLayout['widthOf']> {
  return (found: Shapes) => (found.get(name)?.[axis] ?? base) / base;
}
