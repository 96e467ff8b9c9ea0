/** How bright tissues and lesions are in each scan of a case. */
import { MODALITIES, type Modality } from '../../base/modality';
import type { RandomStream } from '../../base/random';

type Tissue = 'white' | 'grey' | 'fluid';
type Lesion = 'oedema' | 'core' | 'enhancing';

/** One scan's contrast. */
export interface Contrast {
  /** Mean of the healthy brain, in intensity units of a 1 mm scan. */
  brainMean: number;
  /** Of each tissue, relative to white matter. */
  tissue: Record<Tissue, number>;
  /** Of each part of the tumour, relative to the mean of the healthy brain. */
  lesion: Record<Lesion, number>;
  /** Standard deviation of the noise, relative to the mean of the healthy brain. */
  noise: number;
  /** Standard deviation of the logarithm of the bias field. */
  bias: number;
  /** Standard deviation of the slice profile across slices, mm. */
  sliceSdMm: number;
}

/** Means over the brain, from the brains of two BraTS cases, and the range about them that is drawn from. */
const BRAIN_MEANS: Readonly<Record<Modality, readonly [number, number]>> = {
  flair: [270, 410],
  t1: [400, 630],
  t1ce: [390, 600],
  t2: [370, 680],
};

/** Mean and standard deviation of grey matter and fluid, white matter being 1. */
const TISSUES: Readonly<Record<Modality, { grey: [number, number]; fluid: [number, number] }>> = {
  flair: { grey: [1.14, 0.04], fluid: [0.35, 0.08] },
  t1: { grey: [0.74, 0.05], fluid: [0.3, 0.06] },
  t1ce: { grey: [0.79, 0.05], fluid: [0.32, 0.06] },
  t2: { grey: [1.38, 0.1], fluid: [2.8, 0.45] },
};

/**
 * Draws a case's contrasts. The rules for lesions, relative to the mean of the healthy brain:
 *
 * - oedema: bright in FLAIR (1.25 to 1.65) and T2 (1.2 to 1.6), dark in T1 and T1ce (0.72 to 0.98)
 * - core without enhancement: in FLAIR within 4 % of oedema, so indistinguishable from it; in T2 brighter
 *   than oedema by 12 to 40 %; in T1 darker by 4 to 18 %, in T1ce by 12 to 30 %
 * - enhancing: in T1ce 1.4 to 1.95; in the other scans somewhere between core and oedema, so that it
 *   is distinguishable in T1ce only
 *
 * Their ranges are about the means of two BraTS cases (FLAIR, T1, T1ce, T2; brain 310 472 455 437 and
 * 354 549 518 587; oedema 488 539 461 510 and 318 341 340 388; core 308 333 333 526 and 362 339 390
 * 541; enhancing 445 561 675 558 and 480 771 921 824) where these agree with the physics above.
 */
export function drawContrasts(stream: RandomStream): Record<Modality, Contrast> {
  const between = (low: number, high: number): number => low + (high - low) * stream.uniform();
  const about = ([mean, sd]: readonly [number, number]): number =>
    mean + sd * Math.min(Math.max(stream.normal(), -2), 2);
  const [flair, dark, bright] = [between(1.25, 1.65), between(0.72, 0.98), between(1.2, 1.6)];
  const oedema = { flair, t1: dark, t1ce: dark * between(0.97, 1.05), t2: bright };
  const core = {
    flair: flair * between(0.96, 1.04),
    t1: oedema.t1 * between(0.82, 0.96),
    t1ce: oedema.t1ce * between(0.7, 0.88),
    t2: bright * between(1.12, 1.4),
  };
  const mix = between(0, 1);
  const enhancing = {
    flair: flair * between(0.96, 1.04),
    t1: core.t1 + mix * (oedema.t1 - core.t1),
    t1ce: between(1.4, 1.95),
    t2: core.t2 + mix * (oedema.t2 - core.t2),
  };
  const contrastOf = (modality: Modality): Contrast => ({
    brainMean: between(...BRAIN_MEANS[modality]),
    tissue: {
      white: 1,
      grey: about(TISSUES[modality].grey),
      fluid: about(TISSUES[modality].fluid),
    },
    lesion: {
      oedema: oedema[modality],
      core: core[modality],
      enhancing: enhancing[modality],
    },
    noise: between(0.015, 0.045),
    bias: between(0.02, 0.09),
    sliceSdMm: modality === 't1ce' ? between(0, 0.6) : between(0, 1.8),
  });
  return Object.fromEntries(
    MODALITIES.map((modality) => [modality, contrastOf(modality)]),
  ) as Record<Modality, Contrast>;
}
