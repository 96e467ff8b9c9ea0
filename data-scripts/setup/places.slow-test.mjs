/** A fresh clone in an unusual place: a path with spaces and non-ASCII letters, files that only their owner may read. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { places } from './steps.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

function run(folder, program, args, more = {}) {
  const env = { ...process.env, ...more };
  delete env.NODE_TEST_CONTEXT;
  const done = spawnSync(program, args, { cwd: folder, env, encoding: 'utf8' });
  assert.equal(done.status, 0, `${program} ${args.join(' ')}\n${done.stdout}${done.stderr}`);
  return done.stdout;
}
const start = (folder, args, more) =>
  run(folder, process.execPath, ['data-scripts/start.mjs', ...args], more);

/** A network without any answer. */
const OFFLINE = Object.fromEntries(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy', 'npm_config_proxy'].map((name) => [
    name,
    'http://127.0.0.1:9',
  ]),
);

test('set up in an unusual place, again without a network, and again after moving it', (t) => {
  if (!fs.existsSync(path.join(root, '.git'))) return t.skip('no git checkout to clone');
  const base = fs.mkdtempSync(path.join(os.tmpdir(), 'mckd-places-'));
  const umask = process.umask(0o077);
  t.after(() => {
    process.umask(umask);
    fs.rmSync(base, { recursive: true, force: true });
  });
  const first = path.join(base, 'Zoë’s kit, 試験');
  run(base, 'git', ['clone', '--quiet', root, first]);
  assert.match(start(first, ['setup']), /The set-up is complete/);
  start(first, ['run', '--preset', 'smoke', '--only', '00']);
  assert.equal(start(first, ['setup'], OFFLINE).includes('Setting up'), false);

  const second = path.join(base, 'moved');
  fs.renameSync(first, second);
  assert.match(start(second, ['setup']), /The set-up is complete/);
  assert.ok(fs.readFileSync(places(second).kernel, 'utf8').includes(second));
  start(second, ['run', '--preset', 'smoke', '--only', '00']);
});
