/**
 * Facts of a network's training data from which a later case can differ: voxel size, grid, how much of a scan
 * is not background, intensities. A checkpoint stores them (`training` in its metadata), shipped weights have them in their
 * list, and `mckd segment` reads them.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { statedIn } from './checkpoint/metadata';
import { MODALITIES, type Modality } from '../base/modality';
import { readCase, type CaseFiles, type ImagePlace } from '../datasets/brats';
import { spatialGrid } from '../datasets/brats/read-case';
import { statisticsOf } from '../volume/describe';
import { oncePerDataSet } from '../datasets/known-data';
import type { Grid, VoxelArray } from '../formats/nifti';
import { BRATS_AXES, gridInAxes } from '../volume/orientation';
import { defaultPreparedFolder, landmarksOf } from '../loading/prepared';
import { landmarksSchema, type Landmarks } from '../volume/landmarks';
import { voxelSizeOf } from '../volume/resample-volume';
import { compareText } from '../base/compare-text';
import { lowerMedian } from '../base/statistics';
import { medianSize, rounded } from '../volume/voxel-sizes';
import type { BratsDataSet } from './data-set';

/** Statistics of the cases of a training. */
export interface TrainingData {
  /** Edges of a voxel in mm along BraTS' axes (left, posterior, superior): the median over the cases. */
  voxelSize: readonly number[];
  /** [X, Y, Z] along these axes: that of most cases. */
  grid: readonly number[];
  /** Share of a scan's voxels that are not background: the median over scans of a few cases. */
  brainShare: number;
  /** Least and largest intensity of each modality, before normalisation: the medians over a few cases. */
  intensities: Readonly<Partial<Record<Modality, readonly number[]>>>;
}

const positive = z.number().positive();
const pair = z.array(z.number()).length(2);

export const trainingDataSchema: z.ZodType<TrainingData> = z.strictObject({
  voxelSize: z.array(positive).length(3),
  grid: z.array(z.int().min(1)).length(3),
  brainShare: z.number().min(0).max(1),
  intensities: z.strictObject({
    flair: pair.optional(),
    t1: pair.optional(),
    t1ce: pair.optional(),
    t2: pair.optional(),
  }),
});

/** Cases that are read completely. */
const MOST_READ = 3;

/**
 * The facts of the training cases: grids from all headers, the rest from three cases, evenly
 * spaced among the sorted names. The same cases give the same numbers in any folder.
 *
 * @returns undefined without training cases, or if no scan of those read holds a finite number
 * @throws UserError for an image among them that can't be read
 */
export async function trainingDataOf({
  cases,
  splits,
}: Pick<BratsDataSet, 'cases' | 'splits'>): Promise<TrainingData | undefined> {
  const names = new Set(splits.train);
  const own = cases.filter(({ name }) => names.has(name));
  own.sort((a, b) => compareText(a.name, b.name));
  const grids: Grid[] = [];
  for (const files of own) grids.push(await spatialGrid(firstScan(files)));
  const sizes = grids.map(voxelSizeOf);
  const shapes = grids.map((grid) => gridInAxes(grid, BRATS_AXES).shape);
  const scans: ScanFacts[] = [];
  for (const files of evenlySpaced(own, MOST_READ)) scans.push(...(await scanFacts(files)));
  if (scans.length === 0) return undefined;
  const intensities = MODALITIES.map((modality) => {
    const same = scans.filter((scan) => scan.modality === modality);
    const ends = [same.map(({ min }) => min), same.map(({ max }) => max)];
    return [
      modality,
      same.length > 0 ? ends.map((values) => rounded(lowerMedian(values))) : undefined,
    ];
  });
  return {
    voxelSize: medianSize(sizes),
    grid: mostCommon(shapes),
    brainShare: rounded(lowerMedian(scans.map(({ inside }) => inside)), 3),
    intensities: Object.fromEntries(intensities) as TrainingData['intensities'],
  };
}

/**
 * As `trainingDataOf`, computed once per machine and data set.
 *
 * @param sha256 `hashDataSet` of the data
 * @param folder of the cache; default: that of prepared cases
 */
export async function knownTrainingData(
  data: Pick<BratsDataSet, 'cases' | 'splits'>,
  sha256: string,
  folder: string = defaultPreparedFolder(),
): Promise<TrainingData | undefined> {
  const known = { file: join(folder, 'training-data.json'), schema: trainingDataSchema };
  return oncePerDataSet(known, sha256, () => trainingDataOf(data));
}

/**
 * `landmarksOf` the training cases, computed once per machine and data set.
 *
 * @param sha256 `hashDataSet` of the data
 * @param folder of the cache; default: that of prepared cases
 * @throws UserError as `landmarksOf` does
 */
export async function knownLandmarks(
  { cases, splits }: Pick<BratsDataSet, 'cases' | 'splits'>,
  sha256: string,
  folder: string = defaultPreparedFolder(),
): Promise<Landmarks | undefined> {
  const known = { file: join(folder, 'landmarks.json'), schema: landmarksSchema };
  const own = cases.filter(({ name }) => splits.train.includes(name));
  return oncePerDataSet(known, sha256, () => landmarksOf(own));
}

/**
 * The training data in a weights file's metadata; undefined if they lack it, or this version doesn't
 * read it.
 */
export function trainingDataIn(
  metadata: Readonly<Record<string, string>>,
): TrainingData | undefined {
  return trainingDataSchema.safeParse(statedIn(metadata, 'trainingData')).data;
}

/** Share of the voxels that aren't background, which is the value of the first voxel, as in `normaliseIntensity`. */
function insideShare(values: VoxelArray): number {
  let inside = 0;
  for (let i = 0; i < values.length; i++) if (values[i] !== values[0]) inside += 1;
  return inside / values.length;
}

interface ScanFacts {
  modality: Modality;
  min: number;
  max: number;
  inside: number;
}

async function scanFacts(files: CaseFiles): Promise<ScanFacts[]> {
  const { scans } = await readCase(files, {
    missingScans: 'allow',
    withoutLabels: true,
    axes: 'stored',
  });
  return MODALITIES.flatMap((modality) => {
    const values = scans[modality];
    if (!values) return [];
    const { min, max } = statisticsOf(values);
    if (!Number.isFinite(min)) return [];
    return [{ modality, min, max, inside: insideShare(values) }];
  });
}

/** Edges of a case's voxels in mm along BraTS' axes. @throws UserError for an image that can't be read */
export async function voxelSizeOfCase(files: CaseFiles): Promise<readonly number[]> {
  return voxelSizeOf(await spatialGrid(firstScan(files)));
}

function firstScan({ scans, labels }: CaseFiles): ImagePlace {
  const places = [...MODALITIES.map((modality) => scans[modality]), labels];
  return places.find((place) => place !== undefined) as ImagePlace;
}

function evenlySpaced<T>(all: readonly T[], most: number): T[] {
  const count = Math.min(all.length, most);
  return Array.from({ length: count }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / count)]);
}

/** The most frequent one; of several, the first. */
function mostCommon(shapes: readonly (readonly number[])[]): readonly number[] {
  const counts = new Map<string, number>();
  for (const shape of shapes) counts.set(shape.join(), (counts.get(shape.join()) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return shapes.find((shape) => counts.get(shape.join()) === most) as readonly number[];
}
