/** Writes a label map as in BraTS. */
import { writeNifti, type Grid } from '../../formats/nifti';
import { toGrid } from '../../volume/orientation';
import { resultMark } from './kit-result';
import { BRATS_CODES, labelsInCodes, type LabelCodes } from './label-codes';

export interface WriteSegmentationOptions {
  /** The grid of the labels. Default: `stored`. */
  grid?: Grid;
  /** The codes to write, the first of each part. Default: 0, 1, 2, 4. */
  codes?: LabelCodes;
}

/**
 * Writes a label map on the grid of its case's files, with both forms of their header: int16, atomically. The
 * header names the kit and the codes.
 *
 * @param labels [X * Y * Z] in the kit's codes
 * @param stored the grid of the case's files
 * @throws UserError where the grids don't fit, or the file can't be written or ends in neither `.nii`
 *   nor `.nii.gz`
 */
export function writeSegmentation(
  file: string,
  labels: Uint8Array,
  stored: Grid,
  { grid = stored, codes = BRATS_CODES }: WriteSegmentationOptions = {},
): void {
  const { shape, affine, values } = toGrid(
    { ...grid, values: labelsInCodes(labels, codes) },
    stored,
  );
  const { placement } = stored;
  const description = resultMark('segmentation', codes);
  writeNifti(file, { shape, affine, values, datatype: 'int16', placement, description });
}
