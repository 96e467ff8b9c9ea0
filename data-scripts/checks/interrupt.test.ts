/** Signals, uncaught errors, running bars: the process ends, with the reason. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder, writeMadeCase } from '@mckd/lib/fixtures/prepared';
import { writeTinyWeights } from './layouts/check-network';

const MCKD = join(__dirname, '..', '..', 'mckd.mjs');

/** Only a guard against a process that never ends. */
const GUARD_MS = 300_000;

/** Runs a command, sends a signal when `word` is printed, and returns the exit code as in a shell, and the output. */
async function interrupted(args: string[], word: string, signal: 'SIGINT' | 'SIGTERM') {
  const child = spawn(process.execPath, [MCKD, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const guard = setTimeout(() => child.kill('SIGKILL'), GUARD_MS);
  let [text, sent] = ['', false];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (!sent && text.includes(word)) sent = child.kill(signal);
    });
  }
  const [code, by] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  clearTimeout(guard);
  assert.ok(sent, text);
  return { code: code ?? 128 + os.constants.signals[by ?? 'SIGKILL'], text };
}

/** A segmentation of some hundred tiles. */
function segmenting(root: string): string[] {
  writeMadeCase(join(root, 'large'), 'b', { shape: [128, 128, 96] });
  const weights = writeTinyWeights(root);
  return [
    ...['segment', '--checkpoint', weights, '--case', join(root, 'large')],
    ...['--tile', '16,32,32', '--out', join(root, 'out', 'b.nii.gz')],
  ];
}

test('SIGINT ends a command with 130, SIGTERM with 143, and without a stack', async (t) => {
  const root = temporaryFolder(t);
  writeMadeCase(root, 'a');
  const long = ['--preset', 'smoke', '--set', 'brats.width=0.03125', '--steps', '1000000'];
  const commands: [string[], string][] = [
    [['overfit', '--case', join(root, 'a'), ...long], 'crop'],
    // Its main thread is always busy.
    [['measure', ...long], 'seconds'],
    [segmenting(root), 'tiles of 16 x 32 x 32'],
  ];
  for (const [args, word] of commands) {
    for (const [signal, expected] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      const { code, text } = await interrupted(args, word, signal);
      assert.equal(code, expected, `${args[0]}: ${text}`);
      assert.doesNotMatch(text, /\n {4}at /);
    }
  }
  assert.deepEqual(readdirSync(join(root, 'out')), [], 'a partial result');
});

/** Runs a program that can require modules relative to this folder, such as `../terminal/ending`. */
function program(text: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', text], {
    cwd: __dirname,
    encoding: 'utf8',
    timeout: GUARD_MS,
    killSignal: 'SIGKILL',
  });
  assert.notEqual(status, null, 'it never ends');
  return { status, stdout, stderr };
}

const FAULTS = `
const { watchFaults } = require('../terminal/ending');
const { UserError } = require('@mckd/lib/base');
watchFaults();
setInterval(() => {}, 1000);
`;

test('uncaught errors: one sentence for user errors, a stack for bugs, exit code 1', () => {
  const rejected = program(
    `${FAULTS} void Promise.reject(new UserError('x.nii is none', { code: 'BAD_FILE' }));`,
  );
  assert.deepEqual([rejected.status, rejected.stderr], [1, 'x.nii is none\n']);
  const thrown = program(`${FAULTS} setTimeout(() => { throw new TypeError('ours'); });`);
  assert.equal(thrown.status, 1);
  assert.match(thrown.stderr, /^TypeError: ours\n +at /);
});

test('a command that waits for nothing: exit code 1 and a message', () => {
  const { status, stderr } = program(`require('../terminal/ending').watchFaults();`);
  assert.equal(status, 1);
  assert.match(stderr, /waits for something that never happens/);
});

test('a bar is stopped when its work throws, and the process ends by itself', () => {
  const { status, stdout, stderr } = program(`
    const { withProgress } = require('../terminal/progress');
    const work = async ({ show }) => {
      show(1, 2, { word: 'half' });
      show(2, 4);
      throw new Error('no more');
    };
    const bar = { format: '{value}/{total} {word}', lineMs: 1e6 };
    withProgress(bar, work).catch((error) => console.log('caught', error.message));
  `);
  assert.deepEqual([status, stdout], [0, 'caught no more\n']);
  assert.match(stderr, /^1\/2 half\n2\/4 half\n/);
});

test('the end of a command waits only for its output to be flushed', () => {
  const { status, stdout } = program(`
    const { endProcess } = require('../terminal/ending');
    const { withProgress } = require('../terminal/progress');
    void withProgress({ format: 'bar', lineMs: 1000 }, ({ show }) => { show(0, 1); return new Promise(() => {}); });
    setInterval(() => {}, 1000);
    console.log('x'.repeat(300000));
    void endProcess(7);
  `);
  assert.deepEqual([status, stdout.length], [7, 300001]);
});
