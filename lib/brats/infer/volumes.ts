/** The input of a segmentation. */
import type { Modality } from '../../base/modality';
import type { Grid } from '../../formats/nifti';
import type { CaseBox } from '../../loading/sampling';
import type { Size3 } from '../../volume/size';

/** The scans of a case on its grid, or in a box of it. */
export interface ScanVolume {
  size: Size3;
  /** [4, D, H, W], normalised; the values of an absent scan are not read. */
  images: Float32Array;
}

/** A case's scans as the network's input, and the grid of its files. */
export interface CaseVolume extends ScanVolume {
  name: string;
  /** The available scans. */
  scans: readonly Modality[];
  /** The grid of the files. */
  stored: Grid;
  /** The part of the case that it is; absent: all of it. */
  box?: CaseBox;
}
