/** The input of training: a prepared case, and one step's crop of it. */
import type { Size3 } from '../../volume/size';

/** A prepared case or a crop of it: C order, the last axis fastest, channels outside. */
export interface Sample {
  /** D, H, W. */
  size: Size3;
  /** [4, D, H, W] in the order of `MODALITIES`: normalised intensities; background 0, unless a box was cut (`CaseBox`). */
  images: Float32Array;
  /** [3, D, H, W] in the order of `REGIONS`: 0 or 1. */
  regions: Uint8Array;
}

/** A case, normalised and depth first, ready to be cropped. */
export interface PreparedCase extends Sample {
  name: string;
  /** What it is of the case; absent: all of it. */
  box?: CaseBox;
}

/** The part of a case around the brain. */
export interface CaseBox {
  /** Its first voxel on the case's grid: depth, height, width. */
  start: Size3;
  /** D, H, W of the case's grid. */
  grid: Size3;
  /** `[4]`: the value of each scan's background, which is not 0; 0 for a missing scan. */
  background: readonly number[];
  /** ET, WT, TC: voxels of the regions that lie outside. */
  regionsOutside: readonly number[];
}
