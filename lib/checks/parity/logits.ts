/** The segmentation network's logits against PyTorch's for the same weights and inputs. */
import assert from 'node:assert/strict';
import { fillMissing } from '../../mckd';
import { decodeRegions, encodeModalities } from '../../models/segmentation';
import type { NamedTensors } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import { filledBatch } from './filling';

/** What `data-scripts/pytorch/logits.py` writes. */
export interface ExpectedLogits {
  /** Of the filled batch. */
  tag: string;
  batch: number;
  crop: [number, number, number];
  cases: {
    /** Available modalities. */
    available: number[];
    mean: number;
    std: number;
    /** Root mean square difference of PyTorch's float32 and float64. */
    float32_distance: number;
    /** Into the logits [N, 3, D, H, W] in C order. */
    index: number[];
    value: number[];
  }[];
}

/** Root mean square difference of the kit's float32 and PyTorch's float64, as a part of the standard deviation. */
const TOLERANCE = 5e-4;
/** Weights that amplify rounding more may differ by this multiple of PyTorch's own float32 error. */
const TIMES_FLOAT32 = 4;

/**
 * Runs the network on the filled batch and asserts that the sampled logits are PyTorch's.
 * @returns each case's root mean square difference, as a part of the logits' standard deviation
 */
export function assertLogits(parameters: NamedTensors, expected: ExpectedLogits): number[] {
  return expected.cases.map(({ available, mean, std, float32_distance, index, value }) => {
    const logits = logitsOf(parameters, expected, available);
    const squares = index.map((at, i) => (logits[at] - value[i]) ** 2);
    const distance = Math.sqrt(squares.reduce((a, b) => a + b, 0) / squares.length);
    const meanOff = Math.abs(logits.reduce((a, b) => a + b, 0) / logits.length - mean);
    const allowed = Math.max(TOLERANCE * std, TIMES_FLOAT32 * float32_distance);
    assert.ok(
      distance <= allowed && meanOff <= allowed,
      `modalities ${available.join(', ')}: logits ${distance} from PyTorch's and their mean ${meanOff}, at most ${allowed} allowed`,
    );
    return distance / std;
  });
}

/** In PyTorch's order [N, 3, D, H, W]; absent scans enter as zeros and absent features as the mean. */
function logitsOf(
  parameters: NamedTensors,
  { tag, batch, crop }: ExpectedLogits,
  available: number[],
): Float32Array {
  const ordered = tf.tidy(() => {
    const { images } = filledBatch(tag, batch, crop);
    const present = [0, 1, 2, 3].map((m) => available.includes(m));
    const shown = tf.mul(images, tf.tensor1d(present.map(Number), 'float32')) as tf.Tensor5D;
    const { features, skips } = encodeModalities(parameters, shown);
    const has = Array.from({ length: batch }, () => present);
    const logits = decodeRegions(parameters, fillMissing(features, has), skips);
    return tf.transpose(logits, [0, 4, 1, 2, 3]);
  });
  const values = ordered.dataSync() as Float32Array;
  ordered.dispose();
  return values;
}
