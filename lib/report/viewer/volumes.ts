/** A case and label maps of it, packed for a page in a browser. */
import { gzipSync } from 'node:zlib';
import { LABELS, readCase, type CaseFiles } from '../../datasets/brats';
import { anyFile } from '../../datasets/brats/case-files';
import { codesOfResult } from '../../datasets/brats/kit-result';
import type { LabelCodes } from '../../datasets/brats/label-codes';
import { readLabelMap } from '../../datasets/brats/read-case';
import { encodeNifti, type DatatypeName, type Grid, type VoxelArray } from '../../formats/nifti';
import { MODALITIES, MODALITY_NAMES, type Modality } from '../../base/modality';

/** An image under a name. */
export interface ViewerVolume {
  name: string;
  /** A `.nii.gz`. */
  nifti: Buffer;
}

/** The content of a page. */
export interface ViewerData {
  title: string;
  scans: ViewerVolume[];
  /** Label maps in the kit's codes; the first is shown at the start. */
  overlays: ViewerVolume[];
  /** Where the planes cross at the start, in mm: where the first label map has most tumour. */
  focus?: readonly number[];
}

export interface ViewerOptions {
  files: CaseFiles;
  /** The scans to show. Default: all available ones. */
  scans?: readonly Modality[];
  predictions: readonly { name: string; file: string }[];
  /** The label codes of predictions. Default: by the kit's header, else as in the case. */
  predictionCodes?: LabelCodes;
  /** The ground truth. Default: the case's own, if it has one. */
  truth?: string;
}

/**
 * Reads the content of a page. Everything stays on the grid of the case's files.
 * @throws UserError as `readCase` does, and for a label map on another grid or with other labels
 */
export async function readViewerData(options: ViewerOptions): Promise<ViewerData> {
  const { files, predictions, truth } = options;
  const shown = options.scans ?? MODALITIES.filter((modality) => files.scans[modality]);
  const { scans, labels, stored } = await readCase(
    {
      ...files,
      scans: Object.fromEntries(shown.map((modality) => [modality, files.scans[modality]])),
    },
    { missingScans: 'allow', axes: 'stored', withoutLabels: truth !== undefined },
  );
  const maps: { name: string; labels: Uint8Array }[] = [];
  const place = { grid: stored, gridFile: anyFile(files) };
  for (const { name, file } of predictions) {
    const codes = options.predictionCodes ?? codesOfResult(file) ?? files.codes;
    const option = '--prediction-labels';
    maps.push({ name, labels: (await readLabelMap(file, { ...place, codes, option })).labels });
  }
  const own =
    truth === undefined
      ? labels
      : (await readLabelMap(truth, { ...place, codes: files.codes })).labels;
  if (own) maps.push({ name: 'ground truth', labels: own });
  return {
    title: files.name,
    scans: shown.map((modality) => ({
      name: MODALITY_NAMES[modality],
      nifti: packed(stored, scans[modality] as VoxelArray),
    })),
    overlays: maps.map(({ name, labels: values }) => ({ name, nifti: packed(stored, values) })),
    focus: maps.length > 0 ? fullestPoint(maps[0].labels, stored) : undefined,
  };
}

function packed({ shape, affine }: Grid, values: VoxelArray): Buffer {
  return gzipSync(encodeNifti({ shape, affine, values, datatype: smallestType(values) }));
}

/** A scan of whole numbers needn't be stored as floats. */
function smallestType(values: VoxelArray): DatatypeName {
  let [low, high] = [0, 0];
  for (const value of values) {
    if (!Number.isInteger(value)) return 'float32';
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low >= 0 && high <= 255) return 'uint8';
  return low >= -32768 && high <= 32767 ? 'int16' : 'float32';
}

/** The slices along each axis that hold most of the tumour, as a point in mm; undefined without tumour. */
function fullestPoint(labels: Uint8Array, { shape, affine }: Grid): number[] | undefined {
  const counts = [0, 1, 2].map((axis) => new Uint32Array(shape[axis]));
  const [width, height] = shape;
  labels.forEach((label, i) => {
    if (label === LABELS.background) return;
    counts[0][i % width] += 1;
    counts[1][Math.floor(i / width) % height] += 1;
    counts[2][Math.floor(i / (width * height))] += 1;
  });
  const fullest = counts.map((count) =>
    count.reduce((best, n, i) => (n > count[best] ? i : best), 0),
  );
  if (counts[0][fullest[0]] === 0) return undefined;
  return [0, 1, 2].map((row) => {
    const [x, y, z, origin] = affine[row];
    return x * fullest[0] + y * fullest[1] + z * fullest[2] + origin;
  });
}
