/** Whether the cases of a training can be read, asked before its first step and not in the middle of it. */
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
  /** Where it is remembered which data are known to be readable; default: the folder of prepared cases. */
  folder?: string;
  /** Told after each case. */
  onCase?: (done: number, total: number) => void;
}

/**
 * Looks at scans' names, then reads headers and label maps of all cases of the splits and asks whether files are whole;
 * each data set once on a machine. Scans' voxels are left to the training (`mckd verify` reads all).
 *
 * @param sha256 `hashDataSet` of the data
 * @throws UserError naming the case, the file and the way out: a missing scan, an image that can't be read, images
 *   that don't lie on each other, a label outside the codes
 */
export async function checkData(
  { cases, splits }: Pick<BratsDataSet, 'cases' | 'splits'>,
  sha256: string,
  { folder = defaultPreparedFolder(), onCase }: CheckDataOptions = {},
): Promise<void> {
  const own = casesOfSplits({ cases, splits });
  requireFiles({ cases, splits });
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
 * Names alone are looked at.
 * @throws UserError for the first case of the splits that lacks a scan, or a label map where it is trained on
 */
export function requireFiles(data: Pick<BratsDataSet, 'cases' | 'splits'>): void {
  const { train, metaValidation, description } = data.splits;
  const trained = new Set([...train, ...metaValidation]);
  for (const files of casesOfSplits(data)) {
    requireAllScans(files);
    if (files.labels || !trained.has(files.name)) continue;
    throw new UserError(
      `case ${files.name} (${anyFile(files)}) has no label map, and is there to learn from (${description}); add it, or take the case out of the lists`,
      { file: anyFile(files), field: 'labels', value: files.name },
    );
  }
}

async function checkCase(files: CaseFiles): Promise<void> {
  const places = MODALITIES.flatMap((modality) => files.scans[modality] ?? []);
  const { labels } = files;
  for (const { file } of [...places, ...(labels ? [labels] : [])]) {
    if (!isKitResult(file)) continue;
    throw new UserError(
      `${file} of case ${files.name} is a result that this kit wrote; take it out of the data set`,
      { file, field: 'descrip', value: files.name },
    );
  }
  const grid = await commonGrid([...places, ...(labels ? [labels] : [])]);
  for (const file of new Set(places.map((place) => place.file))) await checkNifti(file);
  if (!labels) return;
  const place = { grid, gridFile: places[0].file, codes: files.codes };
  await readLabelMap(labels.file, place);
}
