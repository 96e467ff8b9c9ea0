import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { UserError } from '../base/errors';
import { KIT_ROOT } from '../base/shipped-file';
import * as mckd from '../index';
import { sourceOf } from './source';

test('the source of a function: doc comment and body, from where it is declared', () => {
  const { file, line, text } = sourceOf(mckd.pairwiseDistillation);
  assert.equal(file, 'lib/mckd.ts');
  const whole = readFileSync(join(KIT_ROOT, file), 'utf8');
  assert.ok(whole.split('\n')[line - 1].startsWith('export function pairwiseDistillation('));
  assert.ok(whole.includes(text));
  assert.match(text, /^\/\*\*\n \* Pairwise distillation between/);
  assert.equal(text.split('\n').at(-1), '}');
  assert.equal(text.split('\nexport function').length, 2);
});

test('a function that is passed on under another name, and one without a doc comment block above', () => {
  assert.equal(sourceOf(mckd.brats.comparison).file, 'lib/brats/experiments/index.ts');
  assert.match(sourceOf(mckd.teacherStudentRatios).text, /^\/\*\* r_ij = w_i \/ w_j/);
});

test('what is no function of the kit is refused', () => {
  const own = function own(): void {};
  for (const wrong of [own, Math.max, 'pairwiseDistillation', undefined])
    assert.throws(() => sourceOf(wrong as () => void), UserError);
});
