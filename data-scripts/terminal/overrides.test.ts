import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '@mckd/lib/base';
import { buildConfig } from '@mckd/lib/config';
import { overridesOf } from './overrides';

test('--set makes nested overrides of JSON values, else of text', () => {
  const pieces = ['brats.width=0.5', 'brats.augmentation=none', 'seed=3', 'brats.crop=[32,32,32]'];
  assert.deepEqual(overridesOf(pieces), {
    brats: { width: 0.5, augmentation: 'none', crop: [32, 32, 32] },
    seed: 3,
  });
});

test('--set changes no object but its own, and every invalid piece is an error', () => {
  const before = Object.getOwnPropertyNames(Object.prototype).length;
  const wrong = [
    ['__proto__.x=1'],
    ['brats.__proto__.x=1'],
    ['brats=3', 'brats.width=1'],
    ['brats=null', 'brats.width=1'],
    ['width'],
    ['=1'],
  ];
  for (const pieces of wrong) assert.throws(() => overridesOf(pieces), UserError, pieces.join());
  for (const piece of ['constructor.x=1', 'brats.toString.x=1', 'brats.__proto__=1', 'a.b=1']) {
    assert.throws(() => buildConfig('smoke', overridesOf([piece])), UserError, piece);
  }
  assert.equal(Object.getOwnPropertyNames(Object.prototype).length, before);
  assert.ok(!('x' in Object) && !('x' in {}));
});
