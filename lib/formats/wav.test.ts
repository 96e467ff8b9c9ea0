import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../base/errors';
import { encodeWav, readWav } from './wav';

const samples = Float32Array.from([0, 0.5, -1, 0.25]);
const whole = encodeWav(samples, 8000);

function broken(change: (bytes: Buffer) => Buffer | void): UserError {
  const bytes = Buffer.from(whole);
  const changed = change(bytes) ?? bytes;
  try {
    readWav(changed, '3_theo_49.wav');
  } catch (error) {
    assert.ok(error instanceof UserError);
    assert.match(error.message, /^3_theo_49\.wav: /);
    return error;
  }
  assert.fail('no error');
}

test('what was written is read', () => {
  const sound = readWav(whole, 'x.wav');
  assert.equal(sound.sampleRate, 8000);
  assert.deepEqual([...sound.samples], [0, 0.5, -1, 0.25]);
  assert.deepEqual(
    [...readWav(encodeWav([2, -2], 8000), 'x.wav').samples],
    [32767 / 32768, -1],
    'clipped, not wrapped',
  );
});

test('unknown chunks are skipped, with their padding', () => {
  const extra = Buffer.concat([
    whole.subarray(0, 12),
    Buffer.from('LIST\x03\0\0\0abc\0', 'latin1'),
    whole.subarray(12),
  ]);
  assert.deepEqual([...readWav(extra, 'x.wav').samples], [...samples]);
});

test('another rate, width, code or number of channels is an error with the field and its value', () => {
  const cases: [number, number, 2 | 4, string][] = [
    [24, 16000, 4, 'sample rate'],
    [22, 2, 2, 'number of channels'],
    [34, 8, 2, 'bits per sample'],
    [20, 3, 2, 'format code'],
  ];
  for (const [offset, value, size, field] of cases) {
    const error = broken((bytes) => void bytes.writeUIntLE(value, offset, size));
    assert.deepEqual([error.details.field, error.details.value], [field, value]);
    assert.match(error.message, new RegExp(`${field} is ${value} and should be`));
  }
});

test('a broken header is an error', () => {
  assert.match(broken((b) => void b.write('RIFX', 0)).message, /first tag is "RIFX"/);
  assert.match(broken((b) => void b.write('AVI ', 8)).message, /form type is "AVI "/);
  assert.match(broken((b) => b.subarray(0, 7)).message, /length is 7/);
  assert.match(broken((b) => void b.write('xxxx', 12)).message, /first chunk is "data"/);
  assert.match(broken((b) => b.subarray(0, 36)).message, /chunk "data" is "absent"/);
  assert.match(broken((b) => void b.writeUInt32LE(8, 16)).message, /size of chunk "fmt " is 8/);
});

test('a data chunk that is cut off is an error, not fewer samples', () => {
  const error = broken((b) => b.subarray(0, b.length - 2));
  assert.deepEqual([error.details.field, error.details.value], ['size of chunk "data"', 8]);
  assert.match(error.message, /at most 6/);
});
