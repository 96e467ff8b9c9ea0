/**
 * `npm run check`: the quick loop of who changes the kit. Types first, then side by side what needs no TensorFlow:
 * eslint, prettier, the order of rooms, the tests that never load it. Needs a finished set-up (`npm run setup`).
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { removeStale } from '../setup/compiled-files.mjs';
import { testLanes } from './test-lanes.mjs';
import { testFiles } from './test-files.mjs';

/** Where eslint and prettier keep what they know of unchanged files. */
const CACHE = path.join('node_modules', '.cache', 'mckd-check');

const TOOLS = {
  types: ['typescript/bin/tsc', '-b', 'lib', 'data-scripts'],
  eslint: ['eslint/bin/eslint.js', '--cache', '--cache-location', `${CACHE}/eslint`, '.'],
  prettier: [
    'prettier/bin/prettier.cjs',
    '--check',
    '--cache',
    '--cache-location',
    `${CACHE}/prettier`,
    '.',
  ],
  rooms: [
    'dependency-cruiser/bin/dependency-cruise.mjs',
    'lib',
    'data-scripts',
    '--config',
    '.dependency-cruiser.cjs',
  ],
};

/** Jobs side by side. */
const AT_ONCE = Math.max(2, os.availableParallelism());

/** Runs a script of Node and says how it went; its output where it failed. */
function runCheck(root, name, args) {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('close', (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(
        `${code === 0 ? '✔' : '✖'} ${name} (${seconds} s)${code === 0 ? '' : `\n${output}`}`,
      );
      resolve(code === 0);
    });
  });
}

const toolArguments = (root, [script, ...args]) => [
  path.join(root, 'node_modules', script),
  ...args,
];

/** Functions in turn, so many at once. */
async function inTurn(jobs, atOnce) {
  const waiting = [...jobs];
  const results = [];
  const worker = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) results.push(await job());
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

/** What needs no test: lint, form, and the order of rooms. */
function lintJobs(root) {
  fs.mkdirSync(path.join(root, CACHE), { recursive: true });
  return ['eslint', 'prettier', 'rooms'].map(
    (name) => () => runCheck(root, name, toolArguments(root, TOOLS[name])),
  );
}

/** @returns did all pass? */
export async function lint(root) {
  return (await inTurn(lintJobs(root), AT_ONCE)).every(Boolean);
}

/** @returns did all pass? */
export async function check(root) {
  removeStale(root);
  if (!(await runCheck(root, 'types', toolArguments(root, TOOLS.types)))) return false;
  const { together } = testLanes(root, testFiles(root));
  const tests = [
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${os.availableParallelism()}`,
  ];
  const jobs = [
    ...lintJobs(root),
    () =>
      runCheck(root, `${together.length} test files without TensorFlow`, [...tests, ...together]),
  ];
  return (await inTurn(jobs, AT_ONCE)).every(Boolean);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
  process.exitCode = (await check(root)) ? 0 : 1;
}
