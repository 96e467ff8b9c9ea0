import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import { test } from 'node:test';
import { decodePng, encodePng, pngSize } from './png';

const random = (count: number): Uint8Array => {
  let state = 1;
  return Uint8Array.from({ length: count }, () => {
    state = (1103515245 * state + 12345) & 0x7fffffff;
    return state >> 16;
  });
};

/** Colour types of the format: 0 grey, 2 red, green and blue, 3 a palette. */
const IMAGES = {
  grey: { type: 0, pixels: Uint8Array.from({ length: 3 * 35 }, (_, i) => 7 * Math.floor(i / 3)) },
  palette: {
    type: 3,
    pixels: Uint8Array.from({ length: 3 * 35 }, (_, i) => (i % 9 < 4 ? i % 9 : 200)),
  },
  'many colours': { type: 2, pixels: random(3 * 35 * 12) },
};

for (const [name, { type, pixels }] of Object.entries(IMAGES)) {
  test(`a PNG of ${name} is read back as it was, in its smallest form`, () => {
    const [width, height] = [7, pixels.length / 21];
    const file = encodePng(width, height, pixels);
    assert.equal(file[25], type);
    assert.deepEqual(pngSize(file), { width, height });
    assert.deepEqual(decodePng(file), { width, height, pixels });
  });
}

test('the PNG fits its checksums', () => {
  // python3 -c "import zlib; print(hex(zlib.crc32(b'IEND')))" -> 0xae426082
  const file = encodePng(1, 1, new Uint8Array([1, 2, 3]));
  assert.equal(file.subarray(-4).toString('hex'), 'ae426082');
});

test('rows are filtered where that makes them smaller', () => {
  const ramp = new Uint8Array(3 * 64 * 64);
  for (let i = 0; i < 64 * 64; i += 1)
    ramp.fill((3 * (i % 64) + 2 * Math.floor(i / 64)) & 255, 3 * i, 3 * i + 3);
  const plain = deflateSync(
    ramp.filter((_, i) => i % 3 === 0),
    { level: 9 },
  ).length;
  assert.ok(encodePng(64, 64, ramp).length < plain);
});

test('other forms of PNG are refused in one sentence', () => {
  const file = encodePng(1, 1, new Uint8Array([1, 2, 3]));
  file[25] = 6;
  assert.throws(() => decodePng(file), { code: 'BAD_FILE' });
});
