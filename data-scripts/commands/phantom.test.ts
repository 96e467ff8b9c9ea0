import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';

/** Runs the command with an empty cache and a pip that has no index. */
function mckd(t: TestContext, ...args: string[]) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mckd-phantom-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const env = {
    ...process.env,
    MCKD_CACHE: path.join(folder, 'cache'),
    PIP_CONFIG_FILE: os.devNull,
    PIP_NO_INDEX: '1',
    PIP_FIND_LINKS: '',
  };
  const command = [path.resolve(__dirname, '..', '..', 'mckd.mjs'), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    env,
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stdout, stderr, folder };
}

test('no connection and no anatomy: one sentence that says what to do, and no folder is left', (t) => {
  const { status, stderr, folder } = mckd(t, 'data', 'phantom', '--out', 'set', '--cases', '2');
  assert.equal(status, 1);
  assert.match(stderr, /the anatomy for phantoms is not in .* or put nilearn-[\d.]+\S*whl into/);
  assert.equal(stderr.trim().split('\n').length, 1, stderr);
  assert.deepEqual(readdirSync(folder), ['cache']);
});

test('training without --data uses the preset’s phantoms', (t) => {
  const { status, stderr } = mckd(t, 'train', '--preset', 'smoke', '--out', 'run');
  assert.equal(status, 1);
  assert.match(stderr, /the anatomy for phantoms is not in/);
});

test('wrong options of the command: exit 2, or 1 for values out of range; the message names option and range', (t) => {
  const faults: [string[], RegExp, number?][] = [
    [[], /required option '--out <folder>'/, 2],
    [['--out', 'set', '--size', '64'], /'64' is invalid.*three whole numbers, such as 96,96,64/, 2],
    [['--out', 'set', '--cases', 'many'], /'many' is invalid.*whole number/, 2],
    [['--out', 'set', '--size', '64,64,4'], /size is 64,64,4; give three whole numbers from 16/],
    [['--out', 'set', '--spacing', 'fine'], /spacing is NaN mm; give a voxel size/],
  ];
  for (const [args, message, code = 1] of faults) {
    const { status, stderr } = mckd(t, 'data', 'phantom', ...args);
    assert.equal(status, code);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\n {4}at /);
  }
});
