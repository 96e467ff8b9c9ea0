/** From label maps to the three regions that BraTS scores: enhancing tumour, whole tumour, tumour core. */
import { LABELS } from './label-codes';

/** Order of the network's output channels. */
export const REGIONS = ['ET', 'WT', 'TC'] as const;
export type Region = (typeof REGIONS)[number];

/**
 * The three overlapping regions of a label map in the kit's codes: ET is 4, WT everything, TC 1 and 4.
 * @returns [3, voxels], 0 or 1, in the order of `REGIONS`
 */
export function regionMasks(labels: Uint8Array): Uint8Array {
  const count = labels.length;
  const masks = new Uint8Array(3 * count);
  for (let i = 0; i < count; i++) {
    const label = labels[i];
    if (label === LABELS.background) continue;
    masks[count + i] = 1;
    if (label === LABELS.enhancing) masks[i] = 1;
    if (label !== LABELS.oedema) masks[2 * count + i] = 1;
  }
  return masks;
}

/**
 * The label map of three regions: whole tumour becomes oedema, then the core overrides it, then the
 * enhancing tumour (the authors' order, so a core outside the whole tumour still counts).
 * @param masks [3, voxels], not 0 where the region is
 */
export function labelsOfRegions(masks: ArrayLike<number>): Uint8Array {
  const count = masks.length / 3;
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    if (masks[i]) labels[i] = LABELS.enhancing;
    else if (masks[2 * count + i]) labels[i] = LABELS.core;
    else if (masks[count + i]) labels[i] = LABELS.oedema;
  }
  return labels;
}
