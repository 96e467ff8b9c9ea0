/** The methods that golden files are of. */
import { acn } from './acn';
import { uhemis, uhved } from './pooled';
import { lckd, shaspec } from './regions';
import type { Rival } from './rival';
import { robustseg } from './robustseg';
import { mmformer, rfnet } from './stacked';

export { rivalInputs, type RivalTensors } from './inputs';
export type { Rival, Setting } from './rival';

/** By the name that a file has in `rival`. */
export const RIVALS: Readonly<Record<string, Rival>> = {
  LCKD: lckd,
  ShaSpec: shaspec,
  RFNet: rfnet,
  mmFormer: mmformer,
  'U-HVED': uhved,
  'U-HeMIS': uhemis,
  RobustSeg: robustseg,
  ACN: acn,
};
