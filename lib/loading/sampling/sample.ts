/** The input of training: a prepared case, and one step's crop of it. */
import type { Size3 } from '../../volume/size';

/** A prepared case or a crop of it: C order, the last axis fastest, channels outside. */
export interface Sample {
  /** D, H, W. */
  size: Size3;
  /** [4, D, H, W] in the order of `MODALITIES`: normalised intensities, background 0. */
  images: Float32Array;
  /** [3, D, H, W] in the order of `REGIONS`: 0 or 1. */
  regions: Uint8Array;
}

/** A whole case, normalised and depth first, ready to be cropped. */
export interface PreparedCase extends Sample {
  name: string;
}
