/** MCKD as a segmentation model: the network of its authors, their objective, and the meta step between steps. */
import { availabilityOf, MODALITIES, type Modality } from '../../base/modality';
import type { BratsTrainingConfig, ImportanceConfig } from '../../config';
import {
  disposeImportance,
  fillMissing,
  importanceWeights,
  IMPORTANCE_NAME,
  initImportance,
  pairwiseDistillation,
  readWeights,
  runMetaStep,
  teacherStudentRatios,
  type Importance,
} from '../../mckd';
import {
  decodeRegions,
  encodeModalities,
  segmentationParameters,
  withKernels,
  type Encoded,
  type RunOptions,
} from '../../models/segmentation';
import { binaryCrossEntropy, diceLoss, segmentationLoss } from '../../nn/losses';
import { openSteps, type Steps } from '../../graph/steps';
import type { NamedTensors, Parameters } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import { voxelCount, type Size3 } from '../../volume/size';
import { alwaysAvailable, drawSubset } from '../available';
import { featureDistances, type FeatureDistance } from '../features';
import { mckdShapes, mckdWidthOf } from './mckd-shapes';
import { optimizerOf } from './optimizer';
import type { BetweenInput, DeviceBatch, SegmentationModel, Tiles } from './model';

export interface ObjectiveOptions extends RunOptions, Pick<ImportanceConfig, 'normalisation'> {
  /** Weight of L_KD; 0 leaves it out. */
  alpha: number;
  distance: BratsTrainingConfig['distance'];
  /** As in `EncodeOptions`. */
  missingLearns?: boolean;
}

/** The training objective with its logits, [N, D, H, W, 3]. */
export interface Objective {
  logits: tf.Tensor5D;
  total: tf.Scalar;
  /** The distillation before its weight; 0 without distillation. */
  parts: Record<'dice' | 'crossEntropy' | 'distillation', tf.Scalar>;
}

/**
 * The training objective of a batch with the modalities `available`:
 *
 *   L = L_Dice + L_BCE + alpha L_KD
 *
 * @param batch its images of other modalities are not read
 */
export function objective(
  parameters: NamedTensors,
  importance: Importance,
  { images, regions }: DeviceBatch,
  available: readonly Modality[],
  { alpha, distance, normalisation, missingLearns, ...run }: ObjectiveOptions,
): Objective {
  const has = availabilityOf(available);
  const rows = Array.from({ length: images.shape[0] }, () => has);
  const { features, skips } = encodeModalities(parameters, images, {
    ...run,
    present: has,
    missingLearns,
  });
  const logits = decodeRegions(parameters, fillMissing(features, rows), skips, run);
  const dice = diceLoss(logits, regions);
  const crossEntropy = binaryCrossEntropy(logits, regions);
  const distillation =
    alpha === 0
      ? tf.scalar(0)
      : pairwiseDistillation(
          features,
          rows,
          teacherStudentRatios(importanceWeights(importance, { normalisation })),
          distance,
        );
  const total = tf.add(tf.add(dice, crossEntropy), tf.mul(distillation, alpha)) as tf.Scalar;
  return { logits, total, parts: { dice, crossEntropy, distillation } };
}

/**
 * One step of theta_w on a held-out batch with the modalities `available`.
 * @returns L_Dice + L_BCE before the step
 */
export function metaStepOn(
  parameters: Parameters,
  importance: Importance,
  { images, regions }: DeviceBatch,
  available: readonly Modality[],
  { fills, config, steps = openSteps({ expected: 1 }) }: MetaStepOptions,
): number {
  const has = availabilityOf(available);
  return runMetaStep(steps, importance, config, {
    signature: `meta step, ${available.join(' ')}, ${images.shape.join(' x ')}${fills ? ', filled' : ''}`,
    inputs: [images, regions],
    variables: Object.values(parameters),
    loss: () => {
      const { features, skips } = encodeModalities(parameters, images, { present: has });
      const rows = Array.from({ length: images.shape[0] }, () => has);
      return {
        features: fills ? fillMissing(features, rows) : features,
        taskLoss: (weighted) =>
          segmentationLoss(decodeRegions(parameters, weighted, skips), regions),
      };
    },
  });
}

export interface MetaStepOptions {
  /** Whether missing features are filled with the mean of the available ones before weighting. */
  fills: boolean;
  /** Normalisation and optimizer of theta_w. */
  config: ImportanceConfig;
  /** Default: the step is made op by op. */
  steps?: Steps;
}

/** The log of a meta event. */
export interface MetaResult {
  /** Mean of L_Dice + L_BCE over the event's steps. */
  loss: number;
  /** w of the four modalities after it. */
  weights: number[];
  /**
   * T1ce filled from the other three scans against its own feature, on the event’s first crop, with
   * the network after the step.
   */
  featureDistance: FeatureDistance;
}

/** One event: one step of theta_w per crop. */
async function metaEvent({
  config,
  parameters,
  state,
  position,
  steps,
  streamOf,
  eachHeldOut,
}: BetweenInput<Importance>): Promise<MetaResult> {
  const { metaStepDropsModalities, metaStepSkipsFilling } = config.quirks;
  const drops = config.scans === 'random' && position.stage === 2 && metaStepDropsModalities;
  const stream = streamOf(`meta-subsets/${position.step}`);
  let [sum, count] = [0, 0];
  let featureDistance: FeatureDistance = { l1: 0, l2: 0, cosine: 0 };
  await eachHeldOut(
    () => (drops ? drawSubset(config, stream) : alwaysAvailable(config)),
    (batch, available) => {
      if (count === 0) featureDistance = withoutT1ce(parameters, batch.images);
      sum += metaStepOn(parameters, state, batch, available, {
        fills: !metaStepSkipsFilling,
        config: config.importance,
        steps,
      });
      count += 1;
    },
  );
  return { loss: sum / count, weights: readWeights(state, config.importance), featureDistance };
}

/** The authors' default: all scans except T1ce are available. */
function withoutT1ce(parameters: NamedTensors, images: tf.Tensor5D): FeatureDistance {
  const others = MODALITIES.filter((modality) => modality !== 't1ce');
  const { l1, l2, cosine } = featureDistances(parameters, images, others);
  return { l1, l2, cosine };
}

/**
 * The encoder sees one modality at a time, so a tile's scans are encoded once for all subsets, and a missing scan, a
 * volume of zeros, once for all modalities and tiles.
 */
function openTiles(parameters: NamedTensors, tile: Size3, steps: Steps): Tiles {
  // For all tiles, scans and subsets.
  const prepared = tf.tidy(() => withKernels(parameters));
  const encode = (values: Float32Array): Encoded => encodeScan(steps, prepared, values, tile);
  const missing = encode(new Float32Array(voxelCount(tile)));
  return {
    open: (scans) => {
      const encoded = new Map([...scans].map(([modality, values]) => [modality, encode(values)]));
      return {
        logits: (available) =>
          tf.tidy(() => {
            const { features, skips } = mixed(encoded, missing, available);
            const { results } = steps.run({
              signature: `decoding a tile, ${tile.join(' x ')}`,
              inputs: [...Object.values(prepared), ...features, ...skips],
              variables: [],
              compute: () => ({ results: [decodeRegions(prepared, features, skips)], note: null }),
            });
            return results[0] as tf.Tensor5D;
          }),
        dispose: () => encoded.forEach(disposeEncoded),
      };
    },
    dispose: () => {
      disposeEncoded(missing);
      for (const [name, kernel] of Object.entries(prepared)) {
        if (!(name in parameters)) kernel.dispose();
      }
    },
  };
}

/**
 * One scan's tile [d, h, w], encoded. One at a time: this takes a quarter of the memory of four, and float32
 * rounding doesn't depend on the other scans, nor do a subset's numbers on the others.
 */
function encodeScan(
  steps: Steps,
  parameters: NamedTensors,
  values: Float32Array,
  tile: Size3,
): Encoded {
  const scan = tf.tensor5d(values, [1, ...tile, 1]);
  const { results } = steps.run({
    signature: `encoding a tile, ${tile.join(' x ')}`,
    inputs: [...Object.values(parameters), scan],
    variables: [],
    compute: () => {
      const { features, skips } = encodeModalities(parameters, scan);
      return { results: [...features, ...skips], note: null };
    },
  });
  scan.dispose();
  const [feature, ...skips] = results as tf.Tensor5D[];
  return { features: [feature], skips };
}

/** The encodings of a sample with only the scans `available`, its missing features filled. */
function mixed(
  encoded: ReadonlyMap<Modality, Encoded>,
  missing: Encoded,
  available: readonly Modality[],
): Encoded {
  const has = availabilityOf(available);
  const chosen = MODALITIES.map((modality, m) => (has[m] && encoded.get(modality)) || missing);
  const features = chosen.map((one) => one.features[0]);
  const skips = missing.skips.map((_, level) =>
    tf.concat(
      chosen.map((one) => one.skips[level]),
      4,
    ),
  );
  return {
    features: fillMissing(features, [has]) as tf.Tensor5D[],
    skips: skips as tf.Tensor5D[],
  };
}

function disposeEncoded({ features, skips }: Encoded): void {
  tf.dispose([...features, ...skips]);
}

/** Is L_KD part of the loss of a stage? */
function distils(stage: 1 | 2, { quirks }: BratsTrainingConfig): boolean {
  return stage === 2 || quirks.distillsInStageOne;
}

export const mckd: SegmentationModel<Importance> = {
  name: 'mckd',
  layout: {
    shapes: mckdShapes,
    state: new Map([[IMPORTANCE_NAME, [MODALITIES.length]]]),
    widthOf: mckdWidthOf,
    unused: [
      'multihead_attn.in_proj_weight',
      'multihead_attn.in_proj_bias',
      'multihead_attn.out_proj.weight',
      'multihead_attn.out_proj.bias',
    ],
  },
  parameters: ({ width }, stream) => segmentationParameters(width, stream),
  loss: ({ parameters, state, batch, available, config, stage }, run) =>
    objective(parameters, state, batch, available, {
      alpha: distils(stage, config) ? config.distillationWeight : 0,
      distance: config.distance,
      normalisation: config.importance.normalisation,
      // A modality that is never available needs no gradient; the first steps of a dedicated network would overflow.
      missingLearns: typeof config.scans === 'string',
      ...run,
    }),
  optimizer: optimizerOf,
  state: {
    create: ({ importance }, streamOf) =>
      initImportance(MODALITIES.length, importance, streamOf('importance')),
    dispose: disposeImportance,
    variables: ({ theta, adam, velocity }, { importance }) => ({
      weights: theta,
      training: {
        'importance/first-moment': adam.firstMoment[IMPORTANCE_NAME],
        'importance/second-moment': adam.secondMoment[IMPORTANCE_NAME],
        ...(importance.optimizer === 'sgd'
          ? { 'importance/velocity': velocity[IMPORTANCE_NAME] }
          : {}),
      },
    }),
    counts: ({ adam }) => ({ importanceSteps: adam.steps[IMPORTANCE_NAME] }),
    setCounts: ({ adam }, { importanceSteps }) => {
      adam.steps[IMPORTANCE_NAME] = importanceSteps;
    },
  },
  between: (input) => (input.position.meta ? metaEvent(input) : undefined),
  openTiles,
  probabilities: (logits) => tf.sigmoid(logits),
};
