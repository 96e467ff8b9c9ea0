/** What a network segments. */
import type { Modality } from '../../base/modality';
import type { Grid } from '../../formats/nifti';
import type { Size3 } from '../../volume/size';

/** The scans of a case on its grid. */
export interface ScanVolume {
  size: Size3;
  /** [4, D, H, W], normalised; what an absent scan holds is not looked at. */
  images: Float32Array;
}

/** A case's scans as the network takes them, and where results go back to. */
export interface CaseVolume extends ScanVolume {
  name: string;
  /** The scans that are there. */
  scans: readonly Modality[];
  /** Where the voxels are in the files. */
  stored: Grid;
}
