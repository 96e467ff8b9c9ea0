/**
 * A whole training in one `.safetensors` file: weights under PyTorch's names, and beside them, under
 * `training/`, velocities and the moments of the importance weights. Config, seed and step are in its metadata. Random streams
 * need no place: each step's is named by seed and step.
 */
import type { BratsConfig } from '../config';
import { bratsSchema } from '../config/brats';
import { ReaderError } from '../errors';
import { initImportance, IMPORTANCE_NAME } from '../mckd';
import { MODALITIES } from '../modality';
import { disposeAll, type Parameters } from '../nn/parameters';
import { randomStream } from '../random';
import { openSafetensors, writeSafetensors, type TensorToWrite } from '../safetensors';
import { disposeTraining, type Training } from '../brats/training';
import { loadWeights, readVariable, storedAs, TRAINING_PREFIX } from './weights';

/** Raised when the file's form changes. */
const FORMAT = 1;
const VELOCITY = `${TRAINING_PREFIX}velocity/`;
const FIRST = `${TRAINING_PREFIX}importance/first-moment`;
const SECOND = `${TRAINING_PREFIX}importance/second-moment`;
/** Only where SGD moves the importance weights. */
const IMPORTANCE_VELOCITY = `${TRAINING_PREFIX}importance/velocity`;

interface Facts {
  format: number;
  config: BratsConfig;
  seed: number;
  step: number;
  importanceSteps: number;
}

/**
 * Writes the training; it goes on unchanged. The file appears whole or not at all.
 * @throws ReaderError naming the file where it can't be written
 */
export function saveTraining(file: string, training: Training): void {
  const { config, seed, step, parameters, velocity, importance } = training;
  const { adam, theta } = importance;
  const tensors: Record<string, TensorToWrite> = {};
  for (const [name, tensor] of Object.entries({ ...parameters, ...theta })) {
    tensors[name] = storedAs(tensor);
  }
  for (const [name, tensor] of Object.entries(velocity)) {
    tensors[`${VELOCITY}${name}`] = storedAs(tensor);
  }
  tensors[FIRST] = storedAs(adam.firstMoment[IMPORTANCE_NAME]);
  tensors[SECOND] = storedAs(adam.secondMoment[IMPORTANCE_NAME]);
  if (config.importance.optimizer === 'sgd')
    tensors[IMPORTANCE_VELOCITY] = storedAs(importance.velocity[IMPORTANCE_NAME]);
  const importanceSteps = adam.steps[IMPORTANCE_NAME];
  const facts: Facts = { format: FORMAT, config, seed, step, importanceSteps };
  writeSafetensors(file, tensors, { format: 'pt', training: JSON.stringify(facts) });
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
    const { config, seed, step, importanceSteps } = factsOf(metadata.training, file);
    for (const name of Object.keys(parameters)) {
      velocity[name] = await readVariable(source, `${VELOCITY}${name}`);
    }
    const importance = initImportance(
      MODALITIES.length,
      config.importance,
      randomStream(seed, 'overwritten'),
    );
    const training = { config, seed, step, parameters, velocity, importance };
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
  if (facts.format !== FORMAT) {
    throw new ReaderError(
      `${file}: its training has format ${facts.format}, and this kit reads ${FORMAT}; train anew`,
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
