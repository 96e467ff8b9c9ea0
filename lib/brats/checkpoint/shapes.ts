/** What a weights file of the segmentation network must hold, in PyTorch's names and shapes. */
import { IMPORTANCE_NAME } from '../../mckd';
import { MODALITY_COUNT, segmentationLayers } from '../../models/segmentation';

/** Name -> shape. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

/** Every parameter of the network at a width, and the importance logits (which a file may lack). */
export function torchShapes(width: number): Shapes {
  const shapes = new Map<string, readonly number[]>();
  const { convolutions, norms } = segmentationLayers(width);
  for (const { name, kernel, inputs, outputs, transposed } of convolutions) {
    const channels = transposed ? [inputs, outputs] : [outputs, inputs];
    shapes.set(`${name}.weight`, [...channels, kernel, kernel, kernel]);
  }
  for (const { name, channels } of norms) {
    shapes.set(`${name}.weight`, [channels]);
    shapes.set(`${name}.bias`, [channels]);
  }
  shapes.set(IMPORTANCE_NAME, [MODALITY_COUNT]);
  return shapes;
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
 * an interval; a plain fraction is preferred, the middle of all intervals serves where none fits.
 *
 * @returns the width that differs least where no one fits, and 1 where no name is the network's
 */
export function widthOf(found: Shapes): number {
  const full = torchShapes(1);
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
  const faults = (width: number): number => shapeFaults(found, torchShapes(width)).length;
  return [...candidates, (low + high) / 2].reduce((best, width) =>
    faults(width) < faults(best) ? width : best,
  );
}

/** Every way in which a file's tensors differ from those of the network, a phrase each. */
export function shapeFaults(found: Shapes, expected: Shapes): string[] {
  const list = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
  const faults: string[] = [];
  for (const [name, shape] of expected) {
    const is = found.get(name);
    if (is) {
      if (list(is) !== list(shape)) faults.push(`${name} is ${list(is)}, not ${list(shape)}`);
    } else if (name !== IMPORTANCE_NAME) faults.push(`${name} ${list(shape)} is missing`);
  }
  for (const [name, shape] of found) {
    if (!expected.has(name)) faults.push(`${name} ${list(shape)} is unexpected`);
  }
  return faults;
}
