import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { randomStream } from '../base/random';
import { gaussianFilter } from './gaussian';
import { interpolateCubic, interpolateCubicGrid } from './interpolate';
import { nativeLoops, withoutNative } from './native';
import { resizeVolume } from './resize';
import { voxelCount, type Size3 } from './size';
import { splineCoefficients } from './spline';

/** Sides below, at and above the eight lines and four channels that are computed side by side; and thin ones. */
const SIZES: Size3[] = [
  [5, 6, 7],
  [8, 16, 40],
  [3, 37, 9],
  [1, 1, 50],
  [2, 1, 3],
  [1, 1, 1],
];

/** Values of either sign, and zeros of both. */
function valuesOf(count: number, name: string): Float32Array {
  const stream = randomStream(1, name);
  return Float32Array.from({ length: count }, () => {
    const u = stream.uniform();
    return u < 0.1 ? -0 : u < 0.3 ? 0 : 4 * u - 2;
  });
}

/** The bits of what `compute` gives with the compiled loops and without. */
function assertSameBits(compute: () => Float32Array | Float64Array, what: string): void {
  const bits = ({ buffer }: Float32Array | Float64Array): Uint8Array => new Uint8Array(buffer);
  const native = compute();
  assert.ok(native.every(Number.isFinite), what);
  assert.deepEqual(bits(native), bits(withoutNative(compute)), what);
}

test('the compiled loops are there, and a worker thread without TensorFlow can use them', async () => {
  assert.ok(nativeLoops(), 'run `npm run setup`');
  const module = JSON.stringify(require.resolve('./native'));
  const program = `require('node:worker_threads').parentPort.postMessage(
    [require(${module}).nativeLoops() !== undefined, Object.keys(require.cache).some((file) => /tfjs_binding/.test(file))])`;
  const worker = new Worker(program, { eval: true });
  const answer = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  await worker.terminate();
  assert.deepEqual(answer, [true, false]);
});

for (const size of SIZES) {
  const name = size.join(' x ');
  test(`the compiled loops give the bits of TypeScript: ${name}`, () => {
    const count = voxelCount(size);
    for (const channels of [1, 3, 6]) {
      const values = valuesOf(channels * count, name);
      assertSameBits(() => splineCoefficients(values, size), 'spline');
      const points = Float64Array.from({ length: 3 * 300 }, (_, at) => {
        const side = size[Math.floor(at / 300)];
        return at % 7 === 0 ? at % side : (((at * 37) % 101) / 100) * (side + 0.4) - 0.2;
      });
      assertSameBits(() => {
        const into = new Float32Array(channels * 300);
        interpolateCubic(values, size, points, into);
        return into;
      }, `${channels} channels at points`);
      const along = (side: number): Float64Array =>
        Float64Array.from({ length: side + 3 }, (_, i) => i * 0.93 - 0.5);
      assertSameBits(() => {
        const into = new Float32Array(channels * (size[0] + 3) * (size[1] + 3) * (size[2] + 3));
        interpolateCubicGrid(values, size, [along(size[0]), along(size[1]), along(size[2])], into);
        return into;
      }, `${channels} channels on a grid`);
    }
    const values = valuesOf(count, `${name}, one`);
    for (const border of ['zero', 'reflect'] as const) {
      for (const sigma of [0.5, 1, 4.3]) {
        assertSameBits(() => {
          const smooth = new Float64Array(values);
          gaussianFilter(smooth, size, sigma, border);
          return smooth;
        }, `${border} ${sigma}`);
      }
    }
    for (const order of [1, 3] as const) {
      for (const outside of ['zero', 'edge'] as const) {
        assertSameBits(() => {
          const into = new Float64Array(7 * 9 * 11);
          resizeVolume(values, size, [7, 9, 11], { order, outside }, into);
          return into;
        }, `order ${order}, ${outside}`);
      }
    }
  });
}
