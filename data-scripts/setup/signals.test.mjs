/** Signals reach their handlers, and none reaches a thread that computes (data-scripts/setup/environment/addon-front.cc). */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

/** Endless matrix products; prints the number of handled signals on SIGTERM. */
const PROGRAM = `
const { matMul, tf } = require('@mckd/lib/nn');
let heard = 0;
process.on('SIGUSR2', () => heard++);
process.on('SIGTERM', () => {
  const { spawnSync } = require('node:child_process');
  const child = spawnSync('grep', ['SigBlk', '/proc/self/status'], { encoding: 'utf8' });
  console.log(JSON.stringify({ heard, blockedInChild: child.stdout.trim().split(/\\s+/)[1] }));
  process.exit(7);
});
const [a, b] = [tf.randomNormal([64, 480]), tf.randomNormal([480, 100])];
const turn = () => {
  tf.tidy(() => { for (let i = 0; i < 200; i++) matMul(a, b); });
  setImmediate(turn);
};
turn();
console.log('ready');
`;

test('a program that multiplies matrices survives hundreds of signals, and handles them', async (t) => {
  const child = spawn(process.execPath, ['-e', PROGRAM], { cwd: import.meta.dirname });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (text) => (said += text));
  const ended = once(child, 'close');
  while (!said.includes('ready') && child.exitCode === null) await pause(50);
  for (let i = 0; i < 300; i++) {
    child.kill('SIGUSR2');
    await pause(2);
  }
  child.kill('SIGTERM');
  const [code, signal] = await ended;
  assert.deepEqual([code, signal], [7, null], 'it ends by its own handler');
  const { heard, blockedInChild } = JSON.parse(said.split('\n')[1]);
  assert.ok(heard > 10, `${heard} of 300`);
  assert.match(blockedInChild, /^0+$/, 'child processes get signals as usual');
});
