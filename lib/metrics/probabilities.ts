/** Probabilities of the regions in files, beside a label map, and how well they are calibrated. */
import { existsSync } from 'node:fs';
import { UserError } from '../base/errors';
import { channelOf, compareGrids, spatialGrid } from '../datasets/brats/read-case';
import { regionMasks, REGIONS, type Region } from '../datasets/brats/regions';
import { readNifti, type Grid } from '../formats/nifti';
import { gridInAxes, toAxes } from '../volume/orientation';
import { addToBins, calibrationError, emptyBins } from './calibration';
import { probabilityFiles, type FilePair } from './pairs';

/**
 * That the three files exist and are on the ground truth's grid, by their headers.
 * @throws UserError naming the file that is missing, or the field that differs
 */
export async function requireProbabilities(
  { name, prediction, truth }: FilePair,
  grid: Grid,
): Promise<void> {
  for (const [region, file] of Object.entries(probabilityFiles(prediction))) {
    if (file === prediction || !existsSync(file)) {
      throw new UserError(
        `${file}: the probabilities of ${region} of ${name} are missing; write them with mckd segment --probabilities, or leave out --probabilities`,
        { code: 'MISSING', file, field: 'probabilities', value: region },
      );
    }
    const { fault } = compareGrids(
      grid,
      gridInAxes(await spatialGrid({ file }), grid.axes),
      truth,
      file,
    );
    if (fault) throw fault;
  }
}

/**
 * The expected calibration error of each region, over all voxels of the volume: see `calibrationError`.
 * @param labels the ground truth on `grid`, in the kit's codes
 * @throws UserError for a value that is no probability
 */
export async function calibrationOf(
  { prediction }: FilePair,
  grid: Grid,
  labels: Uint8Array,
): Promise<Record<Region, number>> {
  const truth = regionMasks(labels);
  const files = probabilityFiles(prediction);
  const errors: [Region, number][] = [];
  for (const [r, region] of REGIONS.entries()) {
    const probabilities = await readProbabilities(files[region], grid);
    const bins = emptyBins();
    addToBins(bins, probabilities, truth.subarray(r * labels.length, (r + 1) * labels.length));
    errors.push([region, calibrationError(bins)]);
  }
  return Object.fromEntries(errors) as Record<Region, number>;
}

async function readProbabilities(file: string, grid: Grid): Promise<Float32Array> {
  const own = await spatialGrid({ file });
  const values = channelOf(await readNifti(file), { file }, own);
  const wrong = values.find((value) => !(value >= 0 && value <= 1));
  if (wrong !== undefined) {
    throw new UserError(
      `${file}: a voxel is ${wrong} and should be a probability from 0 to 1; give the files that mckd segment --probabilities writes`,
      { code: 'BAD_FILE', file, field: 'probability', value: wrong },
    );
  }
  return Float32Array.from(toAxes({ ...own, values }, grid.axes).values);
}
