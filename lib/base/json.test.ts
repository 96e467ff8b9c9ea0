import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { UserError } from './errors';
import { parseJson, readJson, showValue } from './json';

const folder = mkdtempSync(join(tmpdir(), 'mckd-json-'));
after(() => rmSync(folder, { recursive: true }));

function failure(content: string | Uint8Array, options = {}): string {
  try {
    parseJson(content, 'my.json', options);
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return error.message;
  }
  assert.fail('no error');
}

test('JSON with one meaning is parsed as by JSON.parse', () => {
  for (const value of [null, 1.5, 'a:"b"', [], { a: [{ b: 1 }, { b: 2 }], 'a"': { a: 1 } }]) {
    for (const text of [JSON.stringify(value), JSON.stringify(value, null, 2)]) {
      assert.deepEqual(parseJson(text, 'x'), value);
      assert.deepEqual(parseJson(Buffer.from(text), 'x'), value);
    }
  }
});

test('JSON with no meaning, or two, is an error that names the file', () => {
  assert.match(failure('{'), /^my\.json is not JSON \(.*\); get the file again or fix it$/);
  assert.match(failure('{"a":1,"b":{"a":2},"a":3}'), /^my\.json has "a" twice/);
  assert.match(failure('{"a":1,"\\u0061":3}'), /has "a" twice/);
  assert.match(failure(Buffer.from('"\xe9"', 'latin1')), /is not JSON \(.*encoded data/);
  assert.match(failure('\ufeff{}'), /is not JSON/);
  assert.match(failure('[1e999]'), /a number beyond float64/);
  assert.match(failure('{"__proto__":{"a":1}}'), /"__proto__"/);
  assert.match(failure('['.repeat(1e5)), /nested deeper than 64/);
  assert.match(failure('"aaaa"', { mostBytes: 5, fix: 'cut it' }), /at most 5 are read; cut it/);
});

test('a file that is missing, or too long', () => {
  const file = join(folder, 'a.json');
  assert.throws(() => readJson(file), /a\.json can't be read \(ENOENT.*; get the file again/);
  writeFileSync(file, '{"a": 1}');
  assert.deepEqual(readJson(file), { a: 1 });
  assert.throws(() => readJson(file, { mostBytes: 7 }), /it has 8 bytes, and at most 7 are read/);
});

test('any value is shown in few characters', () => {
  let deep: unknown = 1;
  for (let i = 0; i < 1e5; i++) deep = [deep];
  for (const value of [deep, 'x'.repeat(1e6), new Array(1e6).fill(1), 2n ** 9000n]) {
    assert.ok(showValue(value).length <= 200);
  }
  assert.deepEqual([undefined, null, NaN, 'a"b', 12n, [1, 'x']].map(showValue), [
    'absent',
    'null',
    'NaN',
    '"a\\"b"',
    '12',
    "[ 1, 'x' ]",
  ]);
});
