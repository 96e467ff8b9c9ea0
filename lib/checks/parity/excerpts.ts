/** For tests: excerpts of the golden files, and their comparison with the kit. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { shippedFile } from '../../base/shipped-file';
import { tf } from '../../nn/tf';
import { checkParity } from './check';
import type { Comparison, Precision } from './compare';
import type { Golden } from './golden';
import { readParityFile } from './reference';

/** Excerpts of numbers of the authors' code; each says what it is of. */
export const FOLDER = shippedFile('checks', 'parity', 'golden');
export const excerpt = (method: string): { file: string; content: Golden } => {
  const file = join(FOLDER, `${method}.json`);
  return { file, content: readParityFile(file).content as Golden };
};

/** All comparisons of a file; no tensor is left behind. */
export async function compared(
  parityFile: { file: string; content: Golden },
  precisions: Precision[],
): Promise<Comparison[]> {
  const before = tf.memory().numTensors;
  const comparisons: Comparison[] = [];
  for await (const event of checkParity(parityFile, { precisions })) {
    comparisons.push(...event.comparisons);
  }
  assert.equal(tf.memory().numTensors, before, 'tensors left behind');
  return comparisons;
}
