/**
 * How far the filled features are from those of the scans they replace, and how similar the features
 * of different scans and cases are. Arithmetic on plain arrays in double precision; the encoder at the end.
 */
import type { Sample } from '../loading/sampling';
import { UserError } from '../base/errors';
import { MODALITIES, MODALITY_NAMES, type Modality } from '../base/modality';
import { mean } from '../base/statistics';
import { encodeModalities } from '../models/segmentation';
import type { NamedTensors } from '../nn/parameters';
import { tf } from '../nn/tf';

/** Bottleneck features f_m of the four modalities, each flattened; in the order of `MODALITIES`. */
export type FeatureVectors = readonly ArrayLike<number>[];

/** Between a filled feature g and the true one f, both flattened. */
export interface FeatureDistance {
  /** sum |g - f| */
  l1: number;
  /** sqrt(sum (g - f)^2) */
  l2: number;
  /** g . f / (|g| |f|): 1 if they have the same direction; 0 if one of them is 0. */
  cosine: number;
}

/** Summed over the missing scans, as the authors print it, and of each missing scan. */
export interface FeatureDistances extends FeatureDistance {
  byScan: Partial<Record<Modality, FeatureDistance>>;
}

/**
 * Features filled for missing scans against those that the scans would have
 * had, g = mean over `present` of f_k against f_m for each m in `missing`.
 *
 * @param features of all four scans
 * @throws UserError if no scan is present or missing, or one is both
 */
export function distancesToFilled(
  features: FeatureVectors,
  present: readonly Modality[],
  missing: readonly Modality[],
): FeatureDistances {
  checkScans(present, missing);
  const of = (modality: Modality): ArrayLike<number> => features[MODALITIES.indexOf(modality)];
  const own = present.map(of);
  const filled = Float64Array.from(own[0], (_, i) => mean(own.map((feature) => feature[i])));
  const distances = missing.map((modality) => distanceBetween(filled, of(modality)));
  const sum = (key: keyof FeatureDistance): number =>
    distances.reduce((total, distance) => total + distance[key], 0);
  return {
    l1: sum('l1'),
    l2: sum('l2'),
    cosine: sum('cosine'),
    byScan: Object.fromEntries(missing.map((modality, i) => [modality, distances[i]])),
  };
}

/**
 * Each scan filled from the other three, mean over cases.
 * @param cases the features of at least one case
 * @returns the sums over the four scans, and each of them in `byScan`
 */
export function meanFilledDistances(cases: readonly FeatureVectors[]): FeatureDistances {
  const measures = ['l1', 'l2', 'cosine'] as const;
  const ofScan = (missing: Modality): FeatureDistance => {
    const present = MODALITIES.filter((modality) => modality !== missing);
    const all = cases.map((features) => distancesToFilled(features, present, [missing]));
    const means = measures.map((key) => [key, mean(all.map((one) => one[key]))] as const);
    return Object.fromEntries(means) as unknown as FeatureDistance;
  };
  const byScan = Object.fromEntries(MODALITIES.map((modality) => [modality, ofScan(modality)]));
  const sum = (key: keyof FeatureDistance): number =>
    MODALITIES.reduce((total, modality) => total + byScan[modality][key], 0);
  return { l1: sum('l1'), l2: sum('l2'), cosine: sum('cosine'), byScan };
}

function checkScans(present: readonly Modality[], missing: readonly Modality[]): void {
  const both = missing.find((modality) => present.includes(modality));
  const names = (scans: readonly Modality[]): string =>
    scans.map((modality) => MODALITY_NAMES[modality]).join(', ') || 'none';
  if (present.length > 0 && missing.length > 0 && both === undefined) return;
  throw new UserError(
    `present: ${names(present)}; missing: ${names(missing)}; give at least one scan of each, and none twice`,
    { code: 'BAD_VALUE', field: 'missing', value: missing },
  );
}

function distanceBetween(a: ArrayLike<number>, b: ArrayLike<number>): FeatureDistance {
  let [l1, squares, product, lengthA, lengthB] = [0, 0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const difference = a[i] - b[i];
    l1 += Math.abs(difference);
    squares += difference * difference;
    product += a[i] * b[i];
    lengthA += a[i] * a[i];
    lengthB += b[i] * b[i];
  }
  const lengths = Math.sqrt(lengthA * lengthB);
  return { l1, l2: Math.sqrt(squares), cosine: lengths > 0 ? product / lengths : 0 };
}

/** How similar features are. If all three are small, the encoder's output hardly depends on its input. */
export interface FeatureSpread {
  /** mean |f_i - f_j| between two scans of one case. */
  betweenScans: number;
  /** mean |f(a) - f(b)| between two cases, of one scan. */
  betweenCases: number;
  /** mean |f|, the scale of the other two. */
  magnitude: number;
}

/**
 * Means over all features, pairs of scans, cases, and pairs of cases.
 * @param cases the features of at least two cases, on crops of one size
 * @throws UserError where there are fewer
 */
export function featureSpread(cases: readonly FeatureVectors[]): FeatureSpread {
  if (cases.length < 2) {
    throw new UserError(
      `features of ${cases.length} case(s) have no spread between cases; give at least two`,
      { code: 'MISSING', field: 'cases', value: cases.length },
    );
  }
  const scans = [...MODALITIES.keys()];
  return {
    betweenScans: mean(
      cases.flatMap((features) =>
        pairsOf(scans).map(([i, j]) => meanDistance(features[i], features[j])),
      ),
    ),
    betweenCases: mean(
      pairsOf(cases).flatMap(([a, b]) => scans.map((m) => meanDistance(a[m], b[m]))),
    ),
    magnitude: mean(cases.flatMap((features) => features.map((f) => meanDistance(f)))),
  };
}

function pairsOf<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((a, i) => items.slice(i + 1).map((b): [T, T] => [a, b]));
}

/** mean |a - b|, or mean |a|. */
function meanDistance(a: ArrayLike<number>, b?: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - (b ? b[i] : 0));
  return sum / a.length;
}

/**
 * The bottleneck features of images [N, D, H, W, 4] that have all four scans, each modality's flattened
 * over samples, space and channels. Leaks no tensor; the images stay the caller's.
 */
function encodeFeatures(parameters: NamedTensors, images: tf.Tensor5D): Float32Array[] {
  const { features, skips } = encodeModalities(parameters, images);
  const vectors = features.map((feature) => feature.dataSync() as Float32Array);
  tf.dispose([...features, ...skips]);
  return vectors;
}

/** The same of one crop with its channels outside, such as `tumourCrop` cuts. */
export function encodeSample(
  parameters: NamedTensors,
  { size, images }: Pick<Sample, 'size' | 'images'>,
): Float32Array[] {
  const tensor = tf.tidy(() =>
    tf.transpose(tf.tensor(images, [1, MODALITIES.length, ...size]), [0, 2, 3, 4, 1]),
  ) as tf.Tensor5D;
  try {
    return encodeFeatures(parameters, tensor);
  } finally {
    tensor.dispose();
  }
}

/**
 * `distancesToFilled` of a network on images [N, D, H, W, 4] that have all four scans. The encoder sees a
 * scan on its own, so one pass gives both the present and the missing ones.
 * @param missing default: all scans that aren't present
 */
export function featureDistances(
  parameters: NamedTensors,
  images: tf.Tensor5D,
  present: readonly Modality[],
  missing: readonly Modality[] = MODALITIES.filter((modality) => !present.includes(modality)),
): FeatureDistances {
  return distancesToFilled(encodeFeatures(parameters, images), present, missing);
}
