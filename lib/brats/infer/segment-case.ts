/** From the files of a case to label maps on its own grid. */
import { LABELS, REGIONS, type Region } from '../../datasets/brats';
import { besideFile, resultMark } from '../../datasets/brats/kit-result';
import { writeNifti, type Grid } from '../../formats/nifti';
import { voxelCount } from '../../volume/size';
import { labelsOfProbabilities } from './labels';
import { placeSlab, segmentSlabs, type SlabOptions } from './segment-slabs';
import type { Modality } from '../../base/modality';
import type { Network } from '../models';
import { requireOwnScan } from '../models/dedicated';
import { isResampled, onStoredGrid } from './case-volume';
import type { CaseVolume } from './volumes';

export interface SegmentCaseOptions extends SlabOptions {
  /** Also return the regions' probabilities; they take 12 bytes per voxel and subset. */
  probabilities?: boolean;
}

/** The segmentation from a subset of the scans, on the grid of the case's files. */
export interface CaseSegmentation {
  subset: readonly Modality[];
  /** [X * Y * Z] in the kit's codes (0, 1, 2, 4). */
  labels: Uint8Array;
  /** [X * Y * Z] each; only if requested. */
  probabilities?: Record<Region, Float32Array>;
}

export type SegmentCaseEvent =
  { kind: 'tile'; done: number; total: number } | ({ kind: 'segmentation' } & CaseSegmentation);

/**
 * Segments a case from each of some subsets of its scans: sliding window, threshold, label map. The label
 * maps come after the last tile, in the order of `subsets`. Between two tiles it yields to the event loop.
 *
 * A resampled volume is brought back to the grid of its files before the threshold, so that labels are cut out
 * of smooth probabilities.
 *
 * Memory: that of `segmentSlabs`, and one byte per voxel and subset; with probabilities or a resampled volume 12 more, so
 * use `subsetGroups`.
 */
export async function* segmentCase(
  network: Network,
  volume: CaseVolume,
  subsets: readonly (readonly Modality[])[],
  { probabilities = false, ...options }: SegmentCaseOptions,
): AsyncGenerator<SegmentCaseEvent> {
  const unread = subsets.flat().find((modality) => !volume.scans.includes(modality));
  if (unread !== undefined) throw new RangeError(`${unread} of ${volume.name} was not read`);
  requireOwnScan(network, subsets);
  const count = voxelCount(volume.size);
  const [, height, width] = volume.size;
  const rule = network.model.labels;
  const resampled = isResampled(volume);
  const labels = subsets.map(() => new Uint8Array(resampled ? 0 : count));
  const keepsMaps = probabilities || resampled;
  const maps = subsets.map(() => (keepsMaps ? new Float32Array(3 * count) : undefined));
  for (const event of segmentSlabs(network, volume, subsets, options)) {
    if (event.kind === 'tile') {
      yield event;
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    const { subset, from, probabilities: slab } = event;
    if (!resampled) labels[subset].set(labelsOfProbabilities(slab, rule), from * height * width);
    const map = maps[subset];
    if (map) placeSlab(map, slab, from, volume.size);
  }
  for (const [s, subset] of subsets.entries()) {
    const map = maps[s] && mapsOnStoredGrid(maps[s], volume);
    maps[s] = undefined;
    yield {
      kind: 'segmentation',
      subset,
      labels: resampled && map ? labelsOfProbabilities(map, rule) : onStoredGrid(labels[s], volume),
      ...(probabilities && map ? { probabilities: byRegion(map) } : {}),
    };
  }
}

/** [3, D, H, W] of the network -> [3, X * Y * Z] as in the case's files. */
function mapsOnStoredGrid(maps: Float32Array, volume: CaseVolume): Float32Array {
  const [from, to] = [voxelCount(volume.size), voxelsOf(volume.stored)];
  const stored = new Float32Array(REGIONS.length * to);
  REGIONS.forEach((_, r) => {
    stored.set(onStoredGrid(maps.subarray(r * from, (r + 1) * from), volume), r * to);
  });
  return stored;
}

function byRegion(maps: Float32Array): Record<Region, Float32Array> {
  const count = maps.length / REGIONS.length;
  const regions = REGIONS.map((region, r) => [region, maps.subarray(r * count, (r + 1) * count)]);
  return Object.fromEntries(regions) as Record<Region, Float32Array>;
}

function voxelsOf({ shape: [x, y, z] }: Grid): number {
  return x * y * z;
}

/** Bytes of the maps of probabilities that are held at once. */
const MOST_HELD = 2 ** 28;

/**
 * Groups of subsets for `segmentCase`, one after another: all, if label maps are made slab by slab; if
 * maps of probabilities are held, for a resampled volume or to be returned, as many as fit into a quarter of a GiB.
 */
export function subsetGroups(
  volume: CaseVolume,
  subsets: readonly (readonly Modality[])[],
  { probabilities = false }: Pick<SegmentCaseOptions, 'probabilities'> = {},
): (readonly (readonly Modality[])[])[] {
  if (!probabilities && !isResampled(volume)) return [subsets];
  const bytes = 4 * REGIONS.length * voxelCount(volume.size);
  const atOnce = Math.max(1, Math.floor(MOST_HELD / bytes));
  const groups = Math.ceil(subsets.length / atOnce);
  return Array.from({ length: groups }, (_, g) => subsets.slice(g * atOnce, (g + 1) * atOnce));
}

/**
 * Writes the three regions' probabilities, float32, one file each beside the label map:
 * `seg.nii.gz` gets `seg_ET.nii.gz`, `seg_WT.nii.gz` and `seg_TC.nii.gz`.
 *
 * Three files and not one with four dimensions: every viewer can overlay these on a scan.
 * @returns their names
 * @throws UserError if one can't be written
 */
export function writeProbabilities(
  file: string,
  probabilities: Record<Region, Float32Array>,
  { shape, affine, placement }: Grid,
): string[] {
  return REGIONS.map((region) => {
    const own = besideFile(file, region);
    const values = probabilities[region];
    const description = resultMark('probability');
    writeNifti(own, { shape, affine, values, datatype: 'float32', placement, description });
    return own;
  });
}

/** Voxels of each label, in words. */
export function labelVoxels(labels: Uint8Array): Record<keyof typeof LABELS, number> {
  const counts = { background: 0, core: 0, oedema: 0, enhancing: 0 };
  const names = new Map(Object.entries(LABELS).map(([name, code]) => [code as number, name]));
  for (const label of labels) counts[names.get(label) as keyof typeof LABELS] += 1;
  return counts;
}
