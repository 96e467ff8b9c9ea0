/** The scans of a case as the network's input, and the way back to the grid of its files. */
import type { Weights } from '../checkpoint';
import type { CaseFiles, ImagePlace } from '../../datasets/brats';
import { commonGrid } from '../../datasets/brats/read-case';
import type { Grid, VoxelArray } from '../../formats/nifti';
import { BRATS_AXES, fromDepthFirst, gridInAxes, toGrid } from '../../volume/orientation';
import { prepareCase, type PrepareOptions } from '../../loading/prepared';
import { cutsBox } from '../../volume/normalise';
import { resampleVolume, voxelSizeOf } from '../../volume/resample-volume';
import { UserError } from '../../base/errors';
import type { CaseVolume } from './volumes';
import { MODALITIES, type Modality } from '../../base/modality';
import { voxelCount, type Size3 } from '../../volume/size';
import { trainedNormalisation } from './normalisation';
import { scanNames } from './scans';
import { chooseVoxelSize, unlikeTraining, type ResampleChoice } from './voxel-size';

/**
 * Reads some scans of a case, normalised and depth first; the others are not read and are 0. With a normalisation that
 * cuts a box it is the box around the brain, found from the scans that are read.
 * @throws UserError as `prepareCase` and `resampledShape` do
 */
export async function readCaseVolume(
  files: CaseFiles,
  scans: readonly Modality[],
  {
    normalisation,
    landmarks,
    voxelSize,
    onNote,
  }: Pick<PrepareOptions, 'normalisation' | 'landmarks' | 'voxelSize' | 'onNote'> = {},
): Promise<CaseVolume> {
  const own = withScans(files, scans);
  const stored = await gridOfScans(own);
  const missing = { missingScans: 'allow', withoutLabels: true } as const;
  const options = { ...missing, normalisation, landmarks, voxelSize, onNote };
  const { name, size, images, box } = await prepareCase(own, options).catch((error: unknown) => {
    throw withoutEmptyScan(error, files, scans);
  });
  return { name, scans, size, images, stored, ...(box ? { box } : {}) };
}

export interface ReadForWeightsOptions extends Pick<PrepareOptions, 'onNote'> {
  /** Whether the scans are resampled to the voxel size of the network's training. Default: auto. */
  resample?: ResampleChoice;
}

/**
 * As `readCaseVolume`, for a network: normalised as for its training (`trainedNormalisation`), and at the voxel size of
 * its training, if the case has another (`chooseVoxelSize`). Differences to the training are noted.
 * @throws UserError as `readCaseVolume`, `trainedNormalisation` and `chooseVoxelSize` do
 */
export async function readCaseForWeights(
  weights: Pick<Weights, 'metadata'>,
  files: CaseFiles,
  scans: readonly Modality[],
  { resample, onNote = () => undefined }: ReadForWeightsOptions = {},
): Promise<CaseVolume> {
  const trained = trainedNormalisation(weights);
  const stored = await gridOfScans(withScans(files, scans));
  const { voxelSize, notes } = chooseVoxelSize(weights, voxelSizeOf(stored), resample);
  notes.forEach(onNote);
  if (cutsBox(trained.normalisation) && scans.length < MODALITIES.length) {
    onNote(
      `${files.name}: the box around the brain, and the voxels that the scans are normalised by, are found from ${scanNames(scans)}; with all four scans they may differ`,
    );
  }
  const volume = await readCaseVolume(files, scans, { ...trained, voxelSize, onNote });
  unlikeTraining(weights, volume).forEach(onNote);
  return volume;
}

function withScans(files: CaseFiles, scans: readonly Modality[]): CaseFiles {
  const own = scans.map((modality) => [modality, files.scans[modality]] as const);
  return { ...files, scans: Object.fromEntries(own) };
}

function gridOfScans({ scans }: CaseFiles): Promise<Grid> {
  return commonGrid(Object.values(scans) as ImagePlace[]);
}

/** For a scan with one value everywhere: advice to leave it out. */
function withoutEmptyScan(
  error: unknown,
  { scans: places }: CaseFiles,
  scans: readonly Modality[],
): unknown {
  if (!(error instanceof UserError) || error.details.field !== 'every voxel') return error;
  const { file, value } = error.details;
  const others = scans.filter((modality) => places[modality]?.file !== file);
  if (others.length === 0) return error;
  return new UserError(
    `${file}: every voxel is ${String(value)}, as in a missing scan; leave it out: --available ${others.join(',')}`,
    { code: 'BAD_FILE', file, field: 'every voxel', value },
  );
}

/** Is the volume on another grid than its files, apart from the order of axes? */
export function isResampled(volume: CaseVolume): boolean {
  const [depth, height, width] = gridOf(volume);
  return gridInAxes(volume.stored, BRATS_AXES).shape.join() !== [height, width, depth].join();
}

/**
 * [D, H, W] of the network -> [X * Y * Z] as in the case's files, 0 outside of the case's box; if the volume was resampled,
 * resampled back, which is meant for probabilities, not for labels.
 */
export function onStoredGrid<T extends VoxelArray>(values: T, volume: CaseVolume): T {
  const { stored } = volume;
  const size = gridOf(volume);
  const grid = gridInAxes(stored, BRATS_AXES);
  const shape = [size[1], size[2], size[0]];
  const ordered = fromDepthFirst(onWholeGrid(values, volume), shape);
  const own = isResampled(volume) ? resampleVolume(ordered, shape, grid.shape) : ordered;
  return toGrid({ ...grid, values: own }, stored).values as T;
}

/** D, H, W of the whole case. */
function gridOf({ size, box }: CaseVolume): Size3 {
  return box ? box.grid : size;
}

/** [D, H, W] of the case's box -> of the whole case, 0 outside; without a box the values themselves. */
function onWholeGrid<T extends VoxelArray>(values: T, { size, box }: CaseVolume): T {
  if (!box) return values;
  const { start, grid } = box;
  const whole = new (values.constructor as new (length: number) => T)(voxelCount(grid));
  const [depth, height, width] = size;
  for (let row = 0; row < depth * height; row++) {
    const [d, h] = [start[0] + Math.floor(row / height), start[1] + (row % height)];
    const part = values.subarray(row * width, (row + 1) * width) as never;
    whole.set(part, (d * grid[1] + h) * grid[2] + start[2]);
  }
  return whole;
}
