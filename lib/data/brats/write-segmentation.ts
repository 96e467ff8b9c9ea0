/** Writes a label map as BraTS has them. */
import { writeNifti, type Grid } from '../nifti';
import { toGrid } from '../orientation';

/**
 * Writes a label map on the grid of its case's files: int16, codes 0, 1, 2, 4, whole or not at all.
 *
 * @param labels [X * Y * Z] in the kit's codes
 * @param stored the grid of the case's files
 * @param grid where the labels are now. Default: on `stored`
 * @throws ReaderError where the grids don't fit, or the file can't be written or ends in neither `.nii`
 *   nor `.nii.gz`
 */
export function writeSegmentation(
  file: string,
  labels: Uint8Array,
  stored: Grid,
  grid: Grid = stored,
): void {
  const { shape, affine, values } = toGrid({ ...grid, values: labels }, stored);
  writeNifti(file, { shape, affine, values, datatype: 'int16' });
}
