/** From the files of a case to label maps on its own grid. */
import { LABELS, REGIONS, type CaseFiles, type ImagePlace, type Region } from '../data/brats';
import { commonGrid } from '../data/brats/read-case';
import { writeNifti, type Grid, type VoxelArray } from '../data/nifti';
import { BRATS_AXES, fromDepthFirst, gridInAxes, toGrid } from '../data/orientation';
import { prepareCase } from '../data/prepared';
import { voxelCount } from '../data/sampling/sample';
import {
  labelsOfProbabilities,
  placeSlab,
  segmentSlabs,
  type ScanVolume,
  type SlabOptions,
} from '../inference';
import type { Modality } from '../modality';
import type { NamedTensors } from '../nn/parameters';

/** A case's scans as the network takes them, and where results go back to. */
export interface CaseVolume extends ScanVolume {
  name: string;
  /** The scans that are there. */
  scans: readonly Modality[];
  /** Where the voxels are in the files. */
  stored: Grid;
}

/**
 * Reads some scans of a case, normalised and depth first; the others are left unread and 0.
 * @throws ReaderError as `readCase` and `normaliseIntensity` do
 */
export async function readCaseVolume(
  files: CaseFiles,
  scans: readonly Modality[],
): Promise<CaseVolume> {
  const places = scans.map((modality) => [modality, files.scans[modality]] as const);
  const own: CaseFiles = { ...files, scans: Object.fromEntries(places) };
  const stored = await commonGrid(places.map(([, place]) => place as ImagePlace));
  const options = { missingScans: 'allow', withoutLabels: true } as const;
  const { name, size, images } = await prepareCase(own, options);
  return { name, scans, size, images, stored };
}

export interface SegmentCaseOptions extends SlabOptions {
  /** Give the regions' probabilities, too; they take 12 bytes a voxel and subset. */
  probabilities?: boolean;
}

/** What the network makes of a subset of the scans, on the grid of the case's files. */
export interface CaseSegmentation {
  subset: readonly Modality[];
  /** [X * Y * Z] in the kit's codes (0, 1, 2, 4). */
  labels: Uint8Array;
  /** [X * Y * Z] each; only where asked for. */
  probabilities?: Record<Region, Float32Array>;
}

export type SegmentCaseEvent =
  { kind: 'tile'; done: number; total: number } | ({ kind: 'segmentation' } & CaseSegmentation);

/**
 * Segments a case from each of some subsets of its scans: sliding window, threshold, label map. The label
 * maps come after the last tile, in the order of `subsets`. Between two tiles other work gets its turn.
 *
 * Memory: that of `segmentSlabs`, and a byte a voxel and subset.
 */
export async function* segmentCase(
  parameters: NamedTensors,
  volume: CaseVolume,
  subsets: readonly (readonly Modality[])[],
  { probabilities = false, ...options }: SegmentCaseOptions,
): AsyncGenerator<SegmentCaseEvent> {
  const unread = subsets.flat().find((modality) => !volume.scans.includes(modality));
  if (unread !== undefined) throw new RangeError(`${unread} of ${volume.name} was not read`);
  const count = voxelCount(volume.size);
  const [, height, width] = volume.size;
  const labels = subsets.map(() => new Uint8Array(count));
  const maps = subsets.map(() => (probabilities ? new Float32Array(3 * count) : undefined));
  for (const event of segmentSlabs(parameters, volume, subsets, options)) {
    if (event.kind === 'tile') {
      yield event;
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    const { subset, from, probabilities: slab } = event;
    labels[subset].set(labelsOfProbabilities(slab), from * height * width);
    const map = maps[subset];
    if (map) placeSlab(map, slab, from, volume.size);
  }
  for (const [s, subset] of subsets.entries()) {
    const map = maps[s];
    const regions = REGIONS.map((region, r) => [
      region,
      map && onStoredGrid(map.subarray(r * count, (r + 1) * count), volume),
    ]);
    yield {
      kind: 'segmentation',
      subset,
      labels: onStoredGrid(labels[s], volume),
      ...(map
        ? { probabilities: Object.fromEntries(regions) as Record<Region, Float32Array> }
        : {}),
    };
  }
}

/** [D, H, W] of the network -> [X * Y * Z] as the case's files have it. */
function onStoredGrid<T extends VoxelArray>(values: T, { stored }: CaseVolume): T {
  const grid = gridInAxes(stored, BRATS_AXES);
  return toGrid({ ...grid, values: fromDepthFirst(values, grid.shape) }, stored).values as T;
}

/**
 * Writes the three regions' probabilities, float32, each in a file of its own beside the label map:
 * `seg.nii.gz` gets `seg_ET.nii.gz`, `seg_WT.nii.gz` and `seg_TC.nii.gz`.
 *
 * Three files and not one with four dimensions: every viewer lays such a one over a scan.
 * @returns their names
 * @throws ReaderError where one can't be written
 */
export function writeProbabilities(
  file: string,
  probabilities: Record<Region, Float32Array>,
  { shape, affine }: Grid,
): string[] {
  return REGIONS.map((region) => {
    const own = besideFile(file, region);
    writeNifti(own, { shape, affine, values: probabilities[region], datatype: 'float32' });
    return own;
  });
}

/** `seg.nii.gz` with `flair-t1ce` is `seg_flair-t1ce.nii.gz`. */
export function besideFile(file: string, ending: string): string {
  return file.replace(/(\.nii(\.gz)?)$/, `_${ending}$1`);
}

/** Voxels of each label, for a person to read. */
export function labelVoxels(labels: Uint8Array): Record<keyof typeof LABELS, number> {
  const counts = { background: 0, core: 0, oedema: 0, enhancing: 0 };
  const names = new Map(Object.entries(LABELS).map(([name, code]) => [code as number, name]));
  for (const label of labels) counts[names.get(label) as keyof typeof LABELS] += 1;
  return counts;
}
