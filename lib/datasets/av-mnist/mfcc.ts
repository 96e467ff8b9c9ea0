/**
 * Mel-frequency cepstral coefficients of a spoken digit, [20 coefficients, 20 frames], as SMIL
 * computes them (github mengmenm/SMIL, src/utils/wav2mfcc.py): librosa.feature.mfcc of every
 * third sample with the rate declared as 8000 Hz, padded with zeros on the right.
 * By hand: npm has no port of librosa, and meyda has other conventions.
 */
import FFT from 'fft.js';

/** Coefficients kept, and frames after padding. */
export const MFCC_SIZE = 20;

const FFT_SIZE = 2048;
const HOP = 512;
const BINS = FFT_SIZE / 2 + 1;
const BANDS = 128;
const DECLARED_RATE = 8000;
const KEEP_EVERY = 3;
const SMALLEST_POWER = 1e-10;
const RANGE_DECIBEL = 80;

/** Periodic Hann window, as scipy's get_window('hann', 2048, fftbins=True). */
const WINDOW = Float64Array.from(
  { length: FFT_SIZE },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / FFT_SIZE),
);

/**
 * The MFCC of one clip.
 *
 * @param samples amplitudes in -1..1 at the recording's own 8000 Hz, [samples], at least one
 * @returns [20 coefficients, 20 frames] in C order, in dB as librosa gives them (not scaled to -1..1);
 *   frames beyond the clip are 0, frames beyond the twentieth are cut off
 */
export function mfcc(samples: ArrayLike<number>): Float32Array {
  const kept = Float64Array.from(
    { length: Math.ceil(samples.length / KEEP_EVERY) },
    (_, i) => samples[i * KEEP_EVERY],
  );
  const decibel = melDecibel(kept);
  const map = new Float32Array(MFCC_SIZE * MFCC_SIZE);
  for (let frame = 0; frame < Math.min(decibel.length, MFCC_SIZE); frame++) {
    // DCT-II, orthonormal: c_k = s_k * sum_n x_n cos(pi k (2n + 1) / 2N).
    for (let k = 0; k < MFCC_SIZE; k++) {
      let sum = 0;
      for (let n = 0; n < BANDS; n++) {
        sum += decibel[frame][n] * COSINES[k * BANDS + n];
      }
      map[k * MFCC_SIZE + frame] = sum;
    }
  }
  return map;
}

const COSINES = Float64Array.from({ length: MFCC_SIZE * BANDS }, (_, i) => {
  const k = Math.floor(i / BANDS);
  const scale = Math.sqrt((k === 0 ? 1 : 2) / BANDS);
  return scale * Math.cos((Math.PI * k * (2 * (i % BANDS) + 1)) / (2 * BANDS));
});

/** Mel power in dB per frame, [frames][128], no lower than 80 dB below the clip's loudest cell. */
function melDecibel(signal: Float64Array): Float64Array[] {
  const half = FFT_SIZE / 2;
  const frames = 1 + Math.floor(signal.length / HOP);
  const fft = new FFT(FFT_SIZE);
  const input: number[] = new Array<number>(FFT_SIZE);
  const spectrum = fft.createComplexArray() as number[];
  const bands: Float64Array[] = [];
  let loudest = -Infinity;
  for (let frame = 0; frame < frames; frame++) {
    for (let i = 0; i < FFT_SIZE; i++) {
      input[i] = WINDOW[i] * signal[reflect(frame * HOP + i - half, signal.length)];
    }
    fft.realTransform(spectrum, input);
    const decibel = new Float64Array(BANDS);
    for (let band = 0; band < BANDS; band++) {
      const { first, weights } = MEL_FILTERS[band];
      let power = 0;
      for (let j = 0; j < weights.length; j++) {
        const re = spectrum[2 * (first + j)];
        const im = spectrum[2 * (first + j) + 1];
        power += weights[j] * (re * re + im * im);
      }
      decibel[band] = 10 * Math.log10(Math.max(SMALLEST_POWER, power));
      loudest = Math.max(loudest, decibel[band]);
    }
    bands.push(decibel);
  }
  for (const decibel of bands) {
    for (let band = 0; band < BANDS; band++) {
      decibel[band] = Math.max(decibel[band], loudest - RANGE_DECIBEL);
    }
  }
  return bands;
}

/** Index of a mirrored signal, mirrored again where the clip is shorter than the padding (numpy.pad 'reflect'). */
function reflect(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const wrapped = ((index % period) + period) % period;
  return wrapped < length ? wrapped : period - wrapped;
}

/** Slaney's mel scale: linear below 1000 Hz, logarithmic above (librosa's default, htk=False). */
const HERTZ_PER_MEL = 200 / 3;
const LOG_START_HERTZ = 1000;
const LOG_START_MEL = LOG_START_HERTZ / HERTZ_PER_MEL;
const LOG_STEP = Math.log(6.4) / 27;

function melOfHertz(hertz: number): number {
  return hertz < LOG_START_HERTZ
    ? hertz / HERTZ_PER_MEL
    : LOG_START_MEL + Math.log(hertz / LOG_START_HERTZ) / LOG_STEP;
}

function hertzOfMel(mel: number): number {
  return mel < LOG_START_MEL
    ? mel * HERTZ_PER_MEL
    : LOG_START_HERTZ * Math.exp(LOG_STEP * (mel - LOG_START_MEL));
}

/** A triangle over FFT bins `first`, `first + 1`, ...; its area over frequency is 1 (norm='slaney'). */
interface MelFilter {
  first: number;
  weights: number[];
}

const MEL_FILTERS: MelFilter[] = melFilters();

function melFilters(): MelFilter[] {
  const top = melOfHertz(DECLARED_RATE / 2);
  const edges = Array.from({ length: BANDS + 2 }, (_, i) => hertzOfMel((top * i) / (BANDS + 1)));
  return Array.from({ length: BANDS }, (_, band) => {
    const [low, peak, high] = edges.slice(band, band + 3);
    const filter: MelFilter = { first: 0, weights: [] };
    for (let bin = 0; bin < BINS; bin++) {
      const hertz = (bin * DECLARED_RATE) / FFT_SIZE;
      const height = Math.min((hertz - low) / (peak - low), (high - hertz) / (high - peak));
      if (height <= 0) continue;
      if (filter.weights.length === 0) filter.first = bin;
      filter.weights.push((height * 2) / (high - low));
    }
    return filter;
  });
}
