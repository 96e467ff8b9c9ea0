/** Landmarks of the standard histogram, from the scans of training cases. */
import { UserError } from '../../base/errors';
import { MODALITIES } from '../../base/modality';
import { readCase, type CaseFiles } from '../../datasets/brats';
import type { VoxelArray } from '../../formats/nifti';
import { gridIndices, scanForeground } from '../../volume/foreground';
import { averageLandmarks, percentilesOf, type Landmarks } from '../../volume/landmarks';
import { fileOf, openBox } from './normaliser';

/** A standard histogram is that of several cases. */
const LEAST_CASES = 2;

/**
 * The landmarks of each modality: of every case the percentiles of a scan's own foreground, in the box around the brain;
 * their means over the cases. All cases are read, some two seconds each for BraTS.
 *
 * @param cases of the training
 * @throws UserError for fewer than two cases, and as `readCase` and `percentilesOf` do
 */
export async function landmarksOf(cases: readonly CaseFiles[]): Promise<Landmarks> {
  if (cases.length < LEAST_CASES) {
    throw new UserError(
      `the number of training cases is ${cases.length}, and landmarks of histograms need ${LEAST_CASES} or more; add cases, or choose another brats.normalisation`,
      { code: 'BAD_VALUE', field: 'training cases', value: cases.length },
    );
  }
  const percentiles = MODALITIES.map((): number[][] => []);
  for (const files of cases) {
    const read = await readCase(files, {
      missingScans: 'error',
      withoutLabels: true,
      axes: 'stored',
    });
    const { box } = openBox({ files, read });
    const indices = gridIndices(box);
    MODALITIES.forEach((modality, m) => {
      const values = read.scans[modality] as VoxelArray;
      const mask = scanForeground(values, box);
      const foreground = indices.filter((_, i) => mask[i] === 1);
      percentiles[m].push(percentilesOf(values, foreground, fileOf(files, modality)));
    });
  }
  const averages = MODALITIES.map((modality, m) => [modality, averageLandmarks(percentiles[m])]);
  return Object.fromEntries(averages) as Landmarks;
}
