/**
 * What is trained before a method: a net on each modality alone (SMIL's sections of its script, github mengmenm/SMIL at
 * 0d0e827), whose encoders the method starts from. SMIL's code keeps the epoch that is best on the test pairs; here it is
 * the best on held-out pairs, so that no start depends on the test.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalSha256 } from '../base/canonical';
import { NUMERICS } from '../base/numerics';
import type { RandomStream } from '../base/random';
import { AV_MODALITIES, type AvTrainingConfig } from '../config';
import { openSteps } from '../graph/steps';
import { disposeNetwork, otherModality, type Network } from '../models/audio-visual';
import { disposeAdam, initAdam } from '../nn/adam';
import { tf } from '../nn/tf';
import { trainEpoch } from './epoch';
import { keepNetwork, readNetwork } from './kept-networks';
import { lowerBound } from './models/bounds';
import type { AvProtocol, ClassificationModel, TrainingPairs } from './models/model';
import { ALONE, PROTOCOL_EPOCHS, shortened } from './protocols';
import { epochBatches, type TrainingSplit } from './split';
import { evaluate, type Trainee } from './steps';

/** A training that ends with the weights of its best epoch. */
export interface Stage {
  /** In errors. */
  name: string;
  model: ClassificationModel;
  config: AvTrainingConfig;
  protocol: AvProtocol;
  /** Epochs before this one are not kept. */
  keptFrom: number;
  split: TrainingSplit;
  stream: RandomStream;
}

/** Trains `network`, which ends with the weights of the epoch that is best on held-out pairs (lower loss if several tie). */
export async function trainStage(
  network: Network,
  data: TrainingPairs,
  stage: Stage,
): Promise<void> {
  const { name, model, config, protocol, keptFrom, split, stream } = stage;
  const [order, dropout] = [stream.split('order'), stream.split('dropout')];
  const adam = initAdam(network.parameters);
  const trainee: Trainee = { model, network, config: { ...config, ...settingsOf(protocol) }, adam };
  const variables = [network.parameters, network.statistics].flatMap(Object.values<tf.Variable>);
  const steps = openSteps({
    expected: protocol.epochs * Math.ceil(split.train.length / protocol.batchSize),
  });
  let best: { accuracy: number; loss: number; values: tf.Tensor[] } | undefined;
  try {
    for (let epoch = 1; epoch <= protocol.epochs; epoch++) {
      const batches = epochBatches(split, protocol.batchSize, order);
      trainEpoch(steps, trainee, data, { split, protocol, epoch, batches, dropout, stage: name });
      if (epoch >= Math.min(keptFrom, protocol.epochs)) {
        const { accuracy, loss } = evaluate(trainee, data.train, split.heldOut);
        if (!best || accuracy > best.accuracy || (accuracy === best.accuracy && loss < best.loss)) {
          tf.dispose(best?.values ?? []);
          best = { accuracy, loss, values: variables.map((variable) => variable.clone()) };
        }
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    best?.values.forEach((value, i) => variables[i].assign(value));
  } finally {
    steps.dispose();
    disposeAdam(adam);
    tf.dispose(best?.values ?? []);
  }
}

/** The settings of a protocol that a step reads from the config. */
const settingsOf = ({ weightDecay }: AvProtocol): Pick<AvTrainingConfig, 'weightDecay'> => ({
  weightDecay,
});

/** What the encoders of a network start from. */
export interface PretrainInput {
  network: Network;
  config: AvTrainingConfig;
  pairs: TrainingPairs;
  split: TrainingSplit;
  /** Whether a training pair has the modality. */
  keeps: (pair: number, modality: number) => boolean;
  stream: RandomStream;
  /**
   * Folder of nets trained alone, shared with other trainings: one that is there is read, and one that is not is trained and
   * added. Default: each training trains its own.
   */
  folder?: string;
}

/**
 * Trains a net on each modality alone, on all training pairs that have it, and gives `network` their encoders. A preset
 * with fewer epochs than the protocol shortens the schedules in proportion.
 *
 * @throws UserError naming a file of the folder that is damaged or can't be written
 */
export async function pretrainEncoders({ network, ...input }: PretrainInput): Promise<void> {
  for (const m of AV_MODALITIES.keys()) {
    const trained = await netAlone(m, input);
    try {
      for (const part of ['parameters', 'statistics'] as const)
        for (const [name, variable] of Object.entries(trained[part]))
          network[part][name]?.assign(variable);
    } finally {
      disposeNetwork(trained);
    }
  }
}

/** The trained net on one modality. The caller disposes of it. */
async function netAlone(
  m: number,
  { config, pairs, split, keeps, stream, folder }: Omit<PretrainInput, 'network'>,
): Promise<Network> {
  const modality = AV_MODALITIES[m];
  const own = stream.split(modality);
  // What the methods that share it differ in, its training does not read.
  const alone: AvTrainingConfig = {
    ...{ ...config, method: 'lowerBound', scarce: otherModality(modality) },
    ...{ pretrain: undefined, smilOrder: undefined, smilSound: undefined },
  };
  const ownSplit: TrainingSplit = {
    ...split,
    train: split.train.filter((p) => keeps(p, m)),
    heldOut: split.heldOut.filter((p) => keeps(p, m)),
  };
  const file =
    folder === undefined
      ? undefined
      : join(folder, `${modality}-${identityOf(alone, pairs, ownSplit)}.safetensors`);
  const trained = lowerBound.network(alone, own.split('start'));
  try {
    if (file !== undefined && existsSync(file)) {
      await readNetwork(file, trained);
      return trained;
    }
    await trainStage(trained, pairs, {
      ...{ name: `the ${modality} net alone`, model: lowerBound, config: alone, stream: own },
      protocol: shortened(ALONE[modality].protocol, config.epochs),
      keptFrom: Math.ceil((ALONE[modality].keptFrom * config.epochs) / PROTOCOL_EPOCHS),
      split: ownSplit,
    });
    if (file !== undefined) keepNetwork(file, trained);
    return trained;
  } catch (error) {
    disposeNetwork(trained);
    throw error;
  }
}

/** Of everything that the training of a net alone reads. */
function identityOf(
  config: AvTrainingConfig,
  { seed, sha256 }: TrainingPairs,
  { train, heldOut }: TrainingSplit,
): string {
  const all = [NUMERICS.avMnist, config, seed, sha256, train, heldOut];
  return `seed${seed}-${canonicalSha256(all).slice(0, 12)}`;
}
