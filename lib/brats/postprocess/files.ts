/** Post-processing of a label map in a file. */
import type { ImagePlace } from '../../datasets/brats/case-files';
import { codesOfResult } from '../../datasets/brats/kit-result';
import { BRATS_CODES, standardLabels, type LabelCodes } from '../../datasets/brats/label-codes';
import { channelOf, commonGrid } from '../../datasets/brats/read-case';
import { writeSegmentation } from '../../datasets/brats/write-segmentation';
import { columnLengths, readNifti } from '../../formats/nifti';
import { BRATS_AXES, gridInAxes, toAxes } from '../../volume/orientation';
import { postprocess, type PostprocessingReport } from './postprocess';
import { paperPostprocessing, type PostprocessingOptions } from './options';

export interface PostprocessFiles {
  /** A label map (0, 1, 2, 4), in any axis order. */
  prediction: string;
  /** The case's T1ce on the same grid, a file or a channel of one; without it rule 3 is skipped. */
  t1ce?: string | ImagePlace;
  /** Ending in `.nii` or `.nii.gz`. May be the prediction itself. */
  out: string;
  /** The label codes of the prediction and of the result. Default: by the kit's header, else 0, 1, 2, 4. */
  codes?: LabelCodes;
}

/**
 * Post-processes a prediction and writes it on its own grid and affine as int16, atomically.
 * Thresholds are the authors' for the prediction's voxel size (`paperPostprocessing`), if none are given. Meanwhile it is in `BRATS_AXES`, because rule 2 depends on the height of slices.
 *
 * @throws UserError naming file, field and value: shapes or affines that differ, an image that isn't
 *   3-D, a label outside the set, a file that can't be read or written
 */
export async function postprocessFile(
  { prediction, t1ce, out, codes = codesOfResult(prediction) ?? BRATS_CODES }: PostprocessFiles,
  options: Partial<PostprocessingOptions> = {},
): Promise<PostprocessingReport & { rules: PostprocessingOptions }> {
  const scan = typeof t1ce === 'string' ? { file: t1ce } : t1ce;
  const stored = await commonGrid([{ file: prediction }, ...(scan ? [scan] : [])]);
  const voxels = async (place: ImagePlace) => channelOf(await readNifti(place.file), place, stored);
  const predicted = standardLabels(await voxels({ file: prediction }), codes, prediction).labels;
  const grid = gridInAxes(stored, BRATS_AXES);
  const { shape } = grid;
  const rules = { ...paperPostprocessing(columnLengths(grid.affine)), ...options };
  const { labels, report } = postprocess(
    {
      labels: toAxes({ ...stored, values: predicted }, BRATS_AXES).values as Uint8Array,
      t1ce: scan && toAxes({ ...stored, values: await voxels(scan) }, BRATS_AXES).values,
      shape,
    },
    rules,
  );
  writeSegmentation(out, labels, stored, { grid, codes });
  return { ...report, rules };
}
