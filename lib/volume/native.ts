/**
 * The inner loops of this room in C++ (native/volume.cc), which the set-up compiles: the same bits in a fraction of the time.
 * Node-API alone: no TensorFlow is loaded, so that worker threads can use them.
 */

interface NativeLoops {
  /** values [volumes, D, H, W], changed in place. @param far see `splineCoefficients` */
  filterSpline(values: Float64Array, d: number, h: number, w: number, far: Float64Array): void;
  /** values [D, H, W], changed in place. */
  smooth(
    values: Float64Array,
    d: number,
    h: number,
    w: number,
    kernel: Float64Array,
    reflect: boolean,
  ): void;
  resample(
    values: Float64Array,
    length: number,
    stride: number,
    indices: Int32Array,
    weights: Float64Array,
    taps: number,
    result: Float64Array,
  ): void;
  /** knots [channels, D, H, W], points [3, points], into [channels, points]. */
  interpolate(
    knots: Float64Array,
    d: number,
    h: number,
    w: number,
    points: Float64Array,
    into: Float32Array,
  ): void;
}

const ADDON = '@tensorflow/tfjs-node-gpu/lib/napi-v8/mckd_volume.node';

let loaded: NativeLoops | undefined;
let tried = false;
let held = false;

/** The compiled loops; undefined where there are none, or in `withoutNative`: then it is TypeScript. */
export function nativeLoops(): NativeLoops | undefined {
  if (held) return undefined;
  if (!tried) {
    tried = true;
    try {
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- an addon, and there may be none
      loaded = require(ADDON) as NativeLoops;
    } catch {
      // A checkout that was set up before it had these, or a processor's architecture without them.
    }
  }
  return loaded;
}

/** Runs `f` in TypeScript: for tests. */
export function withoutNative<T>(f: () => T): T {
  const before = held;
  held = true;
  try {
    return f();
  } finally {
    held = before;
  }
}
