/** Bright structures that are no tumour, so that a threshold doesn't find the tumour. */
import type { RandomStream } from '../../base/random';
import type { PhantomGrid } from './grid';
import { smoothField } from './smooth-field';
import type { WarpedBrain } from './warp';

/** Shares 0..1, [voxels] each. */
export interface Distractors {
  /** White-matter hyperintensities of age, bright in FLAIR: caps about the ventricles and spots. */
  hyperintensities: Float32Array;
  /** Vessels in the sulci and choroid plexus in the ventricles, bright in T1ce. */
  vessels: Float32Array;
}

const VESSEL_CONTROL_MM = 15;
/** Radius of a vessel, mm. */
const VESSEL_MM = 0.9;
/** Millimetres over which a field with these control points changes by about 1. */
const VESSEL_CHANGE_MM = 0.75 * VESSEL_CONTROL_MM;

/**
 * Draws both; their amount varies between cases. Vessels are the curves on which two
 * random fields are 0 together, where there is grey matter and fluid.
 */
export function drawDistractors(
  { brain, grey, white, fluid, depth, ventricles }: WarpedBrain,
  grid: PhantomGrid,
  stream: RandomStream,
): Distractors {
  const age = stream.uniform() ** 1.5;
  const capMm = 1 + 4 * age;
  const spotsAbove = 3.1 - 1.2 * age;
  const caps = smoothField(stream.split('caps'), grid, 14);
  const spots = smoothField(stream.split('spots'), grid, 6);
  const across = smoothField(stream.split('vessels 1'), grid, VESSEL_CONTROL_MM);
  const along = smoothField(stream.split('vessels 2'), grid, VESSEL_CONTROL_MM);
  // In a voxel wider than a vessel its brightness is shared by the voxel's cross-section.
  const blurredMm2 = VESSEL_MM ** 2 + (0.4 * grid.spacing) ** 2;
  const vesselPeak = (VESSEL_MM ** 2 / blurredMm2) * (0.5 + 0.8 * stream.uniform());
  const vesselWidth = blurredMm2 / VESSEL_CHANGE_MM ** 2;

  const hyperintensities = new Float32Array(brain.length);
  const vessels = new Float32Array(brain.length);
  for (let i = 0; i < brain.length; i++) {
    if (!brain[i]) continue;
    const cap = rise(caps[i] + 0.4, 0.3) * Math.exp(-((ventricles[i] / capMm) ** 2));
    const spot = rise(spots[i] - spotsAbove, 0.12) * rise(28 - ventricles[i], 3);
    hyperintensities[i] = white[i] * Math.min(1, cap + spot);
    const squared = (across[i] ** 2 + along[i] ** 2) / vesselWidth;
    const sulcal = Math.min(1, 2 * fluid[i] + 0.5 * grey[i]) * rise(30 - depth[i], 3);
    const plexus = ventricles[i] < 0.5 ? 0.8 * fluid[i] * rise(spots[i] - 1.1, 0.15) : 0;
    vessels[i] = Math.max(plexus, squared < 12 ? vesselPeak * sulcal * Math.exp(-squared) : 0);
  }
  return { hyperintensities, vessels };
}

/** A smooth step from 0 to 1 around 0. */
function rise(value: number, width: number): number {
  return 1 / (1 + Math.exp(-value / width));
}
