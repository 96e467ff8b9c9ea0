/** The tensors of a weights file of MCKD's network, in PyTorch's names and shapes. */
import { segmentationSpecs } from '../../models/segmentation-layers';
import { specShapes } from '../../nn/parameter-specs';
import { shapeFaults } from './shape-faults';
import type { Shapes } from './model';

/** Every parameter of the network at a width. */
export function mckdShapes({ width }: { width: number }): Shapes {
  return specShapes(segmentationSpecs(width));
}

/** Tensors whose first axis is one rounded channel count, the largest count first. */
const COUNTED = [
  'shared_enc.backbone.layer4.0.norm1.weight',
  'shared_enc.asppreduce.1.weight',
  'shared_enc.backbone.layer2.0.norm1.weight',
  'shared_enc.backbone.norm1.weight',
  'shared_dec.stage0_de.norm1.weight',
];

/**
 * A width at which the network has these shapes. Channel counts are rounded, so each bounds the width to
 * an interval; a simple fraction is preferred, else the middle of all intervals.
 *
 * @returns the width that differs least if none fits, and 1 if no name is the network's
 */
export function mckdWidthOf(found: Shapes): number {
  const full = mckdShapes({ width: 1 });
  let [low, high] = [0, Infinity];
  const candidates: number[] = [];
  for (const name of COUNTED) {
    const [channels] = found.get(name) ?? [];
    const [most] = full.get(name) ?? [];
    if (!(channels >= 1)) continue;
    candidates.push(channels / most);
    low = Math.max(low, (channels - 0.5) / most);
    high = Math.min(high, (channels + 0.5) / most);
  }
  if (candidates.length === 0) return 1;
  const faults = (width: number): number => shapeFaults(found, mckdShapes({ width })).length;
  return [...candidates, (low + high) / 2].reduce((best, width) =>
    faults(width) < faults(best) ? width : best,
  );
}
