/**
 * `npm run check`: the quick loop for developers. Types first, then in parallel what needs no TensorFlow:
 * eslint, prettier, unused exports (knip), the order of rooms, the tests that never load it. Needs a finished set-up (`npm run setup`).
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { removeStale } from '../setup/compiled-files.mjs';
import { testLanes } from './test-lanes.mjs';
import { testFiles } from './test-files.mjs';

/** The caches of eslint and prettier. */
const CACHE = path.join('node_modules', '.cache', 'mckd-check');

const TOOLS = {
  types: ['typescript/bin/tsc', '-b', 'lib', 'data-scripts'],
  eslint: [
    'eslint/bin/eslint.js',
    '--config',
    '.eslint.config.mjs',
    '--cache',
    '--cache-location',
    `${CACHE}/eslint`,
    '.',
  ],
  prettier: [
    'prettier/bin/prettier.cjs',
    '--check',
    '--cache',
    '--cache-location',
    `${CACHE}/prettier`,
    '.',
  ],
  exports: ['knip/bin/knip.js', '--no-progress'],
  rooms: [
    'dependency-cruiser/bin/dependency-cruise.mjs',
    'lib',
    'data-scripts',
    '--config',
    '.dependency-cruiser.cjs',
  ],
};

/** Parallel jobs. */
const AT_ONCE = Math.max(2, os.availableParallelism());

/** Runs a Node script and prints its result; its output if it failed. */
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

/** Runs functions in order, a limited number at once. */
async function inTurn(jobs, atOnce) {
  const waiting = [...jobs];
  const results = [];
  const worker = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) results.push(await job());
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

/** Lint, formatting, unused files, exports and dependencies, and the order of rooms. */
function lintJobs(root) {
  fs.mkdirSync(path.join(root, CACHE), { recursive: true });
  return ['eslint', 'prettier', 'exports', 'rooms'].map(
    (name) => () => runCheck(root, name, toolArguments(root, TOOLS[name])),
  );
}

/** @returns whether all passed */
export async function lint(root) {
  return (await inTurn(lintJobs(root), AT_ONCE)).every(Boolean);
}

/** @returns whether all passed */
export async function check(root) {
  removeStale(root);
  if (!(await runCheck(root, 'types', toolArguments(root, TOOLS.types)))) return false;
  const { light } = testLanes(root, testFiles(root));
  const tests = [
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${os.availableParallelism()}`,
  ];
  const jobs = [
    ...lintJobs(root),
    () => runCheck(root, `${light.length} test files without TensorFlow`, [...tests, ...light]),
  ];
  return (await inTurn(jobs, AT_ONCE)).every(Boolean);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
  process.exitCode = (await check(root)) ? 0 : 1;
}
