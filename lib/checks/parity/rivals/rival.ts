/** A method that golden files are of: its network and objective, run on a case of a file. */
import type { ParameterSpec } from '../../../nn/parameter-specs';
import type { NamedTensors } from '../../../nn/parameters';
import type { tf } from '../../../nn/tf';
import type { RivalCase } from '../golden';

/** Whole numbers and fractions of a file's `settings`, by name. */
export type Setting = (name: string) => number;

export interface RivalInput {
  parameters: NamedTensors;
  setting: Setting;
  /** [N, D, H, W, 4], FLAIR, T1, T1ce, T2. */
  images: tf.Tensor5D;
  /** Of the method's kind: regions [N, D, H, W, 3], or classes, one-hot [N, D, H, W, 4]. */
  labels: tf.Tensor5D;
  case: RivalCase;
  /** [N, 4], 1 for each modality that a sample has. */
  mask: tf.Tensor2D;
  /** As the method's `noise` shapes it. */
  noise: tf.Tensor5D[];
}

/** In the names of the file; outputs with channels last. */
export interface RivalRun {
  losses: Record<string, tf.Scalar> & { total: tf.Scalar };
  outputs: Record<string, tf.Tensor>;
}

export interface Rival {
  /** What the sides of a crop are multiples of: depth, height, width. */
  sides: [number, number, number];
  /** Which modalities there are may differ by sample, is the same for a batch, or is one for a batch. */
  availability: 'sample' | 'batch' | 'one';
  labels: 'regions' | 'classes';
  specs(setting: Setting, of: RivalCase): ParameterSpec[];
  /** Shapes of the noise that it adds, by level, channels last. Default: none. */
  noise?(setting: Setting, of: RivalCase): number[][];
  /** In a tidy of the caller's. */
  run(input: RivalInput): RivalRun;
}

/** The modalities of a case that has the same for every sample. */
export const sharedList = ({ available }: Pick<RivalCase, 'available'>): number[] =>
  available.flat();
