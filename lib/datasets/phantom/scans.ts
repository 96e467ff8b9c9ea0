/** The four scans of a case: contrast, texture, slice profile, bias field, noise. */
import { MODALITIES, type Modality } from '../../base/modality';
import type { RandomStream } from '../../base/random';
import type { Contrast } from './contrast';
import type { Distractors } from './distractors';
import type { PhantomGrid } from './grid';
import { smoothField } from './smooth-field';
import type { Tumour } from './tumour';
import { blur } from './volume-filters';
import type { WarpedBrain } from './warp';

export interface ScanParts {
  grid: PhantomGrid;
  warped: WarpedBrain;
  tumour: Tumour;
  distractors: Distractors;
  contrasts: Readonly<Record<Modality, Contrast>>;
}

/** Added brightness of a hyperintensity and a vessel, relative to the mean of the healthy brain. */
const HYPERINTENSITY: Readonly<Record<Modality, number>> = {
  flair: 0.45,
  t1: -0.1,
  t1ce: -0.1,
  t2: 0.25,
};
const VESSEL: Readonly<Record<Modality, number>> = { flair: 0, t1: 0, t1ce: 1.1, t2: -0.15 };
/** How much of the tissue shows through oedema. */
const SHOWS_THROUGH = 0.25;
/** Standard deviations of the texture of the brain and of the tumour, of the logarithm. */
const BRAIN_TEXTURE = 0.02;
const TUMOUR_TEXTURE = 0.07;
/** Least factor on intensities: with coarser steps rounding would outweigh the noise. */
const LEAST_SCALE = 1 / 25;

/**
 * Factor on the intensities of a grid. The authors' normalisation clips at the last bin of one unit's
 * width that holds 50 voxels; with 1 / (volume of a voxel in mm3) such a bin holds on every grid the
 * same share of the brain as at 1 mm, and what is clipped is the same. Voxels above 2.9 mm keep the
 * least factor; at 3.75 mm about half of the enhancing voxels of T1ce are clipped with it, still well
 * above the brain, and a tenth of the oedema in FLAIR.
 */
export function intensityScale({ spacing }: PhantomGrid): number {
  return Math.min(1, Math.max(1 / spacing ** 3, LEAST_SCALE));
}

/** The scans, [voxels] each: background exactly 0, at least 1 inside the brain. */
export function makeScans(parts: ScanParts, stream: RandomStream): Record<Modality, Int16Array> {
  const texture = smoothField(stream.split('texture'), parts.grid, 5);
  const scans = MODALITIES.map((modality): [Modality, Int16Array] => [
    modality,
    makeScan(parts, modality, texture, stream.split(modality)),
  ]);
  return Object.fromEntries(scans) as Record<Modality, Int16Array>;
}

function makeScan(
  parts: ScanParts,
  modality: Modality,
  texture: Float32Array,
  stream: RandomStream,
): Int16Array {
  const { grid, warped, contrasts } = parts;
  const { brain } = warped;
  const { brainMean, noise, bias, sliceSdMm } = contrasts[modality];
  const image = noiselessImage(parts, modality, texture);
  // Blurred together with the mask, so that the brain doesn't darken at its edge.
  const sigma = sliceSdMm / grid.spacing;
  const blurred = sigma > 0.2 ? blur(image, grid.shape, sigma, [2]) : image;
  const cover = sigma > 0.2 ? blur(brain, grid.shape, sigma, [2]) : undefined;
  const field = smoothField(stream.split('bias'), grid, 70);
  const real = noiseImage(brain, grid, stream.split('real'));
  const imaginary = stream.split('imaginary');
  const scale = brainMean * intensityScale(grid);
  const scan = new Int16Array(brain.length);
  for (let i = 0; i < scan.length; i++) {
    if (!brain[i]) continue;
    const signal = (blurred[i] / (cover?.[i] ?? 1)) * Math.exp(bias * field[i]);
    // The magnitude of a complex signal with Gaussian noise: Rician.
    const magnitude = Math.hypot(signal + noise * real[i], noise * imaginary.normal());
    scan[i] = Math.min(Math.max(Math.round(scale * magnitude), 1), 32767);
  }
  return scan;
}

/** Intensities relative to the mean of the healthy brain; 0 outside. */
function noiselessImage(
  { warped, tumour, distractors, contrasts }: ScanParts,
  modality: Modality,
  texture: Float32Array,
): Float32Array {
  const { brain, grey, white, fluid } = warped;
  const { tissue, lesion } = contrasts[modality];
  const image = new Float32Array(brain.length);
  let [sum, count] = [0, 0];
  for (let i = 0; i < image.length; i++) {
    if (!brain[i]) continue;
    image[i] = tissue.white * white[i] + tissue.grey * grey[i] + tissue.fluid * fluid[i];
    sum += image[i];
    count += 1;
  }
  const mean = sum / count;
  for (let i = 0; i < image.length; i++) {
    if (!brain[i]) continue;
    const added =
      HYPERINTENSITY[modality] * distractors.hyperintensities[i] +
      VESSEL[modality] * distractors.vessels[i];
    const healthy = image[i] / mean;
    const [whole, core, enhancing] = [tumour.whole[i], tumour.core[i], tumour.enhancing[i]];
    const oedema = lesion.oedema + SHOWS_THROUGH * (healthy - 1);
    const inCore = enhancing * lesion.enhancing + (1 - enhancing) * lesion.core;
    const ill = ((1 - core) * oedema + core * inCore) * Math.exp(TUMOUR_TEXTURE * texture[i]);
    const well = Math.max((healthy + added) * Math.exp(BRAIN_TEXTURE * texture[i]), 0.02);
    image[i] = whole * ill + (1 - whole) * well;
  }
  return image;
}

/**
 * Gaussian noise of variance 1 inside the brain. On fine grids neighbours share a part of it, as
 * in scans that were resampled to 1 mm.
 */
function noiseImage(brain: Uint8Array, grid: PhantomGrid, stream: RandomStream): Float32Array {
  const noise = new Float32Array(brain.length);
  for (let i = 0; i < noise.length; i++) if (brain[i]) noise[i] = stream.normal();
  if (grid.spacing > 1.5) return noise;
  const sigma = 0.6 / grid.spacing;
  const smooth = blur(noise, grid.shape, sigma);
  // Deep inside the brain; at its edge the noise is a little weaker.
  const taps = blur([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0], [11, 1, 1], sigma, [0]);
  const gain = taps.reduce((sum, tap) => sum + tap * tap, 0) ** -1.5;
  for (let i = 0; i < smooth.length; i++) smooth[i] *= gain;
  return smooth;
}
