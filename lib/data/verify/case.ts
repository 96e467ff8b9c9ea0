/** Every fault of one case. */
import { createHash } from 'node:crypto';
import { MODALITIES, MODALITY_NAMES } from '../../modality';
import { missingScans, type CaseFiles, type ImagePlace } from '../brats/cases';
import { channelOf, gridDifference, spatialGrid } from '../brats/read-case';
import type { LabelCodes } from '../brats/regions';
import { statisticsOf } from '../describe';
import { readNifti, type Grid, type Volume, type VoxelArray } from '../nifti';
import { BRATS_AXES, toAxes } from '../orientation';
import { faultOf, mostCommon, type DataFault, type FaultKind } from './faults';

/** What is known of a case once it was looked at. */
export interface VerifiedCase {
  files: CaseFiles;
  faults: DataFault[];
  /** What its files' readers noted, a sentence each. */
  notes: string[];
  /** The grid of most of its images; absent where none could be read. */
  grid?: Grid;
  /** One for each scan with more than one value: its name and a hash of its voxels in one axis order. */
  scans: { place: ImagePlace; label: string; hash: string }[];
}

interface SeenImage {
  place: ImagePlace;
  grid: Grid;
}

/** A kind, the value found, and what the sentence says after the image's name. */
type Finding = [FaultKind, unknown, string];

/** Reads every image of a case and lists what is wrong with it. */
export async function verifyCase(files: CaseFiles): Promise<VerifiedCase> {
  const { name } = files;
  const result: VerifiedCase = { files, faults: [], notes: [], scans: [] };
  for (const modality of missingScans(files)) {
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
      if (!images.has(place.file)) result.notes.push(...image.notes);
      if (place.channel !== undefined) images.set(place.file, image);
      seen.push({ place, grid });
      const values = channelOf(image, place, grid);
      const isLabels = place === files.labels;
      const findings = isLabels ? labelFindings(values, files.codes) : scanFindings(values);
      result.faults.push(...findings.map((finding) => faultAt(place, name, finding)));
      if (!isLabels && !findings.some(([kind]) => kind === 'empty' || kind === 'constant')) {
        result.scans.push({ place, label: nameOf(place), hash: hashOf({ ...grid, values }) });
      }
    } catch (error) {
      // Where a whole 4-D image is broken, it is said once.
      broken.add(place.file);
      result.faults.push(faultOf('unreadable', error, name));
    }
  }
  const common = mostCommon(seen, ({ grid: { shape, affine } }) =>
    [...shape, ...affine.flat().map((cell) => cell.toFixed(2))].join(' '),
  );
  if (!common) return result;
  result.faults.push(...gridFaults(seen, common, name));
  return { ...result, grid: common.grid };
}

function nameOf({ file, channel }: ImagePlace): string {
  return channel === undefined ? file : `${file} (channel ${channel})`;
}

function faultAt(place: ImagePlace, name: string, [kind, value, is]: Finding): DataFault {
  return { kind, case: name, file: place.file, value, message: `${nameOf(place)}: ${is}` };
}

function scanFindings(values: VoxelArray): Finding[] {
  const { min, max, nonFinite = 0 } = statisticsOf(values);
  const findings: Finding[] = [];
  if (nonFinite > 0) {
    findings.push(['not finite', nonFinite, `${nonFinite} voxel(s) are NaN or infinite`]);
  }
  if (min === max) findings.push([min === 0 ? 'empty' : 'constant', min, `every voxel is ${min}`]);
  return findings;
}

/** Label values that the codes don't have, sorted; at most ten are named. */
function labelFindings(values: VoxelArray, codes: LabelCodes): Finding[] {
  const known = new Set([0, ...codes.core, ...codes.oedema, ...codes.enhancing]);
  const wrong = new Set<number>();
  for (let i = 0; i < values.length && wrong.size < 10; i++) {
    if (!known.has(values[i])) wrong.add(values[i]);
  }
  if (wrong.size === 0) return [];
  const found = [...wrong].sort((a, b) => a - b);
  return [['labels', found, `label(s) ${found.join(', ')} are not among ${[...known].join(', ')}`]];
}

/** How images differ from the grid of most of the case. */
function gridFaults(seen: SeenImage[], common: SeenImage, name: string): DataFault[] {
  return seen.flatMap(({ place, grid }) => {
    const error = gridDifference(common.grid, grid, common.place.file, place.file);
    if (!error) return [];
    if (error.facts.field === 'shape') return [faultOf('shape', error, name)];
    if (grid.axes === common.grid.axes) return [faultOf('affine', error, name)];
    const is = `axes are ${grid.axes} and should be ${common.grid.axes}, as in ${common.place.file}`;
    return [faultAt(place, name, ['orientation', grid.axes, is])];
  });
}

/** The same for the same voxels, whatever type and axis order they are stored in. */
function hashOf(scan: Grid & { values: VoxelArray }): string {
  const { values, shape } = toAxes(scan, BRATS_AXES);
  return createHash('sha256')
    .update(JSON.stringify(shape))
    .update(Buffer.from(Float32Array.from(values).buffer))
    .digest('hex');
}
