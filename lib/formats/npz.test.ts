import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { unzipSync } from 'fflate';
import { pythonWithNumpy } from '../checks/fixtures/numpy';
import { temporaryFolder } from '../checks/fixtures/prepared';
import { encodeNpy, encodeNpz } from './npz';

test('a .npy is its header, padded to 64 bytes, and the values', () => {
  const bytes = Buffer.from(encodeNpy({ shape: [3], values: Int16Array.of(1, -2, 300) }));
  // numpy 2.4: np.save(file, np.array([1, -2, 300], '<i2'))
  assert.equal(bytes.subarray(0, 8).toString('latin1'), '\x93NUMPY\x01\x00');
  assert.equal(bytes.readUInt16LE(8), 118);
  const header = bytes.subarray(10, 128).toString('latin1');
  assert.equal(
    header,
    "{'descr': '<i2', 'fortran_order': False, 'shape': (3,), }".padEnd(117) + '\n',
  );
  assert.equal(bytes.subarray(128).toString('hex'), '0100feff2c01');
  assert.throws(() => encodeNpy({ shape: [2, 2], values: Uint8Array.of(1) }), RangeError);
});

test('equal arrays, equal bytes; the zip has a .npy for each', () => {
  const arrays = { a: { shape: [], values: Float32Array.of(0.5) } };
  assert.deepEqual(encodeNpz(arrays), encodeNpz(arrays));
  assert.deepEqual(Object.keys(unzipSync(encodeNpz(arrays))), ['a.npy']);
});

test('numpy reads every kind of array', (t) => {
  const python = pythonWithNumpy(t);
  if (!python) return;
  const file = join(temporaryFolder(t), 'a.npz');
  writeFileSync(
    file,
    encodeNpz({
      bytes: { shape: [2, 3], values: Uint8Array.of(0, 1, 2, 253, 254, 255) },
      yes: { shape: [3], values: Uint8Array.of(1, 0, 1), bool: true },
      short: { shape: [2], values: Int16Array.of(-32768, 32767) },
      long: { shape: [1, 2], values: Int32Array.of(-5, 70000) },
      single: { shape: [2], values: Float32Array.of(0.1, Number.NaN) },
      double: { shape: [], values: Float64Array.of(0.1) },
      texts: { shape: [3], values: ['', 'é𝄞', 'abc'] },
    }),
  );
  const script = `
import json, sys, numpy as np
d = np.load(sys.argv[1])
print(json.dumps({k: [str(d[k].dtype), list(d[k].shape), d[k].tolist() if k != 'single' else [float(d[k][0]), str(d[k][1])]] for k in d.files}))`;
  const { stdout, stderr, status } = spawnSync(python, ['-c', script, file], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), {
    bytes: [
      'uint8',
      [2, 3],
      [
        [0, 1, 2],
        [253, 254, 255],
      ],
    ],
    yes: ['bool', [3], [true, false, true]],
    short: ['int16', [2], [-32768, 32767]],
    long: ['int32', [1, 2], [[-5, 70000]]],
    single: ['float32', [2], [Math.fround(0.1), 'nan']],
    double: ['float64', [], 0.1],
    texts: ['<U3', [3], ['', 'é𝄞', 'abc']],
  });
});
