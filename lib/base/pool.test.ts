import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../checks/fixtures/prepared';
import { UserError } from './errors';
import { openPool, repliesOf, threadWorker, type Pool } from './pool';

type Answer = { kind: 'half'; of: number } | { kind: 'done'; doubled: number; thread: number };

/** Threads that double numbers, after this code for each. */
function doubling(t: TestContext, { before = '', size = 2 } = {}): Pool<number, Answer> {
  const script = join(temporaryFolder(t), 'worker.js');
  writeFileSync(
    script,
    `const { threadId } = require('node:worker_threads');
    const { UserError } = require(${JSON.stringify(join(__dirname, 'errors.js'))});
    require(${JSON.stringify(join(__dirname, 'pool.js'))}).serveTasks(async function* ({ number }) {
      ${before}
      yield { kind: 'half', of: number };
      yield { kind: 'done', doubled: 2 * number, thread: threadId };
    });`,
  );
  const pool = openPool<number, Answer>({
    size,
    start: () => threadWorker(script, undefined),
    requestOf: (number) => ({ number }),
    lost: (number, how) => new UserError(`the thread of ${number} ${how}`, { code: 'PROCESS' }),
  });
  t.after(() => pool.close());
  return pool;
}

test('each task gets its own replies; workers are started as they are needed, and used again', async (t) => {
  const pool = doubling(t);
  const told: Answer[] = [];
  const first = await pool.run(1, (answer) => told.push(answer));
  assert.deepEqual(told, [{ kind: 'half', of: 1 }, first]);
  const second = await pool.run(2);
  assert.deepEqual([second.doubled, second.thread], [4, first.thread]);
  const more = await Promise.all([3, 4, 5, 6].map((number) => pool.run(number)));
  assert.deepEqual(
    more.map(({ doubled }) => doubled),
    [6, 8, 10, 12],
  );
  assert.equal(new Set(more.map(({ thread }) => thread)).size, 2);
});

test('after a failure nothing else is begun, and what waits fails with it', async (t) => {
  const before =
    "if (number === 1) throw new UserError('one is odd', { code: 'BAD_VALUE', value: number });";
  const pool = doubling(t, { before, size: 1 });
  const all = await Promise.allSettled([1, 2].map((number) => pool.run(number)));
  for (const one of [...all, ...(await Promise.allSettled([pool.run(3)]))]) {
    assert.equal(one.status, 'rejected');
    assert.ok(one.reason instanceof UserError);
    assert.deepEqual(
      [one.reason.message, one.reason.details],
      ['one is odd', { code: 'BAD_VALUE', value: 1 }],
    );
  }
});

test('a worker that dies without a task is replaced; one that dies with a task is an error', async (t) => {
  const pool = doubling(t, {
    size: 1,
    before: `if (number === 3) process.exit(9);
      if (number === 1) setImmediate(() => process.exit(0));`,
  });
  const first = await pool.run(1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const second = await pool.run(2);
  assert.notEqual(second.thread, first.thread);
  await assert.rejects(pool.run(3), /^UserError: the thread of 3 ended with exit code 9$/);
});

test('an iteration yields all replies, and fails with the first task that does', async (t) => {
  const doubled: number[] = [];
  for await (const { task, reply } of repliesOf(doubling(t), [1, 2, 3])) {
    if (reply.kind === 'done') doubled[task] = reply.doubled;
  }
  assert.deepEqual(doubled.slice(1), [2, 4, 6]);
  const broken = doubling(t, { before: "if (number === 2) throw new Error('broken');" });
  await assert.rejects(async () => {
    for await (const one of repliesOf(broken, [1, 2, 3])) assert.notEqual(one.task, 2);
  }, /^Error: broken$/);
  for await (const one of repliesOf(doubling(t), [1], AbortSignal.abort()))
    assert.equal(one, undefined);
});
