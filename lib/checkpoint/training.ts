/**
 * A whole training in one `.safetensors` file: weights under PyTorch's names, and beside them, under
 * `training/`, velocities and the moments of the importance weights, and the file's checksum. Config, seed, stage,
 * step, the data's hash and the library's version are in its metadata. Random streams, the order of the data and
 * augmentation need no place: what a step draws comes from streams that seed and step name.
 */
import type { BratsConfig } from '../config';
import { bratsSchema } from '../config/brats';
import { ReaderError } from '../errors';
import { initImportance, IMPORTANCE_NAME } from '../mckd';
import { MODALITIES } from '../modality';
import { disposeAll, type Parameters } from '../nn/parameters';
import { randomStream } from '../random';
import {
  openSafetensors,
  writeSafetensors,
  type TensorToWrite,
  type TensorValues,
} from '../safetensors';
import type { tf } from '../tf';
import { disposeTraining, type Training, type TrainingOrigin } from '../brats/training';
import { positionAt } from '../brats/schedule';
import { loadWeights, readVariable, storedAs } from './weights';
import { CHECKSUM, FORMAT, TRAINING_PREFIX } from './whole';

const VELOCITY = `${TRAINING_PREFIX}velocity/`;
const FIRST = `${TRAINING_PREFIX}importance/first-moment`;
const SECOND = `${TRAINING_PREFIX}importance/second-moment`;
/** Only where SGD moves the importance weights. */
const IMPORTANCE_VELOCITY = `${TRAINING_PREFIX}importance/velocity`;

interface Facts extends Partial<TrainingOrigin> {
  format: number;
  config: BratsConfig;
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
  const facts: Facts = { format: FORMAT, ...origin, config, seed, step, stage, importanceSteps };
  const metadata = { format: 'pt', training: JSON.stringify(facts) };
  writeSafetensors(file, tensors, metadata, { checksum: CHECKSUM, previous });
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
export async function loadTraining(file: string): Promise<Training> {
  const { parameters, importance: theta, metadata } = await loadWeights(file);
  const source = await openSafetensors(file);
  const velocity: Parameters = {};
  try {
    const facts = factsOf(metadata.training, file);
    const { config, seed, step, importanceSteps, lib, dataSha256, forced = [] } = facts;
    for (const name of Object.keys(parameters)) {
      velocity[name] = await readVariable(source, `${VELOCITY}${name}`);
    }
    const importance = initImportance(
      MODALITIES.length,
      config.importance,
      randomStream(seed, 'overwritten'),
    );
    const origin = { lib, dataSha256, forced };
    const training = { config, seed, step, parameters, velocity, importance, origin };
    try {
      const moments = await Promise.all([FIRST, SECOND].map((name) => readVariable(source, name)));
      importance.theta[IMPORTANCE_NAME].assign(theta[IMPORTANCE_NAME]);
      importance.adam.firstMoment[IMPORTANCE_NAME].assign(moments[0]);
      importance.adam.secondMoment[IMPORTANCE_NAME].assign(moments[1]);
      importance.adam.steps[IMPORTANCE_NAME] = importanceSteps;
      if (config.importance.optimizer === 'sgd') {
        moments.push(await readVariable(source, IMPORTANCE_VELOCITY));
        importance.velocity[IMPORTANCE_NAME].assign(moments[2]);
      }
      for (const moment of moments) moment.dispose();
      return training;
    } catch (error) {
      disposeTraining(training);
      throw error;
    }
  } catch (error) {
    disposeAll(parameters);
    disposeAll(velocity);
    throw error;
  } finally {
    disposeAll(theta);
    await source.close();
  }
}

function factsOf(text: string | undefined, file: string): Facts {
  if (text === undefined) {
    throw new ReaderError(
      `${file} holds weights and no training; give a checkpoint that mckd train wrote`,
      { file, field: 'training' },
    );
  }
  const facts = JSON.parse(text) as Facts;
  if (!(facts.format >= 1 && facts.format <= FORMAT)) {
    throw new ReaderError(
      `${file}: its training has format ${facts.format}, and this kit reads 1 to ${FORMAT}; train anew`,
      { file, field: 'training.format', value: facts.format },
    );
  }
  const config = bratsSchema.safeParse(facts.config);
  if (!config.success) {
    const { path, message } = config.error.issues[0];
    throw new ReaderError(
      `${file}: its config's brats.${path.join('.')} is not one of this kit (${message}); train anew`,
      { file, field: path.join('.') },
    );
  }
  return { ...facts, config: config.data };
}
