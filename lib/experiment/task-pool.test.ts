import assert from 'node:assert/strict';
import childProcess from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../checks/fixtures/prepared';
import { UserError } from '../base/errors';
import { planProcesses } from './process-plan';
import { runTasks } from './task-pool';

const POOL = join(__dirname, '..', 'base', 'pool.js');

/** A worker's script with this body for each request. */
function scriptOf(t: TestContext, body: string, before = ''): string {
  const file = join(temporaryFolder(t), 'worker.js');
  writeFileSync(
    file,
    `${before}\nrequire(${JSON.stringify(POOL)}).serveTasks(async function* (request, signal) {${body}});`,
  );
  return file;
}

type Reply = { kind: string; value?: number; pid?: number };

function start(script: string, tasks: number[], signal?: AbortSignal) {
  const work = { tasks: tasks.length, bytes: 2 ** 20, serialShare: 0, crowding: 1 };
  const room = { cores: 2, memoryBytes: 2 ** 30, gpus: [] };
  const plan = planProcesses(work, room, { processes: 2 });
  const options = { script, tasks, plan, signal };
  return runTasks<number, { task: number }, Reply>({
    ...options,
    requestOf: (task) => ({ task }),
    nameOf: (task) => `number ${task}`,
  });
}

async function replies(script: string, tasks: number[]): Promise<Reply[]> {
  const all: Reply[] = [];
  for await (const { reply } of start(script, tasks)) all.push(reply);
  return all;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('tasks are distributed, each answered by its own messages', async (t) => {
  const script = scriptOf(t, "yield { kind: 'done', value: request.task * 10 };");
  const values = (await replies(script, [1, 2, 3, 4, 5])).map(({ value }) => value ?? 0);
  assert.deepEqual(values.sort(), [10, 20, 30, 40, 50]);
  assert.deepEqual(await replies(script, []), []);
});

test('a process has the threads of the plan', async (t) => {
  const script = scriptOf(
    t,
    "yield { kind: 'done', value: Number(process.env.TF_NUM_INTRAOP_THREADS) };",
  );
  assert.deepEqual(
    (await replies(script, [1, 2])).map(({ value }) => value),
    [1, 1],
  );
});

/** Each failure to start, and its one sentence. */
const FAULTS: [string, string | undefined, RegExp][] = [
  ['a missing file', undefined, /its process ended with exit code 1: Error: Cannot find module/],
  ['an end at once', 'process.exit(3)', /its process ended with exit code 3$/],
  ['an exception', "throw new Error('no such thing')", /exit code 1: Error: no such thing$/],
  ['a signal', "process.kill(process.pid, 'SIGKILL')", /was ended by SIGKILL, as .* memory runs/],
  [
    'too little memory',
    "process.stderr.write('<--- Last few GCs --->\\n\\nFATAL ERROR: heap out of memory\\n 1: 0xb7\\n'); process.abort()",
    /was ended by SIGABRT: FATAL ERROR: heap out of memory$/,
  ],
];

for (const [name, before, sentence] of FAULTS) {
  test(`a worker that can't start is one sentence: ${name}`, async (t) => {
    const script =
      before === undefined
        ? join(temporaryFolder(t), 'missing.js')
        : scriptOf(t, "yield { kind: 'done' };", before);
    await assert.rejects(replies(script, [1, 2, 3]), (error: Error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /^run number [12] failed: /);
      assert.match(error.message, sentence);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  });
}

test('if the system refuses the second process, the first is ended, and one sentence gives the reason', async (t) => {
  const script = scriptOf(t, "yield { kind: 'begun' }; await new Promise(() => {});");
  const { fork } = childProcess;
  for (const how of ['thrown', 'told later'] as const) {
    const children: childProcess.ChildProcess[] = [];
    const refused = t.mock.method(childProcess, 'fork', ((...args: Parameters<typeof fork>) => {
      if (children.length === 0) return children[children.push(fork(...args)) - 1];
      if (how === 'told later') return fork(args[0], [], { ...args[2], execPath: '/no/such/node' });
      throw Object.assign(new Error('spawn EAGAIN'), { code: 'EAGAIN' });
    }) as typeof fork);
    await assert.rejects(
      replies(script, [1, 2]),
      /^UserError: run number 2 failed: its process could not be started \(spawn (EAGAIN: there are too many|.*ENOENT: the program)/,
    );
    refused.mock.restore();
    assert.equal(children.length, 1);
    const [{ exitCode, signalCode }] = children;
    assert.ok(exitCode !== null || signalCode !== null, 'the first process is still there');
  }
});

test('a stopped iteration ends its processes, a signal and a broken loop alike', async (t) => {
  const script = scriptOf(
    t,
    "for (;;) { yield { kind: 'step', pid: process.pid }; await new Promise((done) => setTimeout(done, 20)); }",
  );
  const stopping = new AbortController();
  let pid = 0;
  for await (const { reply } of start(script, [1], stopping.signal)) {
    pid = reply.pid ?? 0;
    stopping.abort();
  }
  for await (const { reply } of start(script, [1])) {
    assert.ok(!isAlive(pid));
    pid = reply.pid ?? 0;
    break;
  }
  await sleep(0);
  assert.ok(!isAlive(pid));
});
