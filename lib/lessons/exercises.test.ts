import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { UserError } from '../base/errors';
import { KIT_ROOT } from '../base/shipped-file';
import { tf } from '../nn/tf';
import { agrees, numbersOf, type Answer } from './exercise';
import { EXERCISE_IDS, exerciseNumbers, exerciseOf, judge, lessonOf } from './exercises';

/** A number as an answer would be written, with so many digits that no other text has it by chance. */
const written = (answer: Answer): string[] =>
  numbersOf(answer)
    .filter((value) => !Number.isInteger(value * 2))
    .map((value) => Number(value.toPrecision(3)).toString());

const refused = (run: () => unknown, message: RegExp): void =>
  assert.throws(run, (error: unknown) => error instanceof UserError && message.test(error.message));

for (const id of EXERCISE_IDS) {
  void test(`${id}: the answer is right, usual wrong ones get their hints, and nothing leaks`, () => {
    const { solve, mistakes, hint, asks } = exerciseOf(id);
    const before = tf.memory().numTensors;
    const numbers = exerciseNumbers(id);
    assert.deepEqual(exerciseNumbers(id), numbers, 'the numbers are the same at every call');
    const answer = solve(numbers);
    assert.ok(numbersOf(answer).every(Number.isFinite));
    assert.equal(judge(id, answer).result, 'right');
    assert.ok(mistakes.length >= 3);
    const hints = new Set<string>([hint]);
    for (const mistake of mistakes) {
      const wrong = mistake.answer(numbers);
      const { result, text } = judge(id, wrong);
      assert.equal(result, 'wrong', `${id} accepts ${JSON.stringify(wrong)}: ${mistake.hint}`);
      assert.equal(text, mistake.hint, 'another mistake gives the same numbers');
      hints.add(text);
    }
    assert.equal(hints.size, mistakes.length + 1);
    for (const text of [...hints, asks])
      for (const value of written(answer))
        assert.ok(!text.includes(value), `"${text}" has ${value}`);
    const off = numbersOf(answer).map((value) => value * 1.37 + 0.717);
    const other = judge(id, reshaped(off, answer));
    assert.equal(other.result, 'wrong');
    assert.equal(tf.memory().numTensors, before);
  });
}

function reshaped(values: number[], like: Answer): Answer {
  if (typeof like === 'number') return values[0];
  const [first] = like;
  if (!Array.isArray(first)) return values;
  const width = first.length;
  return like.map((_, i) => values.slice(i * width, (i + 1) * width));
}

test('every notebook has at least three exercises, and no exercise is without a notebook', () => {
  const numbers = readdirSync(join(KIT_ROOT, 'notebooks'))
    .filter((name) => /^\d\d-.*\.ts$/.test(name))
    .map((name) => name.slice(0, 2));
  for (const number of numbers)
    assert.ok(EXERCISE_IDS.filter((id) => lessonOf(id) === number).length >= 3, number);
  assert.deepEqual([...new Set(EXERCISE_IDS.map(lessonOf))], numbers.sort());
});

test('three digits are enough, and a tensor is as good as its numbers', () => {
  const right = exerciseOf('00.1').solve(exerciseNumbers('00.1')) as number[];
  const rounded = right.map((value) => Number(value.toFixed(3)));
  assert.equal(judge('00.1', rounded).result, 'right');
  assert.ok(
    !agrees(
      right.map((value) => value + 0.01),
      right,
    ),
  );
  const tensor = tf.tensor1d(right);
  assert.equal(judge('00.1', tensor).result, 'right');
  assert.equal(judge('00.1', Float32Array.from(right)).result, 'right');
  tensor.dispose();
});

test('an unknown id, and an answer of another type or shape, are errors for the reader', () => {
  refused(() => judge('04.9', 1), /"04\.9" is no exercise; notebook 04 has 04\.1, 04\.2/);
  refused(() => judge('toString', 1), /is no exercise; they are named as in their headings/);
  refused(() => judge('04.1', 4), /04\.1 asks for .*: 4 rows of 4 numbers; the answer is a number/);
  refused(() => judge('04.4', [1, 2]), /a number; the answer is a list of 2 numbers/);
  refused(() => judge('00.1', [1, 2]), /a list of 3 numbers; the answer is a list of 2 numbers/);
  refused(() => judge('00.1', ['a', 'b', 'c']), /something else than numbers/);
  refused(() => judge('04.1', [[1, 2], [3]]), /rows of several lengths/);
  refused(() => judge('04.4', '16'), /the answer is a text/);
  refused(() => judge('04.4', NaN), /one of them NaN|NaN/);
  refused(() => judge('04.4', Promise.resolve(16)), /put `await` before it/);
  refused(() => judge('04.4', null), /the answer is null/);
  refused(() => judge('00.1', []), /an empty list/);
});
