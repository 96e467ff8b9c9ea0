/**
 * The interface of a segmentation method for training, checkpoints, logs and inference, which every method
 * implements in one file. `mckd.ts` beside this file is the first; `index.ts` has the list.
 */
import type { Modality } from '../../base/modality';
import type { RandomStream } from '../../base/random';
import type { BratsTrainingConfig } from '../../config';
import type { RunOptions } from '../../models/segmentation';
import type { Steps } from '../../graph/steps';
import type { Loss } from '../../nn/gradients';
import type { Optimizer } from '../../nn/optimizer';
import type { NamedTensors, Parameters } from '../../nn/parameters';
import type { tf } from '../../nn/tf';
import type { PreparedCase } from '../../loading/sampling';
import type { Size3 } from '../../volume/size';
import type { LabelRule } from '../infer/labels';
import type { Overlap } from '../infer/tiles';
import type { Position } from '../schedule';

/** Crops on the device; the caller disposes of them. */
export interface DeviceBatch {
  /** [N, D, H, W, 4] in the order of `MODALITIES`. */
  images: tf.Tensor5D;
  /** [N, D, H, W, 3] in the order of `REGIONS`, 0 or 1. */
  regions: tf.Tensor5D;
}

/** The input of a loss. */
export interface LossInput<S> {
  parameters: NamedTensors;
  state: S;
  batch: DeviceBatch;
  /**
   * The available modalities of the batch, in the order in which they were drawn. Empty where `availability` is `mask`.
   * Images of others are there, too: only a method whose training is said to see complete cases reads them.
   */
  available: readonly Modality[];
  /** 1 for each modality that a sample has, 0 for the others, `[N, 4]`. */
  mask: tf.Tensor2D;
  config: BratsTrainingConfig;
  /** Of the step. */
  stage: 1 | 2;
  /** What the model's `numbers` gives for the step. */
  numbers: readonly tf.Scalar[];
  /** Seeds of dropouts and noise (`nn/random.ts`), each its own. */
  seed: () => tf.Tensor;
}

/** State of a method besides its network: importance weights, elected teachers, prototypes. */
export interface ModelState<S> {
  /** Before the first step; its variables stay the same ones from then on. @param streamOf a stream of the training by its name */
  create(config: BratsTrainingConfig, streamOf: (name: string) => RandomStream): S;
  dispose(state: S): void;
  /** All its variables by their names in a checkpoint. */
  variables(state: S, config: BratsTrainingConfig): StateVariables;
  /** Its whole numbers by their names in a checkpoint. */
  counts?(state: S): Record<string, number>;
  setCounts?(state: S, counts: Readonly<Record<string, number>>): void;
}

export interface StateVariables {
  /** Those stored with a network's weights. */
  weights: Parameters;
  /** Those that only training needs. */
  training: Parameters;
}

/** The input of an act between two steps. */
export interface BetweenInput<S> extends Pick<LossInput<S>, 'state' | 'config'> {
  parameters: Parameters;
  position: Position;
  /** Of the training: what is computed often runs as one function of them. */
  steps: Steps;
  streamOf: (name: string) => RandomStream;
  /**
   * Iterates over the held-out crops of the event: draws the available modalities of each, then calls `act`. Errors of
   * `act` get step, case and modalities.
   */
  eachHeldOut: (
    draw: () => readonly Modality[],
    act: (batch: DeviceBatch, available: readonly Modality[]) => void,
  ) => Promise<void>;
  /** The held-out cases, whole. */
  heldOutCases: () => AsyncIterable<PreparedCase>;
}

/** Name -> shape, as PyTorch has it. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

/** A network in a weights file. */
export interface WeightsLayout {
  /** Every parameter of the network. */
  shapes(settings: { width: number; crop: Size3 }): Shapes;
  /** Variables of the state that a weights file may also hold. */
  state?: Shapes;
  /** The width of a file without metadata, found from its shapes. Default: 1. */
  widthOf?(found: Shapes): number;
  /** Names in the authors' checkpoints that their network never uses. */
  unused?: readonly string[];
}

/** A tile of a volume, ready for any subset of its modalities. */
export interface OpenTile {
  /** [1, d, h, w, 3 or more]; the caller disposes of it. */
  logits(available: readonly Modality[]): tf.Tensor5D;
  dispose(): void;
}

/** A sliding window over a volume in tiles of one size. */
export interface Tiles {
  /** @param scans [d, h, w] of each modality that any subset has */
  open(scans: ReadonlyMap<Modality, Float32Array>): OpenTile;
  dispose(): void;
}

/** `S`: its state. */
export interface SegmentationModel<S = unknown> {
  /** In configs (`brats.model`) and checkpoints. */
  name: string;
  /**
   * How a loss learns which modalities are available. `list`: by `available`, the same for all samples of a batch; each
   * list is a function of its own. `mask`: by the tensor `mask` alone, and each sample has a subset of its own. Default:
   * list.
   */
  availability?: 'list' | 'mask';
  /** Draws a random subset, where a training's scans are random. Default: `drawSubset`. */
  draw?(config: BratsTrainingConfig, stream: RandomStream): readonly Modality[];
  /** Numbers of the loss that change from step to step, such as a weight that rises. Default: none. */
  numbers?(
    position: Pick<Position, 'iteration' | 'until'>,
    config: BratsTrainingConfig,
  ): readonly number[];
  layout: WeightsLayout;
  /** Fresh parameters; the caller disposes of them. */
  parameters(config: BratsTrainingConfig, stream: RandomStream): Parameters;
  /**
   * The training objective. Called in a tidy. It reads no values of tensors, and its ops are the same in all steps with
   * one stage and, unless it goes by `mask`, the same available modalities: these steps run as one function
   * (`graph/steps.ts`).
   */
  loss(input: LossInput<S>, options: RunOptions): Loss;
  optimizer(config: BratsTrainingConfig): Optimizer;
  /** Default: none. */
  state?: ModelState<S>;
  /**
   * Called after each step, such as for the meta step.
   * @returns the log of it; nothing if nothing is done after this step
   */
  between?(input: BetweenInput<S>): Promise<object> | undefined;
  /** How much of a tile the next one overlaps, where nothing else is requested. Default: a third. */
  overlap?: Overlap;
  /** Do its weights fit tiles in the size of the training's crops alone? Default: no, any tile of its sides. */
  tileIsCrop?: boolean;
  /**
   * @param steps what is computed for each tile or subset runs as functions of them
   * @param scans of the training, where known: a network that sees one scan has to know which
   */
  openTiles(
    parameters: NamedTensors,
    tile: Size3,
    steps: Steps,
    scans?: BratsTrainingConfig['scans'],
  ): Tiles;
  /**
   * Probabilities of ET, WT, TC of logits: [1, d, h, w, 3]. Called in a tidy. Of a model of classes: sums of its classes'
   * (`regionsOfClasses`).
   */
  probabilities(logits: tf.Tensor5D): tf.Tensor5D;
  /**
   * How a label map is made of them. `regions`: each region where it is more probable than not. `classes`: of background
   * and the three labels, which exclude each other, the most probable. Default: regions.
   */
  labels?: LabelRule;
}

/** A trained network with its model: a training, or loaded weights. */
export interface Network {
  model: SegmentationModel;
  parameters: NamedTensors;
  /** Of its training, where known. */
  config?: Pick<BratsTrainingConfig, 'scans'>;
}
