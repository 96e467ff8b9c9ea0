/** Reads a case: its scans and label map on one grid, all in one axis order. */
import { ReaderError } from '../../errors';
import { MODALITIES, type Modality } from '../../modality';
import { readNifti, readNiftiHeader, type Grid, type Volume, type VoxelArray } from '../nifti';
import { BRATS_AXES, gridInAxes, toAxes } from '../orientation';
import { anyFile, requireAllScans, type CaseFiles, type ImagePlace } from './cases';
import { standardLabels } from './regions';

/** A case in memory. */
export interface BratsCase {
  name: string;
  grade?: 'HGG' | 'LGG';
  /** The scans that are there, each [X * Y * Z], the first index fastest, on `grid`. */
  scans: Partial<Record<Modality, VoxelArray>>;
  /** [X * Y * Z] in the kit's codes (0, 1, 2, 4), on `grid`; absent where the case has none. */
  labels?: Uint8Array;
  /** Where the voxels are now. */
  grid: Grid;
  /** Where they are in the files; results are written back on it. */
  stored: Grid;
}

export interface ReadCaseOptions {
  /** A missing scan is an error in training, and what the method is for at inference. */
  missingScans?: 'error' | 'allow';
  /** The axis order to bring the case to, such as "LPS"; "stored" leaves it in its files' own. */
  axes?: string;
  /** Leave the label map unread. */
  withoutLabels?: boolean;
}

/** Affines of one case agree to this (mm): float32 headers, written by different tools. */
const AFFINE_SLACK_MM = 1e-3;

/**
 * Reads a case. All headers are read and compared before any voxel is.
 * @throws ReaderError naming the file, field and value: a scan missing where that is not allowed, no scan
 *   at all, shapes or affines that differ, an image that isn't 3-D, a label outside the set
 */
export async function readCase(
  files: CaseFiles,
  {
    missingScans = 'error',
    axes: wanted = BRATS_AXES,
    withoutLabels = false,
  }: ReadCaseOptions = {},
): Promise<BratsCase> {
  if (missingScans === 'error') requireAllScans(files);
  const present = MODALITIES.filter((modality) => files.scans[modality]);
  if (present.length === 0) {
    throw new ReaderError(`case ${files.name} has no scan (${anyFile(files)}); add one`, {
      file: anyFile(files),
      field: 'scans',
      value: 0,
    });
  }
  const labelPlace = withoutLabels ? undefined : files.labels;
  const places = present.map((modality) => files.scans[modality] as ImagePlace);
  const stored = await commonGrid([...places, ...(labelPlace ? [labelPlace] : [])]);
  const axes = wanted === 'stored' ? stored.axes : wanted;

  // A 4-D image holds several scans and is read once. Files are read side by side: unpacking takes longest, and
  // each has a thread of its own.
  const images = new Map<string, Promise<Volume>>();
  const voxels = async (place: ImagePlace): Promise<VoxelArray> => {
    const image = images.get(place.file) ?? readNifti(place.file);
    images.set(place.file, image);
    return toAxes({ ...stored, values: channelOf(await image, place, stored) }, axes).values;
  };
  const read = await Promise.allSettled(
    [...places, ...(labelPlace ? [labelPlace] : [])].map(voxels),
  );
  // The first that failed, whichever was first to say so.
  const failed = read.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason as ReaderError;
  const values = read.map((one) => (one as PromiseFulfilledResult<VoxelArray>).value);
  const scans: BratsCase['scans'] = {};
  present.forEach((modality, i) => (scans[modality] = values[i]));
  const labels = labelPlace
    ? standardLabels(values[present.length], files.codes, labelPlace.file)
    : undefined;
  return {
    name: files.name,
    ...(files.grade ? { grade: files.grade } : {}),
    scans,
    ...(labels ? { labels } : {}),
    grid: gridInAxes(stored, axes),
    stored,
  };
}

/**
 * The one grid of a case's images, by their headers.
 * @throws ReaderError naming the first image that differs, and how
 */
export async function commonGrid(places: readonly ImagePlace[]): Promise<Grid> {
  const [first, ...others] = places;
  const grid = await spatialGrid(first);
  for (const place of others) {
    const fault = gridDifference(grid, await spatialGrid(place), first.file, place.file);
    if (fault) throw fault;
  }
  return grid;
}

/** How an image's grid differs from that of its case, if it does. */
export function gridDifference(
  grid: Grid,
  other: Grid,
  gridFile: string,
  file: string,
): ReaderError | undefined {
  const fault = (field: string, is: string, should: string, value: unknown): ReaderError =>
    new ReaderError(
      `${file}: ${field} is ${is} and should be ${should}, as in ${gridFile}; resample it to the case's grid`,
      { file, field, value },
    );
  const sizes = (shape: readonly number[]): string => shape.join(' x ');
  if (sizes(grid.shape) !== sizes(other.shape)) {
    return fault('shape', sizes(other.shape), sizes(grid.shape), other.shape);
  }
  const cells = grid.affine.flat();
  const apart = Math.max(...other.affine.flat().map((cell, i) => Math.abs(cell - cells[i])));
  if (apart <= AFFINE_SLACK_MM) return undefined;
  return fault('affine', JSON.stringify(other.affine), JSON.stringify(grid.affine), other.affine);
}

/**
 * The three spatial sizes and the place of an image, from its header.
 * @throws ReaderError for an image that isn't 3-D, or a channel that it hasn't got
 */
export async function spatialGrid({ file, channel }: ImagePlace): Promise<Grid> {
  const { shape, affine, axes } = await readNiftiHeader(file);
  const extra = shape.slice(3);
  const fits =
    channel === undefined
      ? extra.every((size) => size === 1)
      : extra.length >= 1 && channel < extra[0] && extra.slice(1).every((size) => size === 1);
  if (shape.length < 3 || !fits) {
    const should = channel === undefined ? '3-D' : `4-D with a channel ${channel}`;
    throw new ReaderError(
      `${file}: shape is ${shape.join(' x ')} and should be ${should}; split or convert the image`,
      { file, field: 'shape', value: shape },
    );
  }
  return { shape: shape.slice(0, 3), affine, axes };
}

/** The voxels of an image, or of one channel of it: a view. */
export function channelOf(
  { values }: Volume,
  { channel = 0 }: ImagePlace,
  { shape }: Grid,
): VoxelArray {
  const count = shape[0] * shape[1] * shape[2];
  return values.length === count ? values : values.subarray(channel * count, (channel + 1) * count);
}
