/** The voxel size to segment a case at, and notes on its differences from the network's training. */
import { trainingDataIn } from '../training-data';
import type { Weights } from '../checkpoint';
import { voxelCount } from '../../volume/size';
import { areApart, inMm } from '../../volume/voxel-sizes';
import { UserError } from '../../base/errors';
import { MODALITIES } from '../../base/modality';
import { lowerMedian } from '../../base/statistics';
import type { CaseVolume } from './volumes';

/**
 * `auto` resamples a case whose voxel size differs from the training's by more than a fifth, `always` one whose
 * size differs at all, `never` none. Three numbers are the size in mm to resample to, along left, posterior,
 * superior.
 */
export type ResampleChoice = 'auto' | 'never' | 'always' | readonly number[];

export interface ChosenVoxelSize {
  /** mm along left, posterior, superior to resample the scans to; absent: no resampling. */
  voxelSize?: readonly number[];
  /** Notes, one sentence each. */
  notes: string[];
}

/** Sizes that differ by more than this rounding of a header are different. */
const ROUNDING = 1e-3;
/** Above this multiple of the training's share of voxels that aren't background there is a note. */
const MOST_INSIDE = 1.5;

/**
 * The voxel size to segment a case at.
 *
 * @param weights of the network; their metadata describe its training
 * @param caseSpacing the case's voxel size in mm along left, posterior, superior (`voxelSizeOf`)
 * @throws UserError for `always` if the weights lack their voxel size, and for an invalid size
 */
export function chooseVoxelSize(
  { metadata }: Pick<Weights, 'metadata'>,
  caseSpacing: readonly number[],
  choice: ResampleChoice = 'auto',
): ChosenVoxelSize {
  if (typeof choice !== 'string') return askedSize(choice, caseSpacing);
  const trained = trainingDataIn(metadata)?.voxelSize;
  if (!trained) return unknownSize(choice);
  if (!areApart(caseSpacing, trained, choice === 'always' ? ROUNDING : undefined)) {
    return { notes: [] };
  }
  const sizes = `voxels are ${inMm(caseSpacing)}, those of the network's training ${inMm(trained)}`;
  if (choice === 'never') {
    const note = `${sizes}; nothing is resampled, as requested, so the brain has a size that the network was not trained on`;
    return { notes: [note] };
  }
  const note = `${sizes}; the scans are resampled to that size, and the segmentation back to the case's grid`;
  return { voxelSize: trained, notes: [note] };
}

function askedSize(asked: readonly number[], caseSpacing: readonly number[]): ChosenVoxelSize {
  if (asked.length !== 3 || !asked.every((size) => size > 0 && Number.isFinite(size))) {
    throw new UserError(
      `voxel size is ${asked.join(',') || 'empty'}; give three numbers over 0, in mm, such as 1,1,1`,
      { code: 'BAD_VALUE', field: 'voxel size', value: asked },
    );
  }
  if (!areApart(caseSpacing, asked, ROUNDING)) return { notes: [] };
  const note = `voxels are ${inMm(caseSpacing)}; the scans are resampled to ${inMm(asked)}, as requested, and the segmentation back to the case's grid`;
  return { voxelSize: asked, notes: [note] };
}

function unknownSize(choice: 'auto' | 'never' | 'always'): ChosenVoxelSize {
  if (choice === 'never') return { notes: [] };
  const says = 'the checkpoint does not state the voxel size of its training';
  if (choice === 'auto') {
    return {
      notes: [`${says}; nothing is resampled (to resample to a size in mm: --resample 1,1,1)`],
    };
  }
  throw new UserError(`${says}; give that size in mm, such as --resample 1,1,1`, {
    code: 'BAD_VALUE',
    field: 'resample',
    value: choice,
  });
}

/**
 * Other differences from the training, one sentence each: far more voxels that are not background, as if the brain is
 * not extracted.
 */
export function unlikeTraining(
  { metadata }: Pick<Weights, 'metadata'>,
  { size, images, scans, box }: Pick<CaseVolume, 'size' | 'images' | 'scans' | 'box'>,
): string[] {
  const trained = trainingDataIn(metadata);
  if (!trained || scans.length === 0) return [];
  const count = voxelCount(size);
  const shares = scans.map((modality) => {
    const start = MODALITIES.indexOf(modality) * count;
    const background = box ? box.background[MODALITIES.indexOf(modality)] : 0;
    let inside = 0;
    for (let i = start; i < start + count; i++) if (images[i] !== background) inside += 1;
    return inside / voxelCount(box ? box.grid : size);
  });
  const share = lowerMedian(shares);
  if (!(share > MOST_INSIDE * trained.brainShare)) return [];
  return [
    `${percent(share)} of the voxels are not background, in the network's training ${percent(trained.brainShare)}; ` +
      'if skull and neck are visible, extract the brain first (HD-BET, SynthStrip); if the scans are cropped close to the brain, this is fine',
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
