import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { UserError } from '../base/errors';
import { readIdx } from './idx';
import { mnist } from '../datasets/av-mnist/mnist';

const images = Uint8Array.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 5, 6, 7, 8]);

function fault(bytes: Uint8Array, expected: number[]): UserError {
  try {
    readIdx(bytes, 'some-file', expected);
  } catch (error) {
    assert.ok(error instanceof UserError);
    assert.match(error.message, /some-file/);
    assert.equal(error.details.file, 'some-file');
    return error;
  }
  assert.fail('no error');
}

test('reads a whole file', () => {
  const { dimensions, values } = readIdx(images, 'some-file', [2, 1, 2]);
  assert.deepEqual(dimensions, [2, 1, 2]);
  assert.deepEqual([...values], [5, 6, 7, 8]);
});

test('a truncated file is an error that says how long it is', () => {
  const { message, details } = fault(images.subarray(0, 19), [2, 1, 2]);
  assert.match(message, /cut off: it has 19 bytes and its header promises 20/);
  assert.deepEqual([details.field, details.value], ['length', 19]);
  assert.match(fault(images.subarray(0, 9), [2, 1, 2]).message, /header needs 16 bytes/);
  assert.match(fault(Uint8Array.from([...images, 0]), [2, 1, 2]).message, /too long/);
});

test('a wrong magic number or count is an error that says which', () => {
  assert.deepEqual(fault(images, [2]).details.value, 0x803);
  const { message, details } = fault(images, [3, 1, 2]);
  assert.match(message, /dimension 0 is 2 and should be 3/);
  assert.equal(details.value, 2);
});

test('all of MNIST is there', () => {
  const train = mnist('train');
  const held = mnist('test');
  assert.deepEqual([train.count, held.count], [60000, 10000]);
  // The counts of each digit in LeCun's files.
  const counts = new Array<number>(10).fill(0);
  train.digits.forEach((digit) => (counts[digit] += 1));
  assert.deepEqual(counts, [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  assert.deepEqual([...held.digits.slice(0, 5)], [7, 2, 1, 0, 4]);
  assert.equal(train.pixels(59999).length, 784);
  assert.equal(train.pixels(0)[5 * 28 + 12], 3);
});

test('a folder with broken IDX files is an error that names the file', async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mckd-idx-'));
  t.after(() => rm(folder, { recursive: true }));
  assert.throws(() => mnist('test', folder), { code: 'MISSING' });
  await writeFile(path.join(folder, 't10k-labels-idx1-ubyte'), images);
  assert.throws(() => mnist('test', folder), /t10k-labels-idx1-ubyte: the magic number is 2051/);
});
