/**
 * The interface of a method of the Audiovision-MNIST tables for training and evaluation, which every method
 * implements in a file of this folder; `index.ts` has the list.
 */
import type { RandomStream } from '../../base/random';
import type { AvMethod, AvTrainingConfig } from '../../config';
import type { Steps } from '../../graph/steps';
import type { Availability, AvailabilityTensors } from '../../mckd';
import type { Mode, Network } from '../../models/audio-visual';
import type { Loss } from '../../nn/gradients';
import type { NamedTensors } from '../../nn/parameters';
import type { tf } from '../../nn/tf';
import type { TrainingSplit } from '../split';

/** Pairs on the device; the caller disposes of both tensors. */
export interface DevicePairs {
  image: tf.Tensor4D;
  speech: tf.Tensor4D;
  digits: Uint8Array;
}

/** The training pairs of a run. */
export interface TrainingPairs {
  train: DevicePairs;
  /** Of each pair, for errors. */
  recordings: readonly string[];
  /** Of the data. */
  sha256: string;
  seed: number;
}

/** A batch on the device. A modality that no sample of the batch has is left out. */
export interface AvBatch {
  /** `[N_image, 28, 28, 1]`: the images of those samples that have one, in order. */
  image?: tf.Tensor4D;
  /** [N_speech, 20, 20, 1] */
  speech?: tf.Tensor4D;
  available: Availability;
  /** What `available` says, as tensors. */
  tensors: BatchTensors;
}

/** Inputs of a step that runs as one function (`graph/steps.ts`): no method makes tensors of `available` itself. */
export interface BatchTensors extends AvailabilityTensors {
  /** For each sample its row in image and in speech, one behind the last where it has none: int32 [N]. */
  rows: readonly tf.Tensor1D[];
}

export interface AvInput {
  network: Network;
  config: AvTrainingConfig;
  batch: AvBatch;
  mode: Mode;
}

export interface AvLossInput<S> extends AvInput {
  state: S;
  /** What the model's `rates` are in this epoch. */
  rates: readonly tf.Scalar[];
  /** [N] */
  labels: tf.Tensor1D;
  /** What the model's `ahead` gave. */
  ahead: NamedTensors;
}

/** `task` is the cross-entropy. */
export type AvLoss = Loss & { parts: { task: tf.Scalar } };

/** State of a method besides its network, such as importance weights. */
export interface AvState<S> {
  create(config: AvTrainingConfig, stream: RandomStream): S;
  dispose(state: S): void;
  /** Importance weights of image and speech, for logs. */
  weights(state: S, config: AvTrainingConfig): number[];
  /** All its variables, which stay the same ones. */
  variables(state: S): tf.Variable[];
}

/** By what a network is trained: of the config, or a method's own where its code or paper has one. */
export type AvProtocol = Pick<
  AvTrainingConfig,
  | 'epochs'
  | 'batchSize'
  | 'learningRate'
  | 'weightDecay'
  | 'decayFactor'
  | 'decayEveryEpochs'
  | 'trainingModeEpochs'
>;

export interface AvPrepareInput {
  network: Network;
  config: AvTrainingConfig;
  pairs: TrainingPairs;
  split: TrainingSplit;
  stream: RandomStream;
}

export interface AvBetweenInput<S> extends AvInput {
  state: S;
  labels: tf.Tensor1D;
  /** Of the training: what is computed often runs as one function of them. */
  steps: Steps;
}

/** `S`: its state. */
export interface ClassificationModel<S = unknown> {
  /** In configs (`method`). */
  name: AvMethod;
  /** Share of the training pairs that keep the scarce modality. */
  rate(config: AvTrainingConfig): number;
  /** [image, speech] of a training pair. @param complete whether it keeps the scarce one */
  available(config: AvTrainingConfig, complete: boolean): boolean[];
  /** [image, speech] of a test pair. */
  availableAtTest(config: AvTrainingConfig): boolean[];
  /** Fresh parameters; runs of one seed initialise common layers identically. */
  network(config: AvTrainingConfig, stream: RandomStream): Network;
  /** [N, 10]. Called in a tidy. */
  logits(input: AvInput): tf.Tensor2D;
  /**
   * Called in a tidy. It reads no values of tensors, and its ops are the same for all batches with equally many images
   * and equally many recordings: these batches run as one function.
   */
  loss(input: AvLossInput<S>): AvLoss;
  /** What is computed before the loss, and is constant in its gradient. In a tidy, by the rules of `loss`. Default: nothing. */
  ahead?(input: Omit<AvLossInput<S>, 'ahead'>): NamedTensors;
  /** Default: none. */
  state?: AvState<S>;
  /** @throws UserError naming the field of a config that it can't be trained by */
  requires?(config: AvTrainingConfig): void;
  /**
   * Called before the first epoch, after encoders were trained alone: trains what the method needs, and assigns it to
   * the network.
   * @throws UserError where the config leaves it nothing to train on
   */
  prepare?(input: AvPrepareInput): Promise<void>;
  /** Batches of an epoch; default: `epochBatches`. */
  batches?(split: TrainingSplit, batchSize: number, stream: RandomStream): number[][];
  /** Numbers that the loss reads and that change from epoch to epoch. Default: none. */
  rates?(config: AvTrainingConfig, epoch: number): number[];
  /** Does weight decay pull the parameter of this name? Default: all. */
  decays?(name: string): boolean;
  /** Default: the config's. */
  protocol?(config: AvTrainingConfig): AvProtocol;
  /** Called with the complete held-out pairs after some epochs, such as for the meta step. Called in a tidy. */
  between?(input: AvBetweenInput<S>): void;
}
