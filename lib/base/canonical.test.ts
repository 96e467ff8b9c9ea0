import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonical, canonicalSha256 } from './canonical';

test('equal values have one text and one hash, whatever the order of their keys', () => {
  const one = { b: [1, { d: null, c: 'x' }], a: 0.5, none: undefined };
  const other = { a: 0.5, b: [1, { c: 'x', d: null }] };
  assert.equal(canonical(one), '{"a":0.5,"b":[1,{"c":"x","d":null}]}');
  assert.equal(canonicalSha256(one), canonicalSha256(other));
  assert.notEqual(canonicalSha256(one), canonicalSha256({ ...other, a: 0.25 }));
  assert.notEqual(canonical([1, 2]), canonical([2, 1]));
  assert.deepEqual(JSON.parse(canonical(one)), other);
});
