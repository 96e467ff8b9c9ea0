/**
 * A whole training in one `.safetensors` file: weights under PyTorch's names, and beside them, under
 * `training/`, velocities and the moments of the importance weights, and the file's checksum. Config, seed, stage,
 * step, the data's hash and the library's version are in its metadata. Random streams, the order of the data and
 * augmentation need no place: what a step draws comes from streams that seed and step name.
 */
import { z } from 'zod';
import { trainingSettings, type BratsTrainingConfig } from '../../config';
import { bratsTrainingSchema } from '../../config/brats';
import { ReaderError } from '../../base/errors';
import { parseJson, showValue } from '../../base/json';
import { disposeImportance, initImportance, IMPORTANCE_NAME } from '../../mckd';
import { MODALITIES } from '../../base/modality';
import { disposeAll, type Parameters } from '../../nn/parameters';
import { randomStream } from '../../base/random';
import {
  openSafetensors,
  writeSafetensors,
  type SafetensorsFile,
  type TensorToWrite,
  type TensorValues,
} from '../../formats/safetensors';
import type { tf } from '../../nn/tf';
import type { Training, TrainingOrigin } from '../training';
import { positionAt } from '../schedule';
import { trainingDataSchema } from '../training-data';
import { readVariable, readWeights, storedAs } from './weights';
import { CHECKSUM, FORMAT, offeringPrevious, TRAINING_PREFIX } from './whole';

const VELOCITY = `${TRAINING_PREFIX}velocity/`;
const FIRST = `${TRAINING_PREFIX}importance/first-moment`;
const SECOND = `${TRAINING_PREFIX}importance/second-moment`;
/** Only where SGD moves the importance weights. */
const IMPORTANCE_VELOCITY = `${TRAINING_PREFIX}importance/velocity`;

interface Facts extends Partial<TrainingOrigin> {
  format: number;
  config: BratsTrainingConfig;
  seed: number;
  step: number;
  /** For readers; config and step tell it. */
  stage?: 1 | 2;
  importanceSteps: number;
}

export interface SaveTrainingOptions {
  /** The checkpoint that has the file's name until now takes this one. */
  previous?: string;
}

/**
 * Writes the training; it goes on unchanged. The file appears whole or not at all, with the sum of its content.
 * @throws ReaderError naming the file where it can't be written, or where a value isn't finite: what was under the
 *   name stays there
 */
export function saveTraining(
  file: string,
  training: Training,
  { previous }: SaveTrainingOptions = {},
): void {
  const { config, seed, step, parameters, velocity, importance, origin } = training;
  const { adam, theta } = importance;
  const named: Record<string, tf.Tensor> = { ...parameters, ...theta };
  for (const [name, tensor] of Object.entries(velocity)) named[`${VELOCITY}${name}`] = tensor;
  named[FIRST] = adam.firstMoment[IMPORTANCE_NAME];
  named[SECOND] = adam.secondMoment[IMPORTANCE_NAME];
  if (config.importance.optimizer === 'sgd')
    named[IMPORTANCE_VELOCITY] = importance.velocity[IMPORTANCE_NAME];
  const tensors: Record<string, TensorToWrite> = {};
  for (const [name, tensor] of Object.entries(named)) {
    tensors[name] = onlyFinite(storedAs(tensor), name, file, step);
  }
  const { stage } = positionAt(step, config);
  const importanceSteps = adam.steps[IMPORTANCE_NAME];
  const facts: Facts = {
    format: FORMAT,
    ...inOrder(origin),
    config,
    seed,
    step,
    stage,
    importanceSteps,
  };
  const metadata = { format: 'pt', training: JSON.stringify(facts) };
  writeSafetensors(file, tensors, metadata, { checksum: CHECKSUM, previous });
}

/** However it was put together, so that the same training is the same bytes. */
function inOrder({
  lib,
  numerics,
  dataSha256,
  forced,
  trainingData,
}: TrainingOrigin): TrainingOrigin {
  return { lib, numerics, dataSha256, forced, trainingData };
}

/** Nothing that `loadTraining` refuses is written: the good checkpoint would go. */
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
    throw new ReaderError(
      `step ${step}: value ${wrong} of ${name} is ${all[wrong]}, so no checkpoint is written; ` +
        `${file} stays as it was; lower brats.learningRate`,
      { file, field: name, value: all[wrong] },
    );
  };
  return { ...tensor, values };
}

/**
 * The training that `saveTraining` wrote, to the last bit. The caller disposes of it with `disposeTraining`.
 * @throws ReaderError naming the file where it is none, damaged, or of another form
 */
export function loadTraining(file: string): Promise<Training> {
  return offeringPrevious(file, () => readTraining(file));
}

async function readTraining(file: string): Promise<Training> {
  const source = await openSafetensors(file);
  try {
    const facts = factsOf(source.metadata.training, file);
    const { parameters, importance: theta } = await readWeights(file, facts.config.width);
    try {
      return await withState(source, facts, parameters, theta);
    } catch (error) {
      disposeAll(parameters);
      throw error;
    } finally {
      disposeAll(theta);
    }
  } finally {
    await source.close();
  }
}

/** The training of a network's parameters, which it takes over; theta's values are copied. */
async function withState(
  source: SafetensorsFile,
  facts: Facts,
  parameters: Parameters,
  theta: Parameters,
): Promise<Training> {
  const { config, seed, step, importanceSteps, forced = [] } = facts;
  const velocities = new Map(Object.keys(parameters).map((name) => [`${VELOCITY}${name}`, name]));
  const velocity: Parameters = {};
  const importance = initImportance(
    MODALITIES.length,
    config.importance,
    randomStream(seed, 'overwritten'),
  );
  const moments = new Map([
    [FIRST, importance.adam.firstMoment],
    [SECOND, importance.adam.secondMoment],
  ]);
  if (config.importance.optimizer === 'sgd') moments.set(IMPORTANCE_VELOCITY, importance.velocity);
  try {
    checkNames(source, [...velocities.keys(), ...moments.keys()], theta);
    for (const [inFile, name] of velocities) {
      velocity[name] = await readVariable(source, inFile, parameters[name].shape);
    }
    const logits = importance.theta[IMPORTANCE_NAME];
    logits.assign(theta[IMPORTANCE_NAME]);
    for (const [inFile, state] of moments) {
      const moment = await readVariable(source, inFile, logits.shape);
      state[IMPORTANCE_NAME].assign(moment);
      moment.dispose();
    }
    importance.adam.steps[IMPORTANCE_NAME] = importanceSteps;
    const { lib, numerics, dataSha256, trainingData } = facts;
    const origin = { lib, numerics, dataSha256, trainingData, forced };
    return { config, seed, step, parameters, velocity, importance, origin };
  } catch (error) {
    disposeAll(velocity);
    disposeImportance(importance);
    throw error;
  }
}

/** @throws ReaderError where the file lacks the importance weights, or names a state that no training has */
function checkNames({ file, tensors }: SafetensorsFile, known: string[], theta: Parameters): void {
  const fault = (name: string, is: string): ReaderError =>
    new ReaderError(`${file}: its training's ${name} is ${is}; train again`, { file, field: name });
  if (!theta[IMPORTANCE_NAME]) throw fault(IMPORTANCE_NAME, 'missing');
  const missing = known.find((name) => !tensors.has(name));
  if (missing !== undefined) throw fault(missing, 'missing');
  const names = new Set([...known, CHECKSUM]);
  const odd = [...tensors.keys()].find(
    (name) => name.startsWith(TRAINING_PREFIX) && !names.has(name),
  );
  if (odd !== undefined) throw fault(odd, 'of another kit, or of another config');
}

/** Checkpoints of before have settings of experiments, too. */
const configSchema = z.preprocess(
  (config) =>
    typeof config === 'object' && config !== null
      ? trainingSettings(config as BratsTrainingConfig)
      : config,
  bratsTrainingSchema,
);

const factsSchema = z.strictObject({
  format: z.int().min(1).max(FORMAT),
  lib: z.string().optional(),
  numerics: z.int().optional(),
  dataSha256: z.string().optional(),
  trainingData: trainingDataSchema.optional(),
  forced: z
    .array(z.strictObject({ step: z.int().min(0), differences: z.array(z.string()) }))
    .optional(),
  config: configSchema,
  seed: z.int(),
  step: z.int().min(0),
  stage: z.union([z.literal(1), z.literal(2)]).optional(),
  importanceSteps: z.int().min(0),
});

function factsOf(text: string | undefined, file: string): Facts {
  if (text === undefined) {
    throw new ReaderError(
      `${file} holds weights and no training; give a checkpoint that mckd train wrote, or train from scratch there: --fresh`,
      { file, field: 'training' },
    );
  }
  const json = parseJson(text, file, { fix: 'take the checkpoint before it, or train again' });
  const format = (json as Partial<Facts> | null)?.format;
  if (!(typeof format === 'number' && format >= 1 && format <= FORMAT)) {
    throw new ReaderError(
      `${file}: its training has format ${showValue(format)}, and this kit reads 1 to ${FORMAT}; train again`,
      { file, field: 'training.format', value: format },
    );
  }
  const facts = factsSchema.safeParse(json);
  if (facts.success) return facts.data;
  const { path, message } = facts.error.issues[0];
  const [first, ...inside] = path.map(String);
  const what =
    first === 'config'
      ? `config's ${['brats', ...inside].join('.')} is not one of this kit`
      : `${path.join('.') || 'record'} is not what a training writes`;
  throw new ReaderError(`${file}: its ${what} (${message}); train again`, {
    file,
    field: (first === 'config' ? inside : path).join('.'),
  });
}
