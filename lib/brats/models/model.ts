/**
 * What a segmentation method is to training, checkpoints, logs and inference: one interface, which every method
 * implements in a file of its own. `mckd.ts` beside this file is the first; `index.ts` has the list.
 */
import type { Modality } from '../../base/modality';
import type { RandomStream } from '../../base/random';
import type { BratsTrainingConfig } from '../../config';
import type { RunOptions } from '../../models/segmentation';
import type { Loss } from '../../nn/gradients';
import type { Optimizer } from '../../nn/optimizers';
import type { NamedTensors, Parameters } from '../../nn/parameters';
import type { tf } from '../../nn/tf';
import type { Size3 } from '../../volume/size';
import type { Position } from '../schedule';

/** Crops on the device; the caller disposes of them. */
export interface DeviceBatch {
  /** [N, D, H, W, 4] in the order of `MODALITIES`. */
  images: tf.Tensor5D;
  /** [N, D, H, W, 3] in the order of `REGIONS`, 0 or 1. */
  regions: tf.Tensor5D;
}

/** What a loss is computed of. */
export interface LossInput<S> {
  parameters: NamedTensors;
  state: S;
  batch: DeviceBatch;
  /** The modalities that the batch has; what its images hold of others is not to be looked at. */
  available: readonly Modality[];
  config: BratsTrainingConfig;
  /** Of the step. */
  stage: 1 | 2;
}

/** What a method has beside its network: importance weights, elected teachers, prototypes. */
export interface ModelState<S> {
  /** Before the first step. @param streamOf a stream of the training by its name */
  create(config: BratsTrainingConfig, streamOf: (name: string) => RandomStream): S;
  dispose(state: S): void;
  /** All its variables by the names that they have in a checkpoint. */
  variables(state: S, config: BratsTrainingConfig): StateVariables;
  /** Its whole numbers, by the names that they have in a checkpoint. */
  counts?(state: S): Record<string, number>;
  setCounts?(state: S, counts: Readonly<Record<string, number>>): void;
}

export interface StateVariables {
  /** Those that go with a network's weights where it is passed on. */
  weights: Parameters;
  /** Those that training alone needs. */
  training: Parameters;
}

/** What an act between two steps is given. */
export interface BetweenInput<S> extends Omit<LossInput<S>, 'batch' | 'available' | 'stage'> {
  position: Position;
  streamOf: (name: string) => RandomStream;
  /**
   * Goes over the held-out crops of the event: draws the available modalities of each, then acts on it. Errors of
   * `act` are given step, case and modalities.
   */
  eachHeldOut: (
    draw: () => readonly Modality[],
    act: (batch: DeviceBatch, available: readonly Modality[]) => void,
  ) => Promise<void>;
}

/** Name -> shape, as PyTorch has it. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

/** How a network lies in a weights file. */
export interface WeightsLayout {
  /** Every parameter of the network. */
  shapes(settings: { width: number; crop: Size3 }): Shapes;
  /** Variables of the state that a weights file may hold, too. */
  state?: Shapes;
  /** The width of a file that doesn't say it, found from its shapes. Default: 1. */
  widthOf?(found: Shapes): number;
  /** Names that the authors' checkpoints have and their network never uses. */
  unused?: readonly string[];
}

/** A tile of a volume, ready for any subset of its modalities. */
export interface OpenTile {
  /** [1, d, h, w, 3 or more]; the caller disposes of it. */
  logits(available: readonly Modality[]): tf.Tensor5D;
  dispose(): void;
}

/** A network slid over a volume in tiles of one size. */
export interface Tiles {
  /** @param scans [d, h, w] of each modality that any subset has */
  open(scans: ReadonlyMap<Modality, Float32Array>): OpenTile;
  dispose(): void;
}

/** `S`: its state. */
export interface SegmentationModel<S = unknown> {
  /** In configs (`brats.model`) and checkpoints. */
  name: string;
  /** Crops and tiles are multiples of these: depth, height, width. */
  sides: Size3;
  layout: WeightsLayout;
  /** Fresh parameters; the caller disposes of them. */
  parameters(config: BratsTrainingConfig, stream: RandomStream): Parameters;
  /** The training objective. In a tidy of the caller's. */
  loss(input: LossInput<S>, options: RunOptions): Loss;
  optimizer(config: BratsTrainingConfig): Optimizer;
  /** Default: none. */
  state?: ModelState<S>;
  /**
   * What is done after some steps, such as the meta step.
   * @returns what logs keep of it; nothing where there is nothing to do after this step
   */
  between?(input: BetweenInput<S>): Promise<object> | undefined;
  openTiles(parameters: NamedTensors, tile: Size3): Tiles;
  /** Probabilities of ET, WT, TC of logits: [1, d, h, w, 3]. In a tidy of the caller's. */
  probabilities(logits: tf.Tensor5D): tf.Tensor5D;
}

/** A trained network with what runs it: a training and loaded weights are such. */
export interface Network {
  model: SegmentationModel;
  parameters: NamedTensors;
}
