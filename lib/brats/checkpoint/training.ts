/**
 * A complete training in one `.safetensors` file: weights under PyTorch's names, and, under
 * `training/`, the variables of optimizer and model state, and the file's checksum. Config, seed, stage,
 * step, the data's hash and the library's version are in its metadata. Random streams, the order of the data and
 * augmentation are not stored: the streams of a step are determined by seed and step.
 */
import { z } from 'zod';
import { trainingSettings, type BratsTrainingConfig } from '../../config';
import { bratsTrainingSchema, fromOlderBrats } from '../../config/brats';
import { UserError } from '../../base/errors';
import { parseJson, showValue } from '../../base/json';
import { disposeAll, type Parameters } from '../../nn/parameters';
import {
  openSafetensors,
  writeSafetensors,
  type SafetensorsFile,
  type TensorToWrite,
  type TensorValues,
} from '../../formats/safetensors';
import type { OptimizerState } from '../../nn/optimizer';
import type { tf } from '../../nn/tf';
import { modelNamed, type SegmentationModel } from '../models';
import { disposeTraining, trainingStream, type Training, type TrainingOrigin } from '../training';
import { positionAt } from '../schedule';
import { trainingDataSchema } from '../training-data';
import { landmarksSchema } from '../../volume/landmarks';
import { readVariable, readWeights, storedAs } from './weights';
import { CHECKSUM, FORMAT, offeringPrevious, TRAINING_PREFIX } from './checksum';

interface Facts extends Partial<TrainingOrigin> {
  format: number;
  config: BratsTrainingConfig;
  seed: number;
  step: number;
  /** For readers; it follows from config and step. */
  stage?: 1 | 2;
  /** Whole numbers of the model's state. */
  counts: Record<string, number>;
}

export interface SaveTrainingOptions {
  /** The existing checkpoint is renamed to this. */
  previous?: string;
}

/**
 * Writes the training, which can continue unchanged. The file is written atomically, with its checksum.
 * @throws UserError naming the file if it can't be written, or if a value isn't finite: the existing file is
 *   kept
 */
export function saveTraining(
  file: string,
  training: Training,
  { previous }: SaveTrainingOptions = {},
): void {
  const { model, config, seed, step, parameters, state, origin } = training;
  const own = model.state?.variables(state, config);
  const named: Record<string, tf.Tensor> = {
    ...parameters,
    ...own?.weights,
    ...optimizerVariables(training),
    ...prefixed(own?.training ?? {}),
  };
  const tensors: Record<string, TensorToWrite> = {};
  for (const [name, tensor] of Object.entries(named)) {
    tensors[name] = onlyFinite(storedAs(tensor), name, file, step);
  }
  Object.assign(tensors, optimizerCounts(training.optimizer));
  const { stage } = positionAt(step, config);
  const facts: Omit<Facts, 'counts'> = {
    format: FORMAT,
    ...inOrder(origin),
    config,
    seed,
    step,
    stage,
    ...model.state?.counts?.(state),
  };
  const metadata = { format: 'pt', training: JSON.stringify(facts) };
  writeSafetensors(file, tensors, metadata, { checksum: CHECKSUM, previous });
}

/** The optimizer's variables by their names in a checkpoint: `training/velocity/NAME`. */
function optimizerVariables({ optimizer }: Pick<Training, 'optimizer'>): Parameters {
  const slots = Object.entries(optimizer.slots).flatMap(([slot, variables]) =>
    Object.entries(variables).map(([name, variable]) => [`${slot}/${name}`, variable] as const),
  );
  return prefixed(Object.fromEntries(slots));
}

/** Steps of the parameters in the order of their sorted names, [P]. */
const COUNTS = `${TRAINING_PREFIX}counts`;

function optimizerCounts({ counts }: OptimizerState): Record<string, TensorToWrite> {
  const names = Object.keys(counts).sort();
  if (names.length === 0) return {};
  const values = Float32Array.from(names, (name) => counts[name]);
  return { [COUNTS]: { dtype: 'F32', shape: [names.length], values } };
}

async function readCounts(source: SafetensorsFile, { counts }: OptimizerState): Promise<void> {
  const names = Object.keys(counts).sort();
  if (names.length === 0) return;
  const value = await readVariable(source, COUNTS, [names.length]);
  value.dataSync().forEach((count, i) => (counts[names[i]] = count));
  value.dispose();
}

function prefixed(variables: Parameters): Parameters {
  return Object.fromEntries(
    Object.entries(variables).map(([name, variable]) => [`${TRAINING_PREFIX}${name}`, variable]),
  );
}

/** In sorted order, so that the same training gives the same bytes. */
function inOrder({
  lib,
  numerics,
  dataSha256,
  forced,
  trainingData,
  landmarks,
}: TrainingOrigin): TrainingOrigin {
  return { lib, numerics, dataSha256, forced, trainingData, landmarks };
}

/** Refuses non-finite values, which `loadTraining` would refuse, since they would overwrite a good checkpoint. */
function onlyFinite(
  tensor: TensorToWrite,
  name: string,
  file: string,
  step: number,
): TensorToWrite {
  const values = (): TensorValues => {
    const all = typeof tensor.values === 'function' ? tensor.values() : tensor.values;
    const wrong = (all as Float32Array).findIndex((value) => !Number.isFinite(value));
    if (wrong < 0) return all;
    throw new UserError(
      `step ${step}: value ${wrong} of ${name} is ${all[wrong]}, so no checkpoint is written; ` +
        `${file} is unchanged; lower brats.learningRate`,
      { code: 'NOT_FINITE', file, field: name, value: all[wrong] },
    );
  };
  return { ...tensor, values };
}

/**
 * The training that `saveTraining` wrote, bit for bit. The caller disposes of it with `disposeTraining`.
 * @throws UserError naming the file if it is no checkpoint, damaged, or of another format
 */
export function loadTraining(file: string): Promise<Training> {
  return offeringPrevious(file, () => readTraining(file));
}

async function readTraining(file: string): Promise<Training> {
  const source = await openSafetensors(file);
  try {
    const facts = factsOf(source.metadata.training, file);
    const { parameters, state: stored } = await readWeights(file, facts.config);
    try {
      return await withState(source, facts, parameters, stored);
    } catch (error) {
      disposeAll(parameters);
      throw error;
    } finally {
      disposeAll(stored);
    }
  } finally {
    await source.close();
  }
}

/** The training of a network's parameters, which it owns afterwards; the state in `stored` is copied. */
async function withState(
  source: SafetensorsFile,
  facts: Facts,
  parameters: Parameters,
  stored: Parameters,
): Promise<Training> {
  const { config, seed, step, counts, forced = [] } = facts;
  const model = modelNamed(config.model);
  const { lib, numerics, dataSha256, trainingData, landmarks } = facts;
  const training: Training = {
    ...{ model, config, seed, step, parameters },
    optimizer: model.optimizer(config).create(parameters),
    state: model.state?.create(config, (name) => trainingStream(seed, name)),
    origin: { lib, numerics, dataSha256, trainingData, landmarks, forced },
  };
  try {
    const own = model.state?.variables(training.state, config);
    const variables = { ...optimizerVariables(training), ...prefixed(own?.training ?? {}) };
    const known = [...Object.keys(variables), ...Object.keys(optimizerCounts(training.optimizer))];
    checkNames(source, known, Object.keys(own?.weights ?? {}), stored);
    for (const [name, variable] of Object.entries(own?.weights ?? {}))
      variable.assign(stored[name]);
    for (const [name, variable] of Object.entries(variables)) {
      const value = await readVariable(source, name, variable.shape);
      variable.assign(value);
      value.dispose();
    }
    await readCounts(source, training.optimizer);
    if (model.state) setCounts(source.file, model, training.state, counts);
    return training;
  } catch (error) {
    disposeTraining({ ...training, parameters: {} });
    throw error;
  }
}

/** @throws UserError if the facts lack one, or have an unknown one */
function setCounts(
  file: string,
  { state: kind }: SegmentationModel,
  state: unknown,
  counts: Facts['counts'],
): void {
  const known = Object.keys(kind?.counts?.(state) ?? {});
  const odd =
    known.find((name) => !Object.hasOwn(counts, name)) ??
    Object.keys(counts).find((name) => !known.includes(name));
  if (odd !== undefined) throw otherFacts(file, odd, `of another format`);
  kind?.setCounts?.(state, counts);
}

/** @throws UserError if the file lacks variables of the state, or has unknown ones */
function checkNames(
  { file, tensors }: SafetensorsFile,
  known: readonly string[],
  weights: readonly string[],
  stored: Parameters,
): void {
  const fault = (name: string, is: string): UserError =>
    new UserError(`${file}: its training's ${name} is ${is}; train again`, {
      code: 'BAD_FILE',
      file,
      field: name,
    });
  const missing = weights.find((name) => !stored[name]) ?? known.find((name) => !tensors.has(name));
  if (missing !== undefined) throw fault(missing, 'missing');
  const names = new Set([...known, CHECKSUM]);
  const odd = [...tensors.keys()].find(
    (name) => name.startsWith(TRAINING_PREFIX) && !names.has(name),
  );
  if (odd !== undefined) throw fault(odd, 'of another version, or of another config');
}

/** Older checkpoints have settings of experiments, too. */
const configSchema = z.preprocess(
  (config) =>
    typeof config === 'object' && config !== null
      ? trainingSettings(fromOlderBrats(config) as BratsTrainingConfig)
      : config,
  bratsTrainingSchema,
);

const factsSchema = z
  .strictObject({
    format: z.int().min(1).max(FORMAT),
    lib: z.string().optional(),
    numerics: z.int().optional(),
    dataSha256: z.string().optional(),
    trainingData: trainingDataSchema.optional(),
    landmarks: landmarksSchema.optional(),
    forced: z
      .array(z.strictObject({ step: z.int().min(0), differences: z.array(z.string()) }))
      .optional(),
    config: configSchema,
    seed: z.int(),
    step: z.int().min(0),
    stage: z.union([z.literal(1), z.literal(2)]).optional(),
  })
  .catchall(z.int().min(0))
  .transform(
    ({
      format,
      lib,
      numerics,
      dataSha256,
      trainingData,
      landmarks,
      forced,
      config,
      seed,
      step,
      stage,
      ...counts
    }) => ({
      ...{ format, lib, numerics, dataSha256, trainingData, landmarks },
      ...{ forced, config, seed, step, stage },
      counts,
    }),
  );

function factsOf(text: string | undefined, file: string): Facts {
  if (text === undefined) {
    throw new UserError(
      `${file} holds weights only; give a checkpoint that mckd train wrote, or train from scratch there: --fresh`,
      { code: 'BAD_FILE', file, field: 'training' },
    );
  }
  const json = parseJson(text, file, { fix: 'use the checkpoint before it, or train again' });
  const format = (json as Partial<Facts> | null)?.format;
  if (!(typeof format === 'number' && format >= 1 && format <= FORMAT)) {
    throw new UserError(
      `${file}: its training has format ${showValue(format)}, and this version reads 1 to ${FORMAT}; train again`,
      { code: 'BAD_FILE', file, field: 'training.format', value: format },
    );
  }
  const facts = factsSchema.safeParse(json);
  if (facts.success) return facts.data;
  const { path, message } = facts.error.issues[0];
  const [first, ...inside] = path.map(String);
  if (first !== 'config') throw otherFacts(file, path.join('.'), message);
  throw new UserError(
    `${file}: its config's ${['brats', ...inside].join('.')} is not valid in this version (${message}); train again`,
    { code: 'MISMATCH', file, field: inside.join('.') },
  );
}

function otherFacts(file: string, field: string, why: string): UserError {
  return new UserError(
    `${file}: its ${field || 'record'} is not what a training writes (${why}); train again`,
    { code: 'BAD_FILE', file, field },
  );
}
