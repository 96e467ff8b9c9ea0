import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { UserError } from '../../base/errors';
import { randomStream } from '../../base/random';
import {
  openSafetensors,
  readSafetensors,
  toFloat16,
  writeSafetensors,
  type TensorValues,
} from './index';

const folder = mkdtempSync(join(tmpdir(), 'mckd-safetensors-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

function keep(bytes: Uint8Array): string {
  const file = join(folder, `${files++}.safetensors`);
  writeFileSync(file, bytes);
  return file;
}

/** A file of this header, whether it is right or not. */
function made(header: unknown, dataBytes = 0): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(dataBytes)]);
}

/*
Python 3.11, safetensors 0.8.0, torch 2.13.0; the library's order of metadata is random, this is the sorted one:
  t = lambda values, dtype: torch.tensor(values, dtype=getattr(torch, dtype))
  wide = {'b': t([[1.5, -2], [3e38, 1e-45]], 'float32'), 'B': t(0.5, 'float32'), '10': t([], 'float32'),
    'f64': t([3.14], 'float64'), 'i64': t([-2**62, 5], 'int64'), 'u64': t([2**63], 'uint64'), 'i32': t([-7], 'int32'),
    'u32': t([4294967295], 'uint32'), 'i16': t([-300], 'int16'), 'u16': t([65535], 'uint16'), 'i8': t([-3], 'int8'),
    'u8': t([255], 'uint8'), 'bool': t([True, False], 'bool')}
  narrow = {'f16': t([1.5, -0.0, 6e-8, 65504, inf, nan, 0.1], 'float16'),
    'bf16': t([1.5, -2, 1e38, -inf, 0.1], 'bfloat16')}
  base64.b64encode(save(wide, {'a': 'é', 'b': '"1"'})), base64.b64encode(save(narrow))
  narrow['f16'].tolist(), narrow['bf16'].tolist()
*/
const WIDE = Buffer.from(
  'CAMAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJhIjoiw6kiLCJiIjoiXCIxXCIifSwidTY0Ijp7ImR0eXBlIjoiVTY0Ii' +
    'wic2hhcGUiOlsxXSwiZGF0YV9vZmZzZXRzIjpbMCw4XX0sImk2NCI6eyJkdHlwZSI6Ikk2NCIsInNoYXBlIjpbMl0s' +
    'ImRhdGFfb2Zmc2V0cyI6WzgsMjRdfSwiZjY0Ijp7ImR0eXBlIjoiRjY0Iiwic2hhcGUiOlsxXSwiZGF0YV9vZmZzZX' +
    'RzIjpbMjQsMzJdfSwiMTAiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzBdLCJkYXRhX29mZnNldHMiOlszMiwzMl19' +
    'LCJCIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOltdLCJkYXRhX29mZnNldHMiOlszMiwzNl19LCJiIjp7ImR0eXBlIj' +
    'oiRjMyIiwic2hhcGUiOlsyLDJdLCJkYXRhX29mZnNldHMiOlszNiw1Ml19LCJ1MzIiOnsiZHR5cGUiOiJVMzIiLCJz' +
    'aGFwZSI6WzFdLCJkYXRhX29mZnNldHMiOls1Miw1Nl19LCJpMzIiOnsiZHR5cGUiOiJJMzIiLCJzaGFwZSI6WzFdLC' +
    'JkYXRhX29mZnNldHMiOls1Niw2MF19LCJ1MTYiOnsiZHR5cGUiOiJVMTYiLCJzaGFwZSI6WzFdLCJkYXRhX29mZnNl' +
    'dHMiOls2MCw2Ml19LCJpMTYiOnsiZHR5cGUiOiJJMTYiLCJzaGFwZSI6WzFdLCJkYXRhX29mZnNldHMiOls2Miw2NF' +
    '19LCJpOCI6eyJkdHlwZSI6Ikk4Iiwic2hhcGUiOlsxXSwiZGF0YV9vZmZzZXRzIjpbNjQsNjVdfSwidTgiOnsiZHR5' +
    'cGUiOiJVOCIsInNoYXBlIjpbMV0sImRhdGFfb2Zmc2V0cyI6WzY1LDY2XX0sImJvb2wiOnsiZHR5cGUiOiJCT09MIi' +
    'wic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbNjYsNjhdfX0gICAgIAAAAAAAAACAAAAAAAAAAMAFAAAAAAAAAB+F' +
    '61G4HglAAAAAPwAAwD8AAADA5rFhfwEAAAD/////+f//////1P79/wEA',
  'base64',
);
const NARROW = Buffer.from(
  'eAAAAAAAAAB7ImJmMTYiOnsiZHR5cGUiOiJCRjE2Iiwic2hhcGUiOls1XSwiZGF0YV9vZmZzZXRzIjpbMCwxMF19LC' +
    'JmMTYiOnsiZHR5cGUiOiJGMTYiLCJzaGFwZSI6WzddLCJkYXRhX29mZnNldHMiOlsxMCwyNF19fSAgICDAPwDAln6A' +
    '/809AD4AgAEA/3sAfAB+Zi4=',
  'base64',
);

test("the official library's files: every type, narrow floats widened exactly", async () => {
  const { tensors, metadata } = await readSafetensors(keep(WIDE));
  assert.deepEqual(metadata, { a: 'é', b: '"1"' });
  const expected: Record<string, [number[], TensorValues]> = {
    b: [[2, 2], Float32Array.of(1.5, -2, 3e38, 1e-45)],
    B: [[], Float32Array.of(0.5)],
    '10': [[0], Float32Array.of()],
    f64: [[1], Float64Array.of(3.14)],
    i64: [[2], BigInt64Array.of(-(2n ** 62n), 5n)],
    u64: [[1], BigUint64Array.of(2n ** 63n)],
    i32: [[1], Int32Array.of(-7)],
    u32: [[1], Uint32Array.of(4294967295)],
    i16: [[1], Int16Array.of(-300)],
    u16: [[1], Uint16Array.of(65535)],
    i8: [[1], Int8Array.of(-3)],
    u8: [[1], Uint8Array.of(255)],
    bool: [[2], Uint8Array.of(1, 0)],
  };
  assert.deepEqual([...tensors.keys()].sort(), Object.keys(expected).sort());
  for (const [name, [shape, values]] of Object.entries(expected)) {
    const { dtype, ...tensor } = tensors.get(name) ?? assert.fail(name);
    assert.deepEqual(tensor, { shape, values }, `${name} ${dtype}`);
  }
  const narrow = await readSafetensors(keep(NARROW));
  assert.deepEqual(
    narrow.tensors.get('f16')?.values,
    Float32Array.of(1.5, -0, 2 ** -24, 65504, Infinity, NaN, 0.0999755859375),
  );
  assert.deepEqual(
    narrow.tensors.get('bf16')?.values,
    Float32Array.of(1.5, -2, 9.969209968386869e37, -Infinity, 0.10009765625),
  );
});

test("the kit writes the official library's very bytes, in whatever order it is given tensors", async () => {
  const { tensors, metadata } = await readSafetensors(keep(WIDE));
  const file = join(folder, 'new', 'written.safetensors');
  for (const entries of [[...tensors], [...tensors].reverse()]) {
    writeSafetensors(file, Object.fromEntries(entries), metadata);
    assert.deepEqual(readFileSync(file), WIDE);
  }
  assert.deepEqual(readdirSync(join(folder, 'new')), ['written.safetensors'], 'partial files left');
  writeSafetensors(file, {});
  assert.equal(readFileSync(file, 'latin1'), '\b\0\0\0\0\0\0\0{}      ');
});

test('what is wrong with tensors is found before a file gets the name', async () => {
  const file = join(folder, 'kept.safetensors');
  const values = Float32Array.of(1, 2);
  writeSafetensors(file, { x: { dtype: 'F32', shape: [2], values } });
  const before = readFileSync(file);
  const wrong = [
    { dtype: 'F32', shape: [3], values },
    { dtype: 'I32', shape: [2], values },
    { dtype: 'F16', shape: [2], values },
  ] as const;
  for (const x of wrong) assert.throws(() => writeSafetensors(file, { x }), /^Error: x: 2 values/);
  const named = { __metadata__: { dtype: 'F32', shape: [2], values } as const };
  assert.throws(() => writeSafetensors(file, named), UserError);
  const inside = join(file, 'a.safetensors');
  assert.throws(() => writeSafetensors(inside, {}), {
    name: 'UserError',
    details: { code: 'CANNOT_WRITE', file: inside },
  });
  assert.deepEqual(readFileSync(file), before);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('part')),
    [],
  );
});

test('single tensors are read from an open file, and a missing name is an error that names it', async () => {
  const source = await openSafetensors(keep(WIDE));
  assert.deepEqual((await source.tensor('i16')).values, Int16Array.of(-300));
  assert.deepEqual((await source.tensor('b')).shape, [2, 2]);
  await assert.rejects(source.tensor('c'), { code: 'MISSING' });
  await source.close();
});

/** The error of opening, which must name the file and the field, and come cheaply. */
async function failure(bytes: Uint8Array, field: string, words: RegExp): Promise<void> {
  const file = keep(bytes);
  const memory = process.memoryUsage().rss;
  const error: unknown = await openSafetensors(file).then(
    () => assert.fail(`${bytes.subarray(8, 200).toString()} was read`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof UserError, String(error));
  assert.ok(error.message.startsWith(`${file}: `), error.message);
  assert.equal(error.details.field, field, error.message);
  assert.match(error.message, words);
  assert.ok(error.message.length < 1000, `${error.message.length} characters`);
  assert.ok(process.memoryUsage().rss - memory < 64e6, 'memory');
}

const x = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
const change = (facts: object): object => ({ x: { ...x, ...facts } });

test('a length beyond the file', async () => {
  await failure(Buffer.alloc(0), 'length', /length is 0 and should be at least 8 bytes/);
  await failure(Buffer.alloc(7), 'length', /length is 7/);
  const promise = made({ x }, 8);
  promise.writeBigUInt64LE(2n ** 64n - 1n);
  await failure(
    promise,
    'header length',
    /is 18446744073709551615 and should be at most \d\d bytes/,
  );
  promise.writeBigUInt64LE(BigInt(promise.length - 7));
  await failure(promise, 'header length', /at most/);
  const cut = made({ x }, 8);
  await failure(cut.subarray(0, cut.length - 1), 'bytes of tensors', /is 7 and should be 8/);
  await failure(Buffer.concat([cut, Buffer.alloc(1)]), 'bytes of tensors', /is 9 and should be 8/);
});

test('a header that is no JSON, no object, or deep', async () => {
  for (const text of ['', '{"x":', '{x:1}', '\u{feff}{}', '{"a": NaN}']) {
    await failure(made(text), 'header', /should be JSON/);
  }
  await failure(Buffer.concat([made({}).subarray(0, 8), Buffer.of(0x22, 0xff)]), 'header', /JSON/);
  for (const text of ['[]', 'null', '7', '"x"']) await failure(made(text), 'header', /an object/);
  for (const part of ['[', '{"x":', '{"x":[[', '"\\"', '\\"']) {
    await failure(made(part.repeat(1.9e6 / part.length)), 'header', /should be JSON/);
  }
  await failure(made(`{"x":[[[${'{},'.repeat(6e5)}{}]]]}`), 'header', /nested deeper than 3/);
  await failure(made(' '.repeat(17e6)), 'header length', /at most 2000000 bytes/);
  await failure(made({ x: [] }), 'x', /is \[\] and should be an object/);
  await failure(made({ __metadata__: { a: 1 } }), '__metadata__.a', /is 1 and should be a string/);
  await failure(made({ __metadata__: 'a'.repeat(1e5) }), '__metadata__', /should be an object/);
});

test('a name that appears twice, however it is escaped', async () => {
  const entry = JSON.stringify(x);
  await failure(made(`{"x":${entry},"\\u0078" :${entry}}`, 8), 'x', /there once/);
  const inner = entry.replace('{', '{"shape":[4],');
  await failure(made(`{"x":${inner}}`, 8), 'shape', /there once/);
  const twice = '{"__metadata__":{"a\\"":"b\\\\","a\\"":"c"}}';
  await failure(made(twice), 'a"', /there once/);
  const fine =
    '{"__metadata__":{"x":"x","shape":"x:"},"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}';
  await (await openSafetensors(keep(made(fine)))).close();
});

test('a dtype, shape or offsets that are wrong, one by one', async () => {
  await failure(made(change({ dtype: 'F8_E4M3' }), 8), 'x.dtype', /is "F8_E4M3" and should be one/);
  await failure(made(change({ dtype: 'toString' }), 8), 'x.dtype', /should be one of U64/);
  await failure(made(change({ dtype: undefined }), 8), 'x.dtype', /is absent/);
  const shapes = [2, [-1], [1.5], ['2'], [2 ** 53], [null], Array<number>(65).fill(1)];
  for (const shape of shapes) await failure(made(change({ shape }), 8), 'x.shape', /whole numbers/);
  for (const shape of [[3], [], [2 ** 50, 2 ** 50], [2 ** 53 - 1, 0]]) {
    await failure(made(change({ shape }), 8), 'x.data_offsets', /bytes apart/);
  }
  for (const offsets of [8, [0], [0, 8, 8], [-8, 0], [0, 8.5], [0, '8']]) {
    const facts = { data_offsets: offsets };
    await failure(made(change(facts), 8), 'x.data_offsets', /two whole numbers/);
  }
  await failure(made(change({ data_offsets: [8, 0] }), 8), 'x.data_offsets', /bytes apart/);
});

test('tensors that overlap, leave a gap, or end outside of the file', async () => {
  const y = { ...x, data_offsets: [4, 12] };
  await failure(made({ x, y }, 12), 'y.data_offsets', /is \[ 4, 12 \].*overlaps/);
  await failure(made({ x, y: x }, 8), 'y.data_offsets', /overlaps/);
  const far = { ...x, data_offsets: [12, 20] };
  await failure(made({ x, y: far }, 20), 'y.data_offsets', /leaves a gap/);
  await failure(made({ y: far }, 20), 'y.data_offsets', /leaves a gap/);
  const huge = { ...x, shape: [2 ** 40], data_offsets: [0, 2 ** 42] };
  await failure(made({ x: huge }, 8), 'bytes of tensors', /is 8 and should be 4398046511104/);
});

test('a thousand damaged files: read, or a UserError', async () => {
  const stream = randomStream(0, 'damage');
  let errors = 0;
  for (let i = 0; i < 1000; i++) {
    const bytes = Buffer.from(WIDE);
    for (let k = stream.integer(3); k >= 0; k--) {
      bytes[stream.integer(880)] = stream.integer(256);
    }
    const file = join(folder, 'damaged.safetensors');
    writeFileSync(
      file,
      bytes.subarray(0, bytes.length - (stream.integer(4) ? 0 : stream.integer(900))),
    );
    try {
      await readSafetensors(file);
    } catch (error) {
      assert.ok(error instanceof UserError, String((error as Error).stack));
      errors += 1;
    }
  }
  assert.ok(errors > 700, `${errors} errors`);
});

test('a path that is no file', async () => {
  await assert.rejects(openSafetensors(folder), /can't be read \(it is not a file\)/);
  await assert.rejects(openSafetensors(join(folder, 'absent')), { code: 'CANNOT_READ' });
});

test('binary16 as NumPy rounds it: numpy.float32(...).astype(numpy.float16).view(numpy.uint16)', () => {
  const values = Float32Array.of(
    ...[0, -0, 1, 1.0009765625, 1.00048828125, 1.00146484375, 65504, 65519.996, 65520, 1e-8],
    ...[2.9802322e-8, 5.9604645e-8, 8.940697e-8, 6.103515625e-5, 6.1e-5, -3.1415927, 1e30],
  );
  assert.deepEqual(
    [...toFloat16(values)],
    [
      ...[0, 32768, 15360, 15361, 15360, 15362, 31743, 31743, 31744, 0],
      ...[0, 1, 2, 1024, 1023, 49736, 31744],
    ],
  );
  assert.deepEqual([...toFloat16(Float32Array.of(NaN, -Infinity))], [0x7e00, 0xfc00]);
});
