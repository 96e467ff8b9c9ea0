/** Change of sample rate by a band-limited (windowed sinc) filter. */

/** Zero crossings of the sinc on each side: a transition of about 300 Hz at 8000 Hz. */
const CROSSINGS = 32;
/** Where the filter starts to fall, as a share of the lower Nyquist frequency. */
const CUTOFF = 0.94;

/**
 * Resamples a signal, with everything above the new Nyquist frequency filtered out first (Blackman
 * window, stop band below -70 dB). Output sample n is the signal at time n / toRate.
 *
 * @param samples [samples] at `fromRate` Hz, taken as zero outside
 * @returns [ceil(samples * toRate / fromRate)]
 */
export function resample(samples: Float32Array, fromRate: number, toRate: number): Float32Array {
  // Cycles per input sample at which the filter cuts.
  const cutoff = (CUTOFF * Math.min(1, toRate / fromRate)) / 2;
  const reach = Math.ceil(CROSSINGS / (2 * cutoff));
  const common = greatestCommonDivisor(fromRate, toRate);
  const up = toRate / common;
  const down = fromRate / common;
  const filters = Array.from({ length: up }, (_, phase) => filterAt(phase / up, cutoff, reach));
  return Float32Array.from({ length: Math.ceil((samples.length * up) / down) }, (_, n) => {
    const filter = filters[(n * down) % up];
    const first = Math.floor((n * down) / up) - reach + 1;
    let sum = 0;
    for (let j = Math.max(0, -first); j < filter.length && first + j < samples.length; j++) {
      sum += filter[j] * samples[first + j];
    }
    return sum;
  });
}

/** Taps for the input samples -reach + 1 .. reach around a point `fraction` after sample 0; they sum to 1. */
function filterAt(fraction: number, cutoff: number, reach: number): Float64Array {
  const taps = Float64Array.from({ length: 2 * reach }, (_, j) => {
    const x = j - reach + 1 - fraction;
    const phase = 2 * Math.PI * cutoff * x;
    const sinc = x === 0 ? 1 : Math.sin(phase) / phase;
    const angle = (Math.PI * x) / reach;
    return sinc * (0.42 + 0.5 * Math.cos(angle) + 0.08 * Math.cos(2 * angle));
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
