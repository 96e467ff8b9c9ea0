/** Weights, samples, noise and masks of dropout for a golden file of SMIL, by the rule of `filling.ts`. */
import type { Drop, Mode, Network } from '../../../models/audio-visual';
import { CENTRES, centresName, type Noise } from '../../../models/smil';
import { fanIn, sizeOf } from '../../../nn/parameter-specs';
import { disposeAll, type Parameters } from '../../../nn/parameters';
import { tf } from '../../../nn/tf';
import { filled, namedUniform } from '../filling';
import type { SmilGolden } from './form';
import { featuresToKit, kitName, mapsToKit, toKit } from './layout';

/** Numbers by the file's names. */
export interface Rule {
  fill: (name: string, size: number, low?: number, high?: number) => Float32Array;
  /** Places of samples. */
  places: (name: string, count: number, size: number) => number[];
  shapes: SmilGolden['parameters'];
}

export function ruleOf(golden: SmilGolden): Rule {
  const { prefix, parameters } = golden;
  const before = samplePrefix(golden);
  return {
    fill: (name, size, low = -1, high = 1) => filled(prefix + name, size, low, high),
    places: (name, count, size) => placesOf(before + name, count, size),
    shapes: parameters,
  };
}

/**
 * Whether the prefix is before the names of samples, too: where two places are the same, so are the values that a file shows
 * there.
 */
function samplePrefix({ prefix, float64: { forward } }: SmilGolden): string {
  const summaries = Object.values(forward ?? {}).flatMap((one) => Object.values(one));
  const agrees = (before: string): boolean =>
    summaries.every(({ shape, sampled }) => {
      const places = placesOf(`${before}sample`, sampled.length, sizeOf(shape));
      return places.every((place, i) => sampled[places.indexOf(place)] === sampled[i]);
    });
  return agrees(prefix) || !agrees('') ? prefix : '';
}

/** Of the uniform numbers in float64: rounded to float32, one may reach the next place. */
function placesOf(name: string, count: number, size: number): number[] {
  const next = namedUniform(name);
  return Array.from({ length: count }, () => Math.floor(next() * size));
}

export function fillParameter(rule: Rule, name: string, shape: readonly number[]): Float32Array {
  const size = sizeOf(shape);
  if (shape.length > 1) {
    const bound = Math.sqrt(3 / fanIn(shape));
    return rule.fill(name, size, -bound, bound);
  }
  return name.endsWith('.weight')
    ? rule.fill(name, size, 0.5, 1.5)
    : rule.fill(name, size, -0.2, 0.2);
}

const variable = (make: () => tf.Tensor): tf.Variable => tf.tidy(() => tf.variable(make()));

/** SMIL's net and E by the rule, without the layers that have no effect. */
export function networkOf(rule: Rule): Network {
  const parameters: Parameters = {};
  for (const [full, shape] of Object.entries(rule.shapes)) {
    const name = kitName(full.replace(/^net\./, ''));
    if (name === undefined) continue;
    parameters[name] = variable(() => toKit(name, shape, fillParameter(rule, full, shape)));
  }
  const statistics: Parameters = {};
  for (const [i, channels] of [32, 48, 20].entries()) {
    const [own, theirs] = [`speech.norm${i + 1}`, `net.sound_extractor.bn${i + 1}`];
    const bounds: [string, number, number][] = [
      ['running_mean', -0.2, 0.2],
      ['running_var', 0.5, 1.5],
    ];
    for (const [what, low, high] of bounds)
      statistics[`${own}.${what}`] = variable(() =>
        tf.tensor1d(rule.fill(`${theirs}.${what}`, channels, low, high)),
      );
  }
  statistics[centresName('speech')] = variable(() =>
    featuresToKit(rule.fill('sound_mean', CENTRES * 320, 0, 1), CENTRES, 320),
  );
  return { parameters, statistics };
}

export function disposeNetwork({ parameters, statistics }: Network): void {
  disposeAll(parameters);
  disposeAll(statistics);
}

interface Samples {
  images: tf.Tensor4D;
  speech: tf.Tensor4D;
  labels: tf.Tensor1D;
}

/** In a tidy of the caller's. */
export function samplesOf({ fill }: Rule, tag: string, count: number): Samples {
  const digits = fill(`labels/${tag}`, count, 0, 1).map((u) => Math.floor(10 * u));
  return {
    images: tf.tensor4d(fill(`images/${tag}`, count * 784), [count, 28, 28, 1]),
    speech: tf.tensor4d(fill(`sounds/${tag}`, count * 400), [count, 20, 20, 1]),
    labels: tf.tensor1d(Array.from(digits), 'int32'),
  };
}

export function noiseOf({ fill }: Rule, pass: string): Noise {
  return (layer, shape) => {
    const [rows, width] = shape;
    return featuresToKit(fill(`noise/${pass}/${layer}`, rows * width), rows, width);
  };
}

/** Batch statistics without dropout. */
export const UNDROPPED: Mode = {
  training: true,
  seed: () => tf.zeros([2], 'int32'),
  drop: (x) => x.clone(),
};

/** Dropout by the file's masks. @param numbers of the dropouts of the pass, in the order in which the kit has them */
export function maskedMode({ fill }: Rule, pass: string, numbers: readonly number[]): Mode {
  let next = 0;
  const drop: Drop = (x, rate) => {
    const u = fill(`mask/${pass}/${numbers[next++]}`, x.size, 0, 1);
    const kept = u.map((value) => (value >= rate ? 1 / (1 - rate) : 0));
    const mask =
      x.rank === 4 ? mapsToKit(kept, x.shape) : featuresToKit(kept, x.shape[0], x.shape[1] ?? 1);
    return tf.mul(x, mask);
  };
  return { training: true, seed: () => tf.zeros([2], 'int32'), drop, keepStatistics: true };
}
