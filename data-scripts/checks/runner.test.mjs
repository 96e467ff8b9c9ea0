import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { testLanes } from './test-lanes.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

/** A checkout with two compiled tests, one of them without its source. */
function checkout(t, body = '') {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'mckd-runner-'));
  t.after(() => fs.rmSync(root, { recursive: true }));
  const write = (name, text) => {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
  };
  write('lib/alpha.test.ts', '');
  write('lib/dist/alpha.test.js', `require('node:test')('alpha', () => { ${body} });`);
  write('lib/dist/gone.test.js', "throw new Error('stale')");
  write('lib/dist/gone.test.d.ts', '');
  write(
    'data-scripts/a-room/plain.test.mjs',
    "import test from 'node:test'; test('plain', () => {});",
  );
  write('lib/alpha.slow-test.ts', '');
  write('lib/dist/alpha.slow-test.js', "require('node:test')('slow alpha', () => {});");
  for (const name of [
    'test.mjs',
    'test-files.mjs',
    'test-lanes.mjs',
    '../setup/compiled-files.mjs',
  ])
    write(path.join('data-scripts/checks', name), fs.readFileSync(path.join(here, name)));
  write(
    'data-scripts/checks/check.mjs',
    "export const lint = () => console.log('linted') ?? true;",
  );
  return root;
}

function run(root, ...args) {
  // Inside a test run, node --test would report to the outer one.
  const env = { ...process.env };
  delete env.NODE_TEST_CONTEXT;
  return spawnSync(
    process.execPath,
    [path.join(root, 'data-scripts', 'checks', 'test.mjs'), ...args],
    {
      encoding: 'utf8',
      env,
    },
  );
}

test('all tests run, stale files are removed, and the runner’s summary comes last', (t) => {
  const root = checkout(t);
  const write = (name) => {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), '');
  };
  // config.ts has become config/index.ts: its old compiled file would hide the new one.
  for (const name of [
    'config/index.ts',
    'dist/config/index.js',
    'dist/config.js',
    'dist/config.d.ts',
  ])
    write(`lib/${name}`);
  const { status, stdout } = run(root);
  assert.equal(status, 0, stdout);
  assert.match(stdout, /^linted\n/);
  assert.match(stdout, /tests 2\n.*suites 0\n.*pass 2\n.*fail 0\n/);
  assert.match(stdout.trimEnd().split('\n').at(-1), /duration_ms/);
  const compiled = fs.readdirSync(path.join(root, 'lib/dist'), { recursive: true }).sort();
  assert.deepEqual(compiled, ['alpha.slow-test.js', 'alpha.test.js', 'config', 'config/index.js']);
});

test('words choose files; a word without a match lists the files', (t) => {
  const root = checkout(t);
  assert.match(run(root, 'alp').stdout, /tests 1\n/);
  const none = run(root, 'zzz');
  assert.equal(none.status, 1);
  assert.match(
    none.stderr,
    /No test file's name holds zzz; the files are:\n {2}data-scripts\/a-room\/plain\.test\.mjs/,
  );
});

test('a failing test gives exit 1', (t) => {
  const { status, stdout } = run(checkout(t, "throw new Error('no')"));
  assert.equal(status, 1);
  assert.match(stdout, /fail 1\n/);
});

test('files that load TensorFlow are heavy, also through other modules, and so are those that start commands', (t) => {
  const root = checkout(t);
  const write = (name, text) => fs.writeFileSync(path.join(root, 'lib', 'dist', name), text);
  write('tf.js', "require('@tensorflow/tfjs-node-gpu')");
  write('between.js', 'require("./tf"); require("./pure")');
  write('pure.js', "require('node:child_process'); require('./between.js')");
  const files = {
    'deep.test.js': "require('./between')",
    'circle.test.js': "require('./pure')",
    'index.test.js': "require('@mckd/lib')",
    'room.test.js': "require('@mckd/lib/rooms/tf')",
    'program.test.js': 'const program = "require(\'@mckd/lib\')";',
    'plain.test.js': "require('node:fs')",
    'child.test.js': "require('node:child_process')",
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  write('index.js', "require('./between')");
  fs.writeFileSync(
    path.join(root, 'lib', 'package.json'),
    JSON.stringify({ exports: { '.': './dist/index.js', './rooms/*': './dist/*.js' } }),
  );
  const names = Object.keys(files).map((name) => `lib/dist/${name}`);
  const command = 'data-scripts/dist/command.test.js';
  fs.mkdirSync(path.join(root, path.dirname(command)), { recursive: true });
  fs.writeFileSync(path.join(root, command), "require('node:child_process')");
  const { light, heavy } = testLanes(root, [command, ...names]);
  assert.deepEqual(light, names.slice(-2));
  assert.deepEqual(heavy, [command, ...names.slice(0, -2)]);
});

test('slow tests run on their own, never among the others', (t) => {
  const root = checkout(t);
  assert.doesNotMatch(run(root).stdout, /slow alpha/);
  const slow = run(root, '--slow').stdout;
  assert.match(slow, /slow alpha/);
  assert.match(slow, /tests 1\n/);
});
