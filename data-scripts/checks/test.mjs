/**
 * `npm test [words]`: lint and every test of the kit through Node's test runner, or the tests whose file name
 * contains one of the words. `npm run test:slow [words]`: those named `*.slow-test.*`, which take many minutes or
 * download what they need. `--test-name-pattern=REGEX` chooses tests by their names.
 */
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { removeStale } from '../setup/compiled-files.mjs';
import { lint } from './check.mjs';
import { testFiles } from './test-files.mjs';
import { testLanes } from './test-lanes.mjs';

/** The lines at the end of a run, and the count of each. */
const SUMMARY = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/;

/**
 * Heavy files at once: in most of them one thread works at a time, TensorFlow's or JavaScript's, and some need over a
 * gigabyte of memory. A slow one may use the whole machine, or change its set-up.
 */
const HEAVY_AT_ONCE = { quick: Math.min(2, os.availableParallelism()), slow: 1 };

/** The events of both lanes, one after the other, with one summary of both at the end. */
async function* events(root, { light, heavy }, speed, options) {
  const sums = new Map();
  const lanes = [
    { files: light, concurrency: os.availableParallelism() },
    { files: heavy, concurrency: HEAVY_AT_ONCE[speed] },
  ];
  for (const { files, concurrency } of lanes) {
    if (files.length === 0) continue;
    const run_ = run({
      ...options,
      concurrency,
      files: files.map((file) => path.join(root, file)),
    });
    for await (const event of run_) {
      const found = event.type === 'test:diagnostic' && SUMMARY.exec(event.data.message);
      if (found && event.data.nesting === 0 && event.data.file === undefined) {
        const [, name, count] = found;
        sums.set(name, (sums.get(name) ?? 0) + Number(count));
      } else if (event.type !== 'test:summary' || event.data.file !== undefined) yield event;
    }
  }
  for (const [name, count] of sums)
    yield { type: 'test:diagnostic', data: { nesting: 0, message: `${name} ${count}` } };
  if (sums.get('fail') > 0 || sums.get('cancelled') > 0) process.exitCode = 1;
}

/** `--test-name-pattern=...` for the runner. */
function runnerOptions(args) {
  const options = {};
  for (const arg of args) {
    const pattern = /^--test-name-pattern=(.*)$/s.exec(arg);
    if (!pattern)
      throw new Error(`npm test has no option ${arg}; there is --test-name-pattern=REGEX`);
    (options.testNamePatterns ??= []).push(new RegExp(pattern[1]));
  }
  return options;
}

async function main(args) {
  const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
  const speed = args.includes('--slow') ? 'slow' : 'quick';
  const options = runnerOptions(args.filter((arg) => arg.startsWith('--') && arg !== '--slow'));
  const words = args.filter((arg) => !arg.startsWith('--'));
  removeStale(root);
  const files = testFiles(root, words, speed);
  if (files.length === 0) {
    console.error(`No test file's name holds ${words.join(' or ')}; the files are:`);
    for (const file of testFiles(root, [], speed)) console.error(`  ${file}`);
    process.exitCode = 1;
    return;
  }
  if (speed === 'quick' && args.length === 0 && !(await lint(root))) process.exitCode = 1;
  const lanes = testLanes(root, files);
  await pipeline(Readable.from(events(root, lanes, speed, options)), new spec(), process.stdout, {
    end: false,
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await main(process.argv.slice(2));
