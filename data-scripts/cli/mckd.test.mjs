import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const here = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const mckd = (...args) =>
  spawnSync(process.execPath, [path.join(here, 'mckd.mjs'), ...args], { encoding: 'utf8' });

test('an unknown preset: one sentence that names it and the choices, exit 2', () => {
  const { status, stderr, stdout } = mckd('run', '--preset', 'fast');
  assert.equal(status, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /'fast' is invalid\. Allowed choices are smoke, quick, standard, paper\./);
  assert.doesNotMatch(stderr, /\n {4}at /);
});

test('an unknown command or option: exit 2 and no stack; help: exit 0', () => {
  for (const args of [['trian'], ['run', '--wrong'], ['data']]) {
    const { status, stderr } = mckd(...args);
    assert.equal(status, 2, args.join(' '));
    assert.match(stderr, /^error: /);
    assert.doesNotMatch(stderr, /\n {4}at /);
  }
  const help = mckd('--help');
  assert.equal(help.status, 0);
  assert.match(help.stdout, /run .*\n[^]*data .*\n[^]*doctor/);
});

test('a user error prints only its sentence, exit 1', () => {
  const { status, stderr } = mckd('data', 'no-such-set');
  assert.equal(status, 1);
  assert.match(stderr, /no-such-set/);
  assert.equal(stderr.trim().split('\n').length, 1, stderr);
});

test('a bug prints its stack', async () => {
  const { describeFailure } = await import('../dist/cli/mckd.js');
  const { UserError } = await import('../../lib/dist/base/errors.js');
  assert.equal(
    describeFailure(new UserError('x.wav has 7 channels', { code: 'BAD_FILE' })),
    'x.wav has 7 channels',
  );
  assert.match(describeFailure(new TypeError('oh')), /TypeError: oh\n +at /);
});

test('if nothing is built, the sentence says what to run', (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mckd-unbuilt-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  fs.copyFileSync(path.join(here, 'mckd.mjs'), path.join(folder, 'mckd.mjs'));
  const { status, stderr } = spawnSync(process.execPath, [path.join(folder, 'mckd.mjs'), 'run'], {
    encoding: 'utf8',
  });
  assert.equal(status, 1);
  assert.match(stderr, /^The kit is not built yet; run `npm start`/);
  assert.equal(stderr.trim().split('\n').length, 1);
});

test('with --json, the set-up leaves stdout to the result', () => {
  const start = path.join(here, 'start.mjs');
  const args = [start, 'notebook-text', '--check', '--json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.equal(typeof JSON.parse(stdout), 'object');
  assert.match(stderr, /TypeScript \(lib, data-scripts\)/);
});
