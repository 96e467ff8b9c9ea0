/** From label maps to the three regions that BraTS scores: enhancing tumour, whole tumour, tumour core. */
import { ReaderError } from '../../errors';
import type { VoxelArray } from '../nifti';

/** Order of the network's output channels. */
export const REGIONS = ['ET', 'WT', 'TC'] as const;
export type Region = (typeof REGIONS)[number];

/** Codes of BraTS up to 2022, which the kit uses everywhere. */
export const LABELS = { background: 0, core: 1, oedema: 2, enhancing: 4 } as const;

/** Which codes a data set uses; 0 is background in all of them. */
export interface LabelCodes {
  /** Necrotic and non-enhancing core. */
  core: readonly number[];
  oedema: readonly number[];
  enhancing: readonly number[];
}

/** BraTS 2018 to 2021 as first distributed. */
export const BRATS_CODES: LabelCodes = { core: [1], oedema: [2], enhancing: [4] };
/** BraTS since 2021 under its later names: the enhancing tumour became 3 in 2023. */
export const LATER_BRATS_CODES: LabelCodes = { core: [1], oedema: [2], enhancing: [3, 4] };

/**
 * A data set's label map in the kit's codes (0, 1, 2, 4).
 * @throws ReaderError for a voxel whose label is in none of the codes, naming file, voxel and value
 */
export function standardLabels(values: VoxelArray, codes: LabelCodes, file: string): Uint8Array {
  const table = new Map<number, number>([[0, LABELS.background]]);
  for (const part of ['core', 'oedema', 'enhancing'] as const) {
    for (const code of codes[part]) table.set(code, LABELS[part]);
  }
  const labels = new Uint8Array(values.length);
  let [last, label] = [0, 0];
  for (let i = 0; i < labels.length; i++) {
    // Neighbours are mostly alike, so the table is asked seldom.
    if (values[i] !== last) {
      last = values[i];
      const found = table.get(last);
      if (found === undefined) {
        throw new ReaderError(
          `${file}: voxel ${i} has label ${last}; labels should be among ${[...table.keys()].sort((a, b) => a - b).join(', ')}; fix the label map or name its layout`,
          { file, field: 'label', value: last },
        );
      }
      label = found;
    }
    labels[i] = label;
  }
  return labels;
}

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
