/** Checks that the cases of a training can be read, before its first step and not in the middle of it. */
import { join } from 'node:path';
import { z } from 'zod';
import { requireAllScans, type CaseFiles } from '../datasets/brats';
import { anyFile } from '../datasets/brats/case-files';
import { isKitResult } from '../datasets/brats/kit-result';
import { commonGrid, readLabelMap } from '../datasets/brats/read-case';
import { oncePerDataSet } from '../datasets/known-data';
import { checkNifti } from '../formats/nifti';
import { defaultPreparedFolder } from '../loading/prepared';
import { UserError } from '../base/errors';
import { MODALITIES } from '../base/modality';
import { casesOfSplits, type BratsDataSet } from './data-set';

export interface CheckDataOptions {
  /** The folder that records which data were checked; default: that of prepared cases. */
  folder?: string;
  /** Called after each case. */
  onCase?: (done: number, total: number) => void;
}

/**
 * Reads headers and label maps of all cases of the splits, in which `requireFiles` found no gap, and checks that files are
 * complete; each data set once per machine. Scans' voxels are read by the training only (`mckd verify` reads all).
 *
 * @param sha256 `hashDataSet` of the data
 * @throws UserError naming the case, the file and the fix: an image that can't be read, images on different
 *   grids, a label outside the codes
 */
export async function checkData(
  { cases, splits }: Pick<BratsDataSet, 'cases' | 'splits'>,
  sha256: string,
  { folder = defaultPreparedFolder(), onCase }: CheckDataOptions = {},
): Promise<void> {
  const own = casesOfSplits({ cases, splits });
  const known = { file: join(folder, 'checked-data.json'), schema: z.literal('readable') };
  await oncePerDataSet(known, sha256, async () => {
    for (const [i, files] of own.entries()) {
      await checkCase(files);
      onCase?.(i + 1, own.length);
    }
    return 'readable' as const;
  });
}

/**
 * Checks names only.
 * @throws UserError for the first case of the splits that lacks a scan, or a label map needed for training
 */
export function requireFiles(data: Pick<BratsDataSet, 'cases' | 'splits'>): void {
  const { train, metaValidation, description } = data.splits;
  const trained = new Set([...train, ...metaValidation]);
  for (const files of casesOfSplits(data)) {
    requireAllScans(files);
    if (files.labels || !trained.has(files.name)) continue;
    throw new UserError(
      `case ${files.name} (${anyFile(files)}) has no label map, and is a training case (${description}); add it, or remove the case from the lists`,
      { code: 'MISSING', file: anyFile(files), field: 'labels', value: files.name },
    );
  }
}

async function checkCase(files: CaseFiles): Promise<void> {
  const places = MODALITIES.flatMap((modality) => files.scans[modality] ?? []);
  const { labels } = files;
  for (const { file } of [...places, ...(labels ? [labels] : [])]) {
    if (!isKitResult(file)) continue;
    throw new UserError(
      `${file} of case ${files.name} is a result that this kit wrote; remove it from the data set`,
      { code: 'BAD_FILE', file, field: 'descrip', value: files.name },
    );
  }
  const grid = await commonGrid([...places, ...(labels ? [labels] : [])]);
  for (const file of new Set(places.map((place) => place.file))) await checkNifti(file);
  if (!labels) return;
  const place = { grid, gridFile: places[0].file, codes: files.codes };
  await readLabelMap(labels.file, place);
}
