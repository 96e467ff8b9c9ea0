/** Post-processing of a label map in a file. */
import { BRATS_CODES, standardLabels } from '../data/brats/regions';
import type { ImagePlace } from '../data/brats/cases';
import { channelOf, commonGrid } from '../data/brats/read-case';
import { writeSegmentation } from '../data/brats/write-segmentation';
import { readNifti } from '../data/nifti';
import { BRATS_AXES, gridInAxes, toAxes } from '../data/orientation';
import { postprocess, type PostprocessingReport } from './postprocess';
import type { PostprocessingOptions } from './options';

export interface PostprocessFiles {
  /** A label map (0, 1, 2, 4), in any axis order. */
  prediction: string;
  /** The case's T1ce on the same grid, a file or a channel of one; without it rule 3 is left out. */
  t1ce?: string | ImagePlace;
  /** Ending in `.nii` or `.nii.gz`. May be the prediction itself. */
  out: string;
}

/**
 * Post-processes a prediction and writes it on its own grid and affine as int16, whole or not at all.
 * In between it lies along `BRATS_AXES`, because rule 2 knows low slices from high ones.
 *
 * @throws ReaderError naming file, field and value: shapes or affines that differ, an image that isn't
 *   3-D, a label outside the set, a file that can't be read or written
 */
export async function postprocessFile(
  { prediction, t1ce, out }: PostprocessFiles,
  options: Partial<PostprocessingOptions> = {},
): Promise<PostprocessingReport> {
  const scan = typeof t1ce === 'string' ? { file: t1ce } : t1ce;
  const stored = await commonGrid([{ file: prediction }, ...(scan ? [scan] : [])]);
  const voxels = async (place: ImagePlace) => channelOf(await readNifti(place.file), place, stored);
  const predicted = standardLabels(await voxels({ file: prediction }), BRATS_CODES, prediction);
  const { shape } = gridInAxes(stored, BRATS_AXES);
  const { labels, report } = postprocess(
    {
      labels: toAxes({ ...stored, values: predicted }, BRATS_AXES).values as Uint8Array,
      t1ce: scan && toAxes({ ...stored, values: await voxels(scan) }, BRATS_AXES).values,
      shape,
    },
    options,
  );
  writeSegmentation(out, labels, stored, gridInAxes(stored, BRATS_AXES));
  return report;
}
