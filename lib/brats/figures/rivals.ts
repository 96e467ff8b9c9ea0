/** What each rival does with an absent scan, seen in a trained network on a crop; the absent one is T1ce. */
import {
  availabilityOf,
  MODALITIES,
  MODALITY_NAMES,
  subsetIndex,
  type Modality,
} from '../../base/modality';
import { REGIONS } from '../../datasets/brats';
import { meanOf } from '../../experiment/metrics';
import type { Sample } from '../../loading/sampling';
import type { Drop } from '../../models/attention';
import { electTeachers } from '../../models/lckd';
import { encodeMmformer, fuseMmformer } from '../../models/mmformer';
import { runRfnet, STACKED } from '../../models/rfnet';
import { ROBUSTSEG_ORIGINAL, ROBUSTSEG_SCANS, runRobustseg } from '../../models/robustseg';
import { encodeModalities } from '../../models/segmentation';
import { runShaspec } from '../../models/shaspec';
import { encodeUhemis, uhemisMoments } from '../../models/uhemis';
import { encodeUhved, gaussiansOf, UHVED_ORIGINAL, uhvedProduct } from '../../models/uhved';
import type { NamedTensors } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import {
  barsFigure,
  curvesFigure,
  heatmapFigure,
  imageGridFigure,
  type Figure,
  type FigureTitle,
  type Picture,
} from '../../report/figures';
import { voxelCount } from '../../volume/size';
import { maskOf } from '../available';
import { labelsOfProbabilities } from '../infer/labels';
import { regionsOfClasses } from '../models/classes';
import type { BratsRun } from '../run-record';
import { diceMetric } from '../scores';
import { caseFigure, rowHeight } from './slices';
import { scanPicture, tumourSlice, viewSlice, type SliceView } from './view';

/** A trained network of the rival and a crop, normalised as its training's were. */
export interface RivalLook extends FigureTitle {
  network: { parameters: NamedTensors };
  crop: Sample;
}

/** `compute` in a tidy; it returns no tensors. */
function inTidy<T>(compute: () => T): T {
  let result: T;
  tf.tidy(() => {
    result = compute();
  });
  return result!;
}

const ABSENT: Modality = 't1ce';
const REST = MODALITIES.filter((modality) => modality !== ABSENT);
const WITHOUT = `without ${MODALITY_NAMES[ABSENT]}`;

/** [1, D, H, W, 1] of each modality. */
function scansOf({ size, images }: Sample): tf.Tensor5D[] {
  const count = voxelCount(size);
  return MODALITIES.map((_, m) =>
    tf.tensor5d(images.slice(m * count, (m + 1) * count), [1, ...size, 1]),
  );
}

const allScans = (crop: Sample): tf.Tensor5D => tf.concat(scansOf(crop), 4);

/** The axial slice with the most tumour. */
const viewOf = (crop: Sample): SliceView =>
  viewSlice(crop, tumourSlice(crop.regions, crop.size), 96);

/** A channel of a tensor [1, D, H, W, C] in a view, between its least and largest value: whole numbers, so that a notebook stays small. */
function channelPicture(
  map: tf.Tensor,
  channel: number,
  { width, height, voxels }: SliceView,
): Picture {
  const channels = map.shape[4]!;
  const values = map.dataSync();
  const shown = Float32Array.from(voxels, (voxel) => values[voxel * channels + channel]);
  const [low, high] = shown.reduce(
    ([a, b], v) => [Math.min(a, v), Math.max(b, v)],
    [Infinity, -Infinity],
  );
  const pixels = Uint8Array.from(shown, (v) => Math.round((255 * (v - low)) / (high - low || 1)));
  return { width, height, pixels, range: [0, 255] };
}

/**
 * U-HeMIS: a feature map of each scan, and its mean and variance over the available ones. The channel is the one of the
 * finest level whose mean varies most over the crop.
 */
export function uhemisMomentsFigure({ network, crop, ...title }: RivalLook): Figure {
  return inTidy(() => {
    const { parameters } = network;
    const view = viewOf(crop);
    const maps = scansOf(crop).map((scan, m) => encodeUhemis(parameters, m, scan)[0]);
    const all = uhemisMoments(maps, maskOf([MODALITIES]));
    const rest = uhemisMoments(maps, maskOf([REST]));
    const { variance } = tf.moments(all.mean, [0, 1, 2, 3]);
    const channel = tf.argMax(variance).dataSync()[0];
    const picture = (name: string, map: tf.Tensor): Picture => ({
      ...channelPicture(map, channel, view),
      title: name,
    });
    return imageGridFigure({
      ...title,
      columns: MODALITIES.length,
      rowHeight: rowHeight(MODALITIES.length),
      images: [
        ...maps.map((map, m) => picture(MODALITY_NAMES[MODALITIES[m]], map)),
        picture('mean', all.mean),
        picture('variance', all.variance),
        picture(`mean ${WITHOUT}`, rest.mean),
        picture(`variance ${WITHOUT}`, rest.variance),
      ],
    });
  });
}

/** Points of a density's curve. */
const POINTS = 121;

/**
 * U-HVED: at the voxel in the middle of the crop and the deepest level, the Gaussian of each scan in one channel, and the
 * product of the available ones with N(0, 1). The channel is the one where T1ce is surest.
 */
export function uhvedGaussiansFigure({ network, crop, ...title }: RivalLook): Figure {
  return inTidy(() => {
    const encoded = scansOf(crop).map((scan, m) =>
      encodeUhved(network.parameters, m, scan, UHVED_ORIGINAL),
    );
    const gaussians = gaussiansOf(encoded).at(-1)!;
    const [, d, h, w, channels] = gaussians[0].mean.shape;
    const middle = ((d >> 1) * h + (h >> 1)) * w + (w >> 1);
    const at = (map: tf.Tensor, channel: number): number =>
      map.dataSync()[middle * channels + channel];
    const own = gaussians[MODALITIES.indexOf(ABSENT)].logVariance;
    const surest = Array.from({ length: channels }, (_, c) => c).reduce((best, c) =>
      at(own, c) < at(own, best) ? c : best,
    );
    const named = [
      ...gaussians.map((one, m) => ({
        name: MODALITY_NAMES[MODALITIES[m]],
        one,
        dash: 'dot' as const,
      })),
      {
        name: 'product of all',
        one: uhvedProduct(gaussians, maskOf([MODALITIES])),
        dash: 'solid' as const,
      },
      {
        ...{ name: `product ${WITHOUT}`, dash: 'dash' as const },
        one: uhvedProduct(gaussians, maskOf([REST])),
      },
    ];
    const numbers = named.map(({ one }) => ({
      mean: at(one.mean, surest),
      deviation: Math.exp(at(one.logVariance, surest) / 2),
    }));
    // Three deviations of the widest product at least, and every mean.
    const reach = Math.max(3, ...numbers.map(({ mean }) => Math.abs(mean) + 1));
    const x = Array.from({ length: POINTS }, (_, i) => (2 * i * reach) / (POINTS - 1) - reach);
    return curvesFigure({
      ...title,
      x: { title: 'value of the feature' },
      y: { title: 'density' },
      series: named.map(({ name, dash }, i) => ({
        ...{ name, dash, x, colour: i },
        y: x.map((value) => Number(density(value, numbers[i]).toPrecision(4))),
      })),
    });
  });
}

function density(x: number, { mean, deviation }: { mean: number; deviation: number }): number {
  return Math.exp(-(((x - mean) / deviation) ** 2) / 2) / (deviation * Math.sqrt(2 * Math.PI));
}

/** RobustSeg: T1ce, and as it is rebuilt of its style and the fused content of all scans, then of the others alone. */
export function robustsegRebuiltFigure({ network, crop, ...title }: RivalLook): Figure {
  return inTidy(() => {
    const view = viewOf(crop);
    const images = allScans(crop);
    const own = ROBUSTSEG_SCANS.findIndex(
      ({ modality }) => modality === MODALITIES.indexOf(ABSENT),
    );
    const rebuilt = (available: readonly Modality[]): tf.Tensor =>
      runRobustseg(network.parameters, images, maskOf([available]), ROBUSTSEG_ORIGINAL).scans[own]
        .image;
    const picture = (name: string, map: tf.Tensor): Picture => ({
      ...channelPicture(map, 0, view),
      title: name,
    });
    return imageGridFigure({
      ...title,
      columns: 3,
      rowHeight: rowHeight(3),
      images: [
        { ...scanPicture(crop, ABSENT, view), title: MODALITY_NAMES[ABSENT] },
        picture('rebuilt, content of all four scans', rebuilt(MODALITIES)),
        picture(`rebuilt, content ${WITHOUT}`, rebuilt(REST)),
      ],
    });
  });
}

/**
 * RFNet: the map that cuts the features of the coarsest level into background, core, oedema and enhancing tumour, and the
 * segmentation: with all scans, and without T1ce.
 */
export function rfnetRegionsFigure({ network, crop, ...title }: RivalLook): Figure {
  return inTidy(() => {
    const images = allScans(crop);
    const labels = (classes: tf.Tensor5D): Uint8Array =>
      labelsOfProbabilities(
        tf
          .transpose(tf.squeeze(regionsOfClasses(classes), [0]), [3, 0, 1, 2])
          .dataSync<'float32'>(),
        'classes',
      );
    const predictions = [
      { name: '', available: MODALITIES },
      { name: `, ${WITHOUT}`, available: REST },
    ].flatMap(({ name, available }) => {
      const options = { padding: 'zeros' } as const;
      const run = runRfnet(network.parameters, images, maskOf([available]), options);
      return [
        { name: `level 4${name}`, labels: labels(run.maps.at(-1)!) },
        { name: `fused${name}`, labels: labels(run.probabilities) },
      ];
    });
    return caseFigure({ ...title, prepared: crop, predictions });
  });
}

/**
 * mmFormer: how much the tokens of a scan attend to those of each, mean over heads and tokens, rows of sum 1: with all
 * scans, and without T1ce, whose tokens are then 0 but for their position.
 */
export function mmformerAttentionFigure({ network, crop, ...title }: RivalLook): Figure {
  return inTidy(() => {
    const options = { padding: 'zeros', heads: 8 } as const;
    const scans = scansOf(crop);
    const encoded = scans.map((scan, m) => encodeMmformer(network.parameters, m, scan, options));
    const rows = [
      { name: '', available: MODALITIES },
      { name: `, ${WITHOUT}`, available: REST },
    ].flatMap(({ name, available }) => {
      const weights = attentionOf((drop) =>
        fuseMmformer(network.parameters, encoded, maskOf([available]), { ...options, drop }),
      );
      const tokens = weights.shape[2]!;
      const each = tokens / STACKED.length;
      const grouped = tf.reshape(tf.mean(weights, [0, 1]), [
        ...[STACKED.length, each],
        ...[STACKED.length, each],
      ]);
      const sums = tf.mean(tf.sum(grouped, 3), 1) as tf.Tensor2D;
      return sums.arraySync().map((values, i) => ({ label: `${labelOf(i)}${name}`, values }));
    });
    return heatmapFigure({
      ...title,
      x: { title: 'tokens of', labels: STACKED.map((_, i) => labelOf(i)) },
      y: { title: 'attention of', labels: rows.map(({ label }) => label) },
      values: rows.map(({ values }) => values),
      digits: 2,
    });
  });
}

/** The softmax of the attention, [N, heads, T, T]: what a dropout is given with heads. In a tidy of the caller's. */
function attentionOf(run: (drop: Drop) => unknown): tf.Tensor {
  const given: tf.Tensor[] = [];
  run((x) => {
    // Behind the end of the attention's own tidy.
    if (x.rank === 4) given.push(tf.keep(x.clone()));
    return x;
  });
  const copy = given[0].clone();
  tf.dispose(given);
  return copy;
}

/** The scan of a place in `STACKED`. */
const labelOf = (place: number): string => MODALITY_NAMES[MODALITIES[STACKED[place].modality]];

export interface SharedFeaturesLook extends RivalLook {
  /** A network that draws no features together: random subsets without distillation. */
  plain: { parameters: NamedTensors };
}

/**
 * ShaSpec: the mean difference |f_i - f_j| of the scans' shared features, over the mean |f|, for each pair of scans;
 * beside it that of a network of the same kind without the loss that draws them together.
 */
export function shaspecDistancesFigure({
  network,
  plain,
  crop,
  ...title
}: SharedFeaturesLook): Figure {
  return inTidy(() => {
    const images = allScans(crop);
    const { shared } = runShaspec(network.parameters, images, [0, 1, 2, 3]);
    const present = availabilityOf(MODALITIES);
    const { features } = encodeModalities(plain.parameters, images, { present });
    const pairs = MODALITIES.flatMap((_, i) =>
      MODALITIES.slice(i + 1).map((_, k) => [i, i + 1 + k] as const),
    );
    const distances = (of: readonly tf.Tensor[]): number[] => {
      const scale = tf.mean(tf.abs(tf.stack([...of]))).dataSync()[0];
      return pairs.map(
        ([i, j]) => tf.mean(tf.abs(tf.sub(of[i], of[j]))).dataSync()[0] / (scale || 1),
      );
    };
    return barsFigure({
      ...title,
      x: {
        title: 'pair of scans',
        groups: pairs.map(
          ([i, j]) => `${MODALITY_NAMES[MODALITIES[i]]}, ${MODALITY_NAMES[MODALITIES[j]]}`,
        ),
      },
      y: { title: 'mean |f_i − f_j| / mean |f|' },
      series: [
        { name: 'ShaSpec, shared features', y: distances(shared) },
        { name: 'random subsets', y: distances(features) },
      ],
    });
  });
}

/** LCKD: which scan alone segments each region best, by a run's test cases; these would be elected. */
export function lckdTeachersFigure({
  runs,
  ...title
}: FigureTitle & { runs: readonly BratsRun[] }): Figure {
  const single = MODALITIES.map((modality) => subsetIndex([modality]));
  const scores = single.map((subset) =>
    REGIONS.map((region) => meanOf(runs, 'lckd', diceMetric(region, { subsets: [subset] })).mean),
  );
  const elected = electTeachers(scores);
  const teachers = MODALITIES.filter((_, m) => elected[m]).map((one) => MODALITY_NAMES[one]);
  return barsFigure({
    ...title,
    title: `${title.title} (elected: ${teachers.join(', ')})`,
    x: { title: 'region', groups: [...REGIONS] },
    y: { title: 'Dice of a scan alone, %' },
    series: MODALITIES.map((modality, m) => ({ name: MODALITY_NAMES[modality], y: scores[m] })),
  });
}
