/** Every fault of one case. */
import { createHash } from 'node:crypto';
import { MODALITIES, MODALITY_NAMES, type Modality } from '../../../base/modality';
import { missingScans, type CaseFiles, type ImagePlace } from '../case-files';
import {
  codeOfValue,
  describeLabelCodes,
  knownCodes,
  labelAdvice,
  standardLabels,
} from '../label-codes';
import { channelOf, compareGrids, spatialGrid } from '../read-case';
import { statisticsOf } from '../../../volume/describe';
import {
  columnLengths,
  formsApart,
  readNifti,
  readNiftiHeader,
  type Grid,
  type Volume,
  type VoxelArray,
} from '../../../formats/nifti';
import { normalisationNotes, normaliseIntensity } from '../../../volume/normalise';
import { BRATS_AXES, toAxes } from '../../../volume/orientation';
import { faultOf, type DataFault, type FaultKind } from './faults';

/** The result of checking a case. */
export interface VerifiedCase {
  files: CaseFiles;
  faults: DataFault[];
  /** Notes on its files, one sentence each. */
  notes: string[];
  /** The grid of most of its images; absent if none could be read. */
  grid?: Grid;
  /** One for each scan with more than one value: its name and a hash of its voxels in one axis order. */
  scans: { place: ImagePlace; label: string; hash: string }[];
}

interface SeenImage {
  place: ImagePlace;
  grid: Grid;
}

/** A kind, the value found, and the sentence after the image's name. */
type Finding = [FaultKind, unknown, string];

/**
 * Reads every image of a case and lists what is wrong with it.
 * @param never scans that no case of the data set has: that is no fault of this one
 */
export async function verifyCase(
  files: CaseFiles,
  never: readonly Modality[] = [],
): Promise<VerifiedCase> {
  const { name } = files;
  const result: VerifiedCase = { files, faults: [], notes: [], scans: [] };
  for (const modality of missingScans(files).filter((one) => !never.includes(one))) {
    const message = `case ${name} has no ${MODALITY_NAMES[modality]}`;
    result.faults.push({ kind: 'missing', case: name, value: modality, message });
  }
  const seen: SeenImage[] = [];
  const images = new Map<string, Volume>();
  const broken = new Set<string>();
  for (const place of [...MODALITIES.map((modality) => files.scans[modality]), files.labels]) {
    if (!place || broken.has(place.file)) continue;
    try {
      const grid = await spatialGrid(place);
      const image = images.get(place.file) ?? (await readNifti(place.file));
      if (!images.has(place.file)) result.notes.push(...image.notes, ...(await headerNotes(place)));
      if (place.channel !== undefined) images.set(place.file, image);
      seen.push({ place, grid });
      const values = channelOf(image, place, grid);
      const isLabels = place === files.labels;
      const { findings, notes } = isLabels
        ? lookAtLabels(values, files, place)
        : lookAtScan(values, place);
      result.notes.push(...notes);
      result.faults.push(...findings.map((finding) => faultAt(place, name, finding)));
      if (!isLabels && !findings.some(([kind]) => kind === 'empty' || kind === 'constant')) {
        result.scans.push({ place, label: nameOf(place), hash: hashOf({ ...grid, values }) });
      }
    } catch (error) {
      // A broken 4-D image is reported once.
      broken.add(place.file);
      result.faults.push(faultOf('unreadable', error, name));
    }
  }
  const common = gridOfMost(seen);
  if (!common) return result;
  for (const { place, grid } of seen) {
    const { fault, note } = compareGrids(common.grid, grid, common.place.file, place.file);
    if (note !== undefined) result.notes.push(note);
    if (fault)
      result.faults.push(faultOf(KINDS[fault.details.field ?? ''] ?? 'affine', fault, name));
  }
  return { ...result, grid: common.grid };
}

/** The kind of a grid's fault, by its field. */
const KINDS: Record<string, FaultKind> = { shape: 'shape', axes: 'orientation', affine: 'affine' };

/** The image that most others lie on; the first of them. */
function gridOfMost(seen: readonly SeenImage[]): SeenImage | undefined {
  const fitting = seen.map(
    ({ place, grid }) =>
      seen.filter((other) => !compareGrids(grid, other.grid, place.file, other.place.file).fault)
        .length,
  );
  return seen[fitting.indexOf(Math.max(...fitting))];
}

/** A header whose two forms disagree on the position, or that has none. */
async function headerNotes({ file }: ImagePlace): Promise<string[]> {
  const { header, shape, axes } = await readNiftiHeader(file);
  if (header.affineFrom === 'pixdim') {
    return [`${file}: has neither an sform nor a qform, so its orientation (${axes}) is a guess`];
  }
  const apart = formsApart(header, shape);
  const smallest = Math.min(...columnLengths(header.affine));
  if (apart <= MOST_APART * smallest) return [];
  return [
    `${file}: its sform and its qform put a corner ${apart.toFixed(2)} mm apart; the sform is used, as in nibabel, and a result keeps both`,
  ];
}

/** Of a voxel. */
const MOST_APART = 0.1;

function nameOf({ file, channel }: ImagePlace): string {
  return channel === undefined ? file : `${file} (channel ${channel})`;
}

function faultAt(place: ImagePlace, name: string, [kind, value, is]: Finding): DataFault {
  return { kind, case: name, file: place.file, value, message: `${nameOf(place)}: ${is}` };
}

interface Look {
  findings: Finding[];
  notes: string[];
}

function lookAtScan(values: VoxelArray, place: ImagePlace): Look {
  const { min, max, nonFinite = 0 } = statisticsOf(values);
  const findings: Finding[] = [];
  if (nonFinite > 0) {
    findings.push(['not finite', nonFinite, `${nonFinite} voxel(s) are NaN or infinite`]);
  }
  if (min === max) findings.push([min === 0 ? 'empty' : 'constant', min, `every voxel is ${min}`]);
  if (findings.length > 0) return { findings, notes: [] };
  try {
    const file = nameOf(place);
    return { findings, notes: normalisationNotes(normaliseIntensity(values, file), file) };
  } catch (error) {
    const { value, message } = faultOf('intensities', error);
    return {
      findings: [['intensities', value, message.replace(`${nameOf(place)}: `, '')]],
      notes: [],
    };
  }
}

/** Label values that the codes don't have, sorted; at most ten are named. */
function lookAtLabels(values: VoxelArray, { codes }: CaseFiles, place: ImagePlace): Look {
  const known = knownCodes(codes);
  const wrong = new Set<number>();
  for (let i = 0; i < values.length && wrong.size < 10; i++) {
    if (!known.includes(codeOfValue(values[i]))) wrong.add(values[i]);
  }
  if (wrong.size === 0)
    return { findings: [], notes: standardLabels(values, codes, place.file).notes };
  const found = [...wrong].sort((a, b) => a - b);
  const is = `label(s) ${found.join(', ')} are not among ${known.join(', ')} (${describeLabelCodes(codes)}); ${labelAdvice(found[0], codes)}`;
  return { findings: [['labels', found, is]], notes: [] };
}

/** The same for the same voxels, whatever type and axis order they are stored in. */
function hashOf(scan: Grid & { values: VoxelArray }): string {
  const { values, shape } = toAxes(scan, BRATS_AXES);
  return createHash('sha256')
    .update(JSON.stringify(shape))
    .update(Buffer.from(Float32Array.from(values).buffer))
    .digest('hex');
}
