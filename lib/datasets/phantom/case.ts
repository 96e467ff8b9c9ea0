/** One phantom: a brain with a glioma, its four scans and its label map. */
import type { Modality } from '../../base/modality';
import { randomStream } from '../../base/random';
import type { Anatomy } from './anatomy';
import { drawContrasts } from './contrast';
import { drawDistractors } from './distractors';
import { brainBox, intoWholeGrid, type PhantomGrid } from './grid';
import { makeScans } from './scans';
import { growTumour } from './tumour';
import { gradeOf, planTumour, type Grade } from './tumour-plan';
import { warpAnatomy, type Bulge } from './warp';

/** Raise it when a change here changes cases; a part of the seed. */
export const FORMAT_VERSION = 1;

export interface PhantomCase {
  name: string;
  grade: Grade;
  /** [X * Y * Z] each, the first index fastest. */
  scans: Record<Modality, Int16Array>;
  /** 0, 1 (necrotic and non-enhancing core), 2 (oedema), 4 (enhancing). */
  labels: Uint8Array;
  grid: PhantomGrid;
}

/** The name of a case, `index` counting from 0; in the style of BraTS. */
export function phantomName(index: number): string {
  return `Phantom_${String(index + 1).padStart(4, '0')}_1`;
}

/** Whether a case is named like the kit's phantoms. */
export function isPhantomName(name: string): boolean {
  return /^Phantom_\d+_1$/.test(name);
}

/**
 * Makes a case. It depends on the anatomy, the grid, the seed and its index only.
 * @param anatomy prepared for the grid's spacing
 */
export function makePhantomCase(
  anatomy: Anatomy,
  grid: PhantomGrid,
  seed: number,
  index: number,
): PhantomCase {
  const stream = randomStream(seed, `phantom/${FORMAT_VERSION}/${index}`);
  const box = brainBox(grid);
  const grade = gradeOf(index);
  const plan = planTumour(anatomy, grade, stream.split('plan'));
  const warped = warpAnatomy(anatomy, box, {
    stream: stream.split('warp'),
    bulges: [plan.massEffect, ventricleSize(stream.split('ventricles').uniform())],
    landmarks: plan.foci,
  });
  const tumour = growTumour(plan, warped, box, stream.split('tumour'));
  const distractors = drawDistractors(warped, box, stream.split('distractors'));
  const contrasts = drawContrasts(stream.split('contrast'));
  const parts = { grid: box, warped, tumour, distractors, contrasts };
  const scans = makeScans(parts, stream.split('scans'));
  return {
    name: phantomName(index),
    grade,
    scans: {
      flair: intoWholeGrid(scans.flair, grid),
      t1: intoWholeGrid(scans.t1, grid),
      t1ce: intoWholeGrid(scans.t1ce, grid),
      t2: intoWholeGrid(scans.t2, grid),
    },
    labels: intoWholeGrid(tumour.labels, grid),
    grid,
  };
}

/** Wide ventricles in most, as in the elderly, narrow ones in some. */
function ventricleSize(uniform: number): Bulge {
  return { centre: [0, -14, 16], radiusMm: 22, strength: -0.1 + 0.5 * uniform };
}
