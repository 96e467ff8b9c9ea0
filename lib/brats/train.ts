/**
 * Training of the segmentation as a stream of events: no console, no files, no plots.
 *
 * Stage one trains on all four scans, stage two on a random subset a step. Now and then a meta event asks
 * held-back cases how much each modality is worth (`mckd.ts`, `metaStep`).
 */
import type { BratsTrainingConfig } from '../config';
import type { Batch } from '../loading/loader';
import { ReaderError, type ReaderErrorFacts } from '../base/errors';
import { readWeights } from '../mckd';
import { drawModalities, MODALITIES, MODALITY_SUBSETS, type Modality } from '../base/modality';
import type { RunOptions } from '../models/segmentation';
import { firstNonFinite, nonFiniteOf } from '../nn/gradients';
import { disposeAll, type NamedTensors } from '../nn/parameters';
import { sgdStep } from '../nn/optimizers';
import type { RandomStream } from '../base/random';
import { tf } from '../nn/tf';
import type { BatchSource } from './batches';
import { featureDistances, type FeatureDistance } from './features';
import { positionAt, trainingSteps, type Position } from './schedule';
import { metaStepOn, trainStep, type DeviceBatch, type StepResult } from './steps';
import { trainingStream, type Training } from './training';

/** A meta event: what it asked and what came of it. */
export interface MetaResult {
  /** Mean of L_Dice + L_BCE over the event's steps. */
  loss: number;
  /** w of the four modalities after it. */
  weights: number[];
  /**
   * T1ce filled from the other three scans against its own feature, on the event’s first crop, with
   * the network as the step left it.
   */
  featureDistance: FeatureDistance;
}

/** One step of training, done. */
export interface BratsStepEvent extends Omit<Position, 'meta'> {
  kind: 'step';
  /** Of both stages. */
  steps: number;
  present: readonly Modality[];
  cases: string[];
  dice: number;
  crossEntropy: number;
  /** L_KD before its weight. */
  distillation: number;
  meta?: MetaResult;
  /** Wall time of the step with its meta event, waiting for data included. */
  seconds: number;
  /** Of these, waiting for data. */
  waitedSeconds: number;
}

export interface TrainOptions extends RunOptions {
  /** Stop before this step; default: at the end of stage two. */
  until?: number;
  /**
   * Stop between two steps, or while a step waits for its data. A step that has begun, with its meta event, is
   * brought to its end.
   */
  signal?: AbortSignal;
}

/**
 * Trains from where `training` is, and changes it in place. Between two events it can be saved or left;
 * the same training and data give the same events, number for number.
 *
 * @throws ReaderError where a loss or gradient is not finite: before it touches a weight, naming step, cases and scans
 */
export async function* trainBrats(
  training: Training,
  batches: BatchSource,
  { until, recompute, signal }: TrainOptions = {},
): AsyncGenerator<BratsStepEvent> {
  const { config, seed, parameters, velocity, importance } = training;
  const steps = trainingSteps(config);
  const end = Math.min(steps, until ?? steps);
  while (training.step < end && !signal?.aborted) {
    const started = performance.now();
    const waited = batches.waitedMs();
    const position = positionAt(training.step, config);
    const present = scansOfStep(position, config, trainingStream(seed, 'subsets'));
    const batch = await unlessAborted(batches.training(position), signal);
    if (!batch) return;
    const device = toDevice(batch);
    const result = trainStep(parameters, importance, device, present, {
      alpha: distils(position, config) ? config.distillationWeight : 0,
      distance: config.distance,
      normalisation: config.importance.normalisation,
      recompute,
    });
    tf.dispose([device.images, device.regions]);
    requireFinite(result, position, batch, present, parameters);
    const { momentum } = config;
    sgdStep(parameters, result.gradients, velocity, position.learningRate, {
      momentum,
      nesterov: true,
    });
    disposeAll(result.gradients);
    const { meta: hasMeta, ...place } = position;
    const meta = hasMeta ? await metaEvent(training, position, batches) : undefined;
    training.step += 1;
    yield {
      kind: 'step',
      ...place,
      steps,
      present,
      cases: batch.cases,
      dice: result.dice,
      crossEntropy: result.crossEntropy,
      distillation: result.distillation,
      ...(meta ? { meta } : {}),
      seconds: (performance.now() - started) / 1000,
      waitedSeconds: (batches.waitedMs() - waited) / 1000,
    };
  }
}

/** One event: a step of theta_w for each of its crops. */
async function metaEvent(
  { config, seed, parameters, importance }: Training,
  position: Position,
  batches: BatchSource,
): Promise<MetaResult> {
  const { metaStepDropsModalities, metaStepSkipsFilling } = config.quirks;
  const drops = config.dropsModalities && position.stage === 2 && metaStepDropsModalities;
  const stream = trainingStream(seed, `meta-subsets/${position.step}`);
  let [sum, count] = [0, 0];
  let featureDistance: FeatureDistance = { l1: 0, l2: 0, cosine: 0 };
  for await (const batch of batches.meta(position)) {
    const present = drops ? drawScans(config, stream) : MODALITIES;
    const device = toDevice(batch);
    if (count === 0) featureDistance = withoutT1ce(parameters, device.images);
    try {
      sum += metaStepOn(parameters, importance, device, present, {
        fills: !metaStepSkipsFilling,
        config: config.importance,
      });
    } catch (error) {
      throw error instanceof ReaderError
        ? stepError(`${error.message} in its meta event`, position, batch, present, error.facts)
        : error;
    } finally {
      tf.dispose([device.images, device.regions]);
    }
    count += 1;
  }
  return {
    loss: sum / count,
    weights: readWeights(importance, config.importance),
    featureDistance,
  };
}

/** The authors' default: all scans but T1ce are there. */
function withoutT1ce(parameters: NamedTensors, images: tf.Tensor5D): FeatureDistance {
  const present = MODALITIES.filter((modality) => modality !== 't1ce');
  const { l1, l2, cosine } = featureDistances(parameters, images, present);
  return { l1, l2, cosine };
}

/** All four in stage one; in stage two a draw that depends on the step alone. */
function scansOfStep(
  { stage, step }: Position,
  config: BratsTrainingConfig,
  stream: RandomStream,
): readonly Modality[] {
  if (stage === 1 || !config.dropsModalities) return MODALITIES;
  return drawScans(config, stream.split(String(step)));
}

function drawScans({ quirks }: BratsTrainingConfig, stream: RandomStream): readonly Modality[] {
  return quirks.subsetSizesEquallyLikely
    ? drawModalities(stream)
    : MODALITY_SUBSETS[stream.integer(MODALITY_SUBSETS.length)];
}

function distils({ stage }: Position, { quirks }: BratsTrainingConfig): boolean {
  return stage === 2 || quirks.distillsInStageOne;
}

function toDevice({ images, regions, size: [d, h, w], cases }: Batch): DeviceBatch {
  return {
    images: tf.tensor5d(images, [cases.length, d, h, w, MODALITIES.length]),
    regions: tf.tensor5d(regions, [cases.length, d, h, w, 3]),
  };
}

/** The promise's value, or nothing where the signal comes first; an error that comes later is nobody's. */
async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  if (!signal) return promise;
  let stop = (): void => undefined;
  const stopped = new Promise<undefined>((resolve) => (stop = () => resolve(undefined)));
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function requireFinite(
  { dice, crossEntropy, distillation, gradients }: StepResult,
  position: Position,
  batch: Batch,
  present: readonly Modality[],
  parameters: NamedTensors,
): void {
  const wrong = nonFiniteOf({ dice, crossEntropy, distillation }, gradients);
  if (!wrong) return;
  disposeAll(gradients);
  const { field, value } = wrong;
  const made = typeof value === 'number' ? `, ${firstBadInput(batch, parameters)}` : '';
  throw stepError(`${field} is ${value}${made}`, position, batch, present, wrong);
}

/** What the loss was made of, in the order of the computation. */
function firstBadInput({ images }: Batch, parameters: NamedTensors): string {
  if (!images.every(Number.isFinite)) return 'as its crops hold a value that is not finite,';
  const parameter = firstNonFinite(parameters);
  return parameter === undefined
    ? 'of finite crops and weights,'
    : `as the weights ${parameter} are not finite,`;
}

function stepError(
  what: string,
  { step, stage, learningRate }: Position,
  { cases }: Batch,
  present: readonly Modality[],
  facts: ReaderErrorFacts,
): ReaderError {
  return new ReaderError(
    `step ${step} (stage ${stage}, learning rate ${learningRate.toPrecision(3)}): ${what} on ${cases.join(', ')} with ` +
      `${present.join(', ')}; the last checkpoint stays; look at these cases with mckd verify, or lower brats.learningRate`,
    facts,
  );
}
