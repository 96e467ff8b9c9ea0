/** The plan of a case's tumour: its kind, where it starts, how large its parts are. */
import type { RandomStream } from '../../base/random';
import { DISTANCE_UNIT_MM, type Anatomy } from './anatomy';
import type { Bulge } from './warp';

export type Grade = 'HGG' | 'LGG';

export interface TumourPlan {
  grade: Grade;
  /** Where the foci start, MNI mm; the first is the main one. */
  foci: number[][];
  /** Volume of the core (labels 1 and 4) and of the whole tumour, mm3. */
  coreMm3: number;
  wholeMm3: number;
  /** Share of the core that is a necrotic cavity, deep inside. */
  necroticShare: number;
  /** Share of the rest of the core that takes up contrast agent. */
  enhancingShare: number;
  /** Mass effect. */
  massEffect: Bulge;
}

/** Two of nine cases are LGG, as nearly a quarter of the BraTS 2018 training cases are (75 of 285). */
export function gradeOf(index: number): Grade {
  return index % 9 === 3 || index % 9 === 7 ? 'LGG' : 'HGG';
}

/**
 * Draws a tumour. Volumes are log-normal about medians near those of BraTS (core 24 cm3, whole tumour
 * about three times that in HGG). HGG have a necrotic cavity in an enhancing rim with gaps; most LGG
 * don't enhance at all, the others in a few spots. One in five HGG has further foci.
 */
export function planTumour(anatomy: Anatomy, grade: Grade, stream: RandomStream): TumourPlan {
  const logNormal = (median: number, sd: number, least: number, most: number): number =>
    Math.min(Math.max(median * Math.exp(sd * stream.normal()), least), most);
  const between = (low: number, high: number): number => low + (high - low) * stream.uniform();
  const high = grade === 'HGG';
  const coreMm3 = high ? logNormal(24e3, 0.8, 1.5e3, 120e3) : logNormal(30e3, 0.7, 3e3, 120e3);
  const oedema = high ? logNormal(1.8, 0.55, 0.4, 8) : logNormal(0.7, 0.6, 0.1, 3);
  const wholeMm3 = Math.min(coreMm3 * (1 + oedema), Math.max(240e3, 1.2 * coreMm3));
  const necroticShare = high ? between(0.05, 0.6) : 0;
  const sparse = stream.uniform() < 0.4 ? between(0.005, 0.06) : 0;
  const enhancingShare = high ? between(0.7, 1) : sparse;
  const main = drawFocus(anatomy, stream.split('focus'));
  const others = high && stream.uniform() < 0.2 ? 1 + stream.integer(2) : 0;
  const foci = [main];
  for (let n = 0; n < others; n++) {
    foci.push(drawFocus(anatomy, stream.split(`focus ${n + 1}`), main));
  }
  const radiusMm = 1.2 * Math.cbrt((3 * coreMm3) / (4 * Math.PI));
  const massEffect = { centre: main, radiusMm, strength: between(0, high ? 0.35 : 0.2) };
  return { grade, foci, coreMm3, wholeMm3, necroticShare, enhancingShare, massEffect };
}

/**
 * A place for a focus: in the white matter of the cerebrum, off the ventricles and below the cortex; a
 * further focus 20 to 50 mm from the main one.
 */
function drawFocus(anatomy: Anatomy, stream: RandomStream, main?: readonly number[]): number[] {
  const { shape, step, origin, brain, white, depth, ventricles } = anatomy;
  let [best, bestScore] = [[0, 0, 0], -1];
  for (let tries = 0; tries < 20_000; tries++) {
    const voxel = shape.map((size) => stream.integer(size));
    const at = voxel[0] + shape[0] * (voxel[1] + shape[1] * voxel[2]);
    if (brain[at] < 128) continue;
    const place = voxel.map((index, axis) => origin[axis] + step[axis] * index);
    const apart = main ? Math.hypot(...place.map((mm, axis) => mm - main[axis])) : 35;
    const score = [
      white[at] > 128,
      depth[at] * DISTANCE_UNIT_MM > 9,
      ventricles[at] * DISTANCE_UNIT_MM > 4,
      // Not in the brain stem or the cerebellum, which lie low, in the middle and behind.
      Math.abs(place[0]) > 9 && (place[2] > -8 || (place[1] > -35 && Math.abs(place[0]) > 24)),
      apart > 20 && apart < 50,
    ].filter(Boolean).length;
    if (score > bestScore) [best, bestScore] = [place, score];
    if (score === 5) break;
  }
  return best;
}
