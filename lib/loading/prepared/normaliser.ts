/** How the scans of a case are normalised: each by itself, or in the box around the brain that all of them show. */
import { UserError } from '../../base/errors';
import { MODALITIES, type Modality } from '../../base/modality';
import type { BratsCase, CaseFiles } from '../../datasets/brats';
import type { VoxelArray } from '../../formats/nifti';
import {
  boxAround,
  brainVoxels,
  nonzeroSpans,
  normaliseInBrain,
  resampledSpans,
  type GridBox,
  type ScanOfBrain,
  type Span,
} from '../../volume/brain';
import { commonForeground } from '../../volume/foreground';
import { percentilesOf, standardise, type Landmarks } from '../../volume/landmarks';
import {
  checkIntensities,
  insideNotes,
  normalisationNotes,
  normaliseIntensity,
  type Normalisation,
} from '../../volume/normalise';
import { BRATS_AXES, gridInAxes, toAxes } from '../../volume/orientation';
import { betweenPercentiles } from '../../volume/percentiles';
import { normaliseRange } from '../../volume/range';

export interface BrainBox {
  /** Along left, posterior, superior. */
  spans: readonly Span[];
  /** `[4]`: the background of the scans that were normalised, 0 for others. */
  background: number[];
}

export interface Normaliser {
  /** A scan of the case -> on LPS axes, first index fastest. */
  normalise: (scan: VoxelArray, modality: Modality) => Float32Array;
  /** Absent: the whole grid. */
  box?: BrainBox;
}

export interface CaseToNormalise {
  files: CaseFiles;
  /** As stored; its notes get those of the normalisation. Where a box is cut, its scans are brought to LPS. */
  read: BratsCase;
  /** [X, Y, Z] of the grid that the box is for. */
  shape: readonly number[];
}

/** What a normalisation needs. */
export interface NormalisationChoice {
  /** Default: foreground. */
  normalisation?: Normalisation;
  /** Of the training, for the normalisation `landmarks`; ignored by others. */
  landmarks?: Landmarks;
}

/** @throws UserError for `landmarks` without any, and as the functions of `volume/` that normalise do */
export function normaliserOf(
  { normalisation = 'foreground', landmarks }: NormalisationChoice,
  of: CaseToNormalise,
): Normaliser {
  switch (normalisation) {
    case 'foreground':
      return alone(of, (scan, file) => {
        const normalised = normaliseIntensity(scan, file);
        of.read.notes.push(...normalisationNotes(normalised, file));
        return normalised.values;
      });
    case 'range':
      return alone(of, normaliseRange);
    case 'brain':
      return inBox(of, findBrain, (scan, brain, file) => normaliseInBrain(scan, brain, file));
    case 'landmarks':
      return byLandmarks(of, requireLandmarks(landmarks));
    case 'percentiles':
      return inBox(of, findBrain, (scan, brain, file) =>
        normaliseInBrain(scan, betweenPercentiles(scan, brain, file), file),
      );
  }
}

function requireLandmarks(landmarks: Landmarks | undefined): Landmarks {
  if (landmarks) return landmarks;
  throw new UserError(
    'brats.normalisation is landmarks, and there are none: they are of the cases of a training, and its checkpoint has them; train, or choose another',
    { code: 'MISSING', field: 'brats.normalisation', value: 'landmarks' },
  );
}

/** Voxels of 0 that the authors put around a case: they count towards the threshold of the foreground. */
const PADDING = 10;

/** On the standard scale, then by the voxels that are foreground in every scan. */
function byLandmarks(of: CaseToNormalise, landmarks: Landmarks): Normaliser {
  return inBox(
    of,
    (scans, box, name) => commonForeground(scans, box, { name, padding: PADDING }),
    (scan, voxels, file, modality) => {
      const own = percentilesOf(scan, voxels, file);
      const { values, zero } = standardise(scan, own, landmarks[modality]);
      return normaliseInBrain(values, voxels, file, zero);
    },
  );
}

/** Each scan by itself, as it is stored. */
function alone(
  { files, read: { stored } }: CaseToNormalise,
  normalised: (scan: VoxelArray, file: string) => Float32Array,
): Normaliser {
  return {
    normalise: (scan, modality) => {
      const values = normalised(scan, fileOf(files, modality));
      return toAxes({ ...stored, values }, BRATS_AXES).values as Float32Array;
    },
  };
}

/** In the box around the brain, by voxels that are the same ones for all scans. */
function inBox(
  of: CaseToNormalise,
  find: (scans: readonly VoxelArray[], box: GridBox, name: string) => Uint32Array,
  normalised: (
    scan: VoxelArray,
    voxels: Uint32Array,
    file: string,
    modality: Modality,
  ) => ScanOfBrain,
): Normaliser {
  const { files, read, shape } = of;
  const { scans, spans, box } = openBox(of);
  const own = box.shape;
  const voxels = find(scans, box, read.name);
  read.notes.push(...insideNotes(voxels.length, scans[0].length, read.name));
  const background = MODALITIES.map(() => 0);
  return {
    normalise: (scan, modality) => {
      const result = normalised(scan, voxels, fileOf(files, modality), modality);
      background[MODALITIES.indexOf(modality)] = result.background;
      return result.values;
    },
    box: { spans: boxAround(resampledSpans(spans, own, shape), shape), background },
  };
}

const findBrain = (scans: readonly VoxelArray[], box: GridBox, name: string): Uint32Array =>
  brainVoxels(scans, box.shape, box.spans, name);

interface OpenBox {
  /** Those that were read, on LPS axes. */
  scans: VoxelArray[];
  /** Where there are voxels that are not 0. */
  spans: readonly Span[];
  /** The box around them. */
  box: GridBox;
}

/** Brings the scans of a case to LPS, and finds the box around the brain. @throws UserError as `checkIntensities` */
export function openBox({ files, read }: Pick<CaseToNormalise, 'files' | 'read'>): OpenBox {
  const { scans, stored } = read;
  for (const modality of MODALITIES) {
    const scan = scans[modality];
    if (!scan) continue;
    checkIntensities(scan, fileOf(files, modality));
    scans[modality] = toAxes({ ...stored, values: scan }, BRATS_AXES).values;
  }
  const all = Object.values(scans);
  const own = gridInAxes(stored, BRATS_AXES).shape;
  const spans = nonzeroSpans(all, own);
  return { scans: all, spans, box: { shape: own, spans: boxAround(spans, own) } };
}

export function fileOf({ scans }: CaseFiles, modality: Modality): string {
  return scans[modality]?.file ?? modality;
}
