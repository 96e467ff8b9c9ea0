/** Reads a case: its scans and label map on one grid, all in one axis order. */
import { UserError } from '../../base/errors';
import { MODALITIES, type Modality } from '../../base/modality';
import {
  columnLengths,
  cornersApart,
  readNifti,
  readNiftiHeader,
  type Grid,
  type Volume,
  type VoxelArray,
} from '../../formats/nifti';
import { BRATS_AXES, gridInAxes, toAxes } from '../../volume/orientation';
import { anyFile, requireAllScans, type CaseFiles, type ImagePlace } from './case-files';
import {
  standardLabels,
  type CodesOption,
  type LabelCodes,
  type StandardLabels,
} from './label-codes';

/** A case in memory. */
export interface BratsCase {
  name: string;
  grade?: 'HGG' | 'LGG';
  /** The available scans, each [X * Y * Z], the first index fastest, on `grid`. */
  scans: Partial<Record<Modality, VoxelArray>>;
  /** [X * Y * Z] in the kit's codes (0, 1, 2, 4), on `grid`; absent if the case has none. */
  labels?: Uint8Array;
  /** The grid of the voxels in memory. */
  grid: Grid;
  /** The grid of the files; results are written on it. */
  stored: Grid;
  /** Notes, one sentence each. */
  notes: string[];
}

export interface ReadCaseOptions {
  /** A missing scan is an error in training, and allowed at inference. */
  missingScans?: 'error' | 'allow';
  /** The axis order of the result, such as "LPS"; "stored" keeps that of the files. */
  axes?: string;
  /** Don't read the label map. */
  withoutLabels?: boolean;
}

/**
 * Reads a case. All headers are read and compared before any voxel is.
 * @throws UserError naming the file, field and value: a missing scan that is not allowed, no scan
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
    throw new UserError(`case ${files.name} has no scan (${anyFile(files)}); add one`, {
      code: 'MISSING',
      file: anyFile(files),
      field: 'scans',
      value: 0,
    });
  }
  const labelPlace = withoutLabels ? undefined : files.labels;
  const places = present.map((modality) => files.scans[modality] as ImagePlace);
  const notes: string[] = [];
  const stored = await commonGrid([...places, ...(labelPlace ? [labelPlace] : [])], (note) =>
    notes.push(note),
  );
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
  // The first in order that failed, not in time.
  const failed = read.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason as UserError;
  const values = read.map((one) => (one as PromiseFulfilledResult<VoxelArray>).value);
  const scans: BratsCase['scans'] = {};
  present.forEach((modality, i) => (scans[modality] = values[i]));
  const standard = labelPlace
    ? standardLabels(values[present.length], files.codes, labelPlace.file)
    : undefined;
  notes.push(...(standard?.notes ?? []));
  return {
    name: files.name,
    ...(files.grade ? { grade: files.grade } : {}),
    scans,
    ...(standard ? { labels: standard.labels } : {}),
    grid: gridInAxes(stored, axes),
    stored,
    notes,
  };
}

/**
 * The one grid of a case's images, by their headers.
 * @param onNote called if one is slightly off
 * @throws UserError naming the first image that differs, and how
 */
export async function commonGrid(
  places: readonly ImagePlace[],
  onNote?: (note: string) => void,
): Promise<Grid> {
  const [first, ...others] = places;
  const grid = await spatialGrid(first);
  for (const place of others) {
    const { fault, note } = compareGrids(grid, await spatialGrid(place), first.file, place.file);
    if (fault) throw fault;
    if (note !== undefined) onNote?.(note);
  }
  return grid;
}

/** How a grid differs from that of its case. */
export interface GridComparison {
  /** Too far apart to be the same. */
  fault?: UserError;
  /** Slightly apart, and taken as the same. */
  note?: string;
}

/** Corners of one grid agree to this share of a voxel; beyond the first there is a note, beyond the second an error. */
const NOTED_SHARE = 0.001;
const MOST_SHARE = 0.1;

/** How an image's grid differs from that of its case: sizes, and where the corners lie. */
export function compareGrids(
  grid: Grid,
  other: Grid,
  gridFile: string,
  file: string,
): GridComparison {
  const fault = (field: string, is: string, advice: string, value: unknown): GridComparison => ({
    fault: new UserError(`${file}: ${field} ${is}, as in ${gridFile}; ${advice}`, {
      code: 'MISMATCH',
      file,
      field,
      value,
    }),
  });
  const sizes = (shape: readonly number[]): string => shape.join(' x ');
  if (sizes(grid.shape) !== sizes(other.shape)) {
    return fault(
      'shape',
      `is ${sizes(other.shape)} and should be ${sizes(grid.shape)}`,
      `resample it to that grid`,
      other.shape,
    );
  }
  if (grid.axes !== other.axes) {
    return fault(
      'axes',
      `are ${other.axes} and should be ${grid.axes}`,
      `reorient it to these axes (nibabel: as_closest_canonical; FSL: fslreorient2std) with the others`,
      other.axes,
    );
  }
  const apart = cornersApart(grid.affine, other.affine, grid.shape);
  const share = apart / Math.min(...columnLengths(grid.affine));
  if (share <= NOTED_SHARE) return {};
  const place = `puts a corner ${shortNumber(apart)} mm (${shortNumber(share)} voxels) off`;
  if (share <= MOST_SHARE) return { note: `${file}: its affine ${place} that of ${gridFile}` };
  return fault(
    'affine',
    `is ${JSON.stringify(other.affine)}, which ${place}, and should be ${JSON.stringify(grid.affine)}`,
    `if the two lie on each other in a viewer voxel by voxel, copy that file's header to it; else resample it to that grid`,
    other.affine,
  );
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(2)));
}

/** The grid and the codes of a label map. */
export interface LabelMapPlace {
  grid: Grid;
  /** Whose grid that is, for messages. */
  gridFile: string;
  codes: LabelCodes;
  /** The option that states other codes. Default: `--labels`. */
  option?: CodesOption;
}

/**
 * A label map of a case, in the kit's codes, on the case's grid. One with its axes in another order is reoriented; none is
 * resampled.
 * @throws UserError naming file, field and value: another grid, or a label outside the codes
 */
export async function readLabelMap(
  file: string,
  { grid, gridFile, codes, option }: LabelMapPlace,
): Promise<StandardLabels> {
  const own = await spatialGrid({ file });
  const { fault, note } = compareGrids(grid, gridInAxes(own, grid.axes), gridFile, file);
  if (fault) throw fault;
  const values = channelOf(await readNifti(file), { file }, own);
  const { labels, notes } = standardLabels(
    toAxes({ ...own, values }, grid.axes).values,
    codes,
    file,
    option,
  );
  return { labels, notes: [...(note === undefined ? [] : [note]), ...notes] };
}

/**
 * The grid of an image, from its header.
 * @throws UserError for an image that isn't 3-D, or a channel that it lacks
 */
export async function spatialGrid({ file, channel }: ImagePlace): Promise<Grid> {
  const { shape, affine, axes, header } = await readNiftiHeader(file);
  const extra = shape.slice(3);
  const fits =
    channel === undefined
      ? extra.every((size) => size === 1)
      : extra.length >= 1 && channel < extra[0] && extra.slice(1).every((size) => size === 1);
  if (shape.length < 3 || !fits) {
    const should = channel === undefined ? '3-D' : `4-D with a channel ${channel}`;
    throw new UserError(
      `${file}: shape is ${shape.join(' x ')} and should be ${should}; split or convert the image`,
      { code: 'BAD_FILE', file, field: 'shape', value: shape },
    );
  }
  return { shape: shape.slice(0, 3), affine, axes, placement: header.placement };
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
