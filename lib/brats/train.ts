/**
 * Training of the segmentation as a stream of events: no console, no files, no plots. Network, objective and state
 * are the model's (`models/model.ts`).
 *
 * Stage one trains on all four scans, stage two on a random subset per step, or both on the subset that the config names.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Batch } from '../loading/loader';
import { UserError, type UserErrorDetails } from '../base/errors';
import { MODALITIES, type Modality } from '../base/modality';
import type { RunOptions } from '../models/segmentation';
import { openSteps, type Steps } from '../graph/steps';
import { firstNonFinite, type NonFinite } from '../nn/gradients';
import type { NamedTensors } from '../nn/parameters';
import { tf } from '../nn/tf';
import { availableAt } from './available';
import type { BatchSource } from './batches';
import type { DeviceBatch } from './models';
import type { MetaResult } from './models/mckd';
import { positionAt, trainingSteps, type Position } from './schedule';
import { trainOnBatch } from './steps';
import { trainingStream, type Training } from './training';

export type { MetaResult } from './models/mckd';

/** A finished training step. */
export interface BratsStepEvent extends Omit<Position, 'meta' | 'until'> {
  kind: 'step';
  /** Of both stages. */
  steps: number;
  /** The available modalities; where samples of the batch differ, those that any of them has. */
  present: readonly Modality[];
  cases: string[];
  /** Each part of the loss, before its weight. */
  losses: Record<string, number>;
  /** Log of the model's act between this step and the next. */
  meta?: Partial<MetaResult>;
  /** Wall time of the step with its meta event, including waiting for data. */
  seconds: number;
  /** Of these, waiting for data. */
  waitedSeconds: number;
  /** Of these, the model's act between this step and the next, with its data. */
  betweenSeconds: number;
}

export interface TrainOptions extends RunOptions {
  /** Stop before this step; default: at the end of stage two. */
  until?: number;
  /**
   * Stop between two steps, or while a step waits for its data. A step that has begun, with its meta event, is
   * completed.
   */
  signal?: AbortSignal;
  /** Told before steps of a kind become one function (`graph/steps.ts`), which can take seconds. */
  onCompile?: () => void;
}

/**
 * Trains from the current step of `training`, and changes it in place. Between two events it can be saved or left;
 * the same training and data give the same events, number for number.
 *
 * @throws UserError if a loss or gradient is not finite: before it touches a weight, naming step, cases and scans
 */
export async function* trainBrats(
  training: Training,
  batches: BatchSource,
  options: TrainOptions = {},
): AsyncGenerator<BratsStepEvent> {
  const { until = Infinity, onCompile } = options;
  const expected = Math.min(trainingSteps(training.config), until) - training.step;
  const functions = openSteps({ expected, onCompile });
  try {
    yield* trainWith(functions, training, batches, options);
  } finally {
    functions.dispose();
  }
}

async function* trainWith(
  functions: Steps,
  training: Training,
  batches: BatchSource,
  { until, recompute, signal }: TrainOptions,
): AsyncGenerator<BratsStepEvent> {
  const { model, config, seed, parameters } = training;
  const steps = trainingSteps(config);
  const end = Math.min(steps, until ?? steps);
  while (training.step < end) {
    // Batches that are ready are there without the event loop, which has to handle signals.
    await turn();
    if (signal?.aborted) return;
    const started = performance.now();
    const waited = batches.waitedMs();
    const position = positionAt(training.step, config);
    const available = availableAt(position, config, model, trainingStream(seed, 'subsets'));
    const present = ofAny(available);
    const loaded = await unlessAborted(batches.training(position), signal);
    if (!loaded) return;
    const batch = toDevice(loaded);
    const input = { batch, available, position };
    const result = trainOnBatch(functions, training, input, { recompute });
    tf.dispose([batch.images, batch.regions]);
    requireFinite(result.wrong, position, loaded, present, parameters);
    const stepped = performance.now();
    const meta = await between(functions, training, position, batches);
    const ended = performance.now();
    training.step += 1;
    yield {
      kind: 'step',
      ...{ step: position.step, stage: position.stage, iteration: position.iteration },
      learningRate: position.learningRate,
      steps,
      present,
      cases: loaded.cases,
      losses: result.losses,
      ...(meta ? { meta } : {}),
      seconds: (ended - started) / 1000,
      waitedSeconds: (batches.waitedMs() - waited) / 1000,
      betweenSeconds: (ended - stepped) / 1000,
    };
  }
}

function ofAny(available: readonly (readonly Modality[])[]): readonly Modality[] {
  const [first] = available;
  if (available.every((own) => own === first)) return first;
  return MODALITIES.filter((modality) => available.some((own) => own.includes(modality)));
}

/** The model's act after a step, if any. */
function between(
  steps: Steps,
  { model, config, seed, parameters, state }: Training,
  position: Position,
  batches: BatchSource,
): Promise<object> | undefined {
  return model.between?.({
    ...{ config, parameters, state, position, steps },
    streamOf: (name) => trainingStream(seed, name),
    heldOutCases: () => batches.heldOutCases(),
    eachHeldOut: async (draw, act) => {
      for await (const loaded of batches.meta(position)) {
        const available = draw();
        const batch = toDevice(loaded);
        try {
          act(batch, available);
        } catch (error) {
          throw error instanceof UserError
            ? stepError(
                `${error.message} in its meta event`,
                position,
                loaded,
                available,
                error.details,
              )
            : error;
        } finally {
          tf.dispose([batch.images, batch.regions]);
        }
      }
    },
  });
}

function toDevice({ images, regions, size: [d, h, w], cases }: Batch): DeviceBatch {
  return {
    images: tf.tensor5d(images, [cases.length, d, h, w, MODALITIES.length]),
    regions: tf.tensor5d(regions, [cases.length, d, h, w, 3]),
  };
}

/** The promise's value, or nothing if aborted first; a later rejection would be unhandled, so it is ignored. */
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
  wrong: NonFinite | undefined,
  position: Position,
  batch: Batch,
  available: readonly Modality[],
  parameters: NamedTensors,
): void {
  if (!wrong) return;
  const { field, value } = wrong;
  const made = typeof value === 'number' ? `, ${firstBadInput(batch, parameters)}` : '';
  const details = { code: 'NOT_FINITE', field, value } as const;
  throw stepError(`${field} is ${value}${made}`, position, batch, available, details);
}

/** The first bad input of the loss, in the order of the computation. */
function firstBadInput({ images }: Batch, parameters: NamedTensors): string {
  if (!images.every(Number.isFinite)) return 'since its crops hold a value that is not finite,';
  const parameter = firstNonFinite(parameters);
  return parameter === undefined
    ? 'from finite crops and weights,'
    : `since the weights ${parameter} are not finite,`;
}

function stepError(
  what: string,
  { step, stage, learningRate }: Position,
  { cases }: Batch,
  available: readonly Modality[],
  details: UserErrorDetails,
): UserError {
  return new UserError(
    `step ${step} (stage ${stage}, learning rate ${learningRate.toPrecision(3)}): ${what} on ${cases.join(', ')} with ` +
      `${available.join(', ')}; the last checkpoint is kept; check these cases with mckd verify, or lower brats.learningRate`,
    details,
  );
}
