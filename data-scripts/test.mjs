/**
 * `npm test [words]`: every test of the kit through Node's test runner, or those whose file name holds
 * one of the words. `npm run test:slow [words]`: the ones named `*.slow-test.*`, which take many minutes or
 * fetch what they need. Options (--test-name-pattern=...) go to the runner.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runThrough } from './processes.mjs';

const COMPILED = ['lib', 'data-scripts'];

const walk = (folder, suffix) =>
  fs.existsSync(folder)
    ? fs
        .readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
        .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    : [];

/** How the name of a test file ends, before `.js` or `.mjs`. */
const ENDINGS = { quick: '.test', slow: '.slow-test' };

/** Removes compiled tests whose source is gone; tsc leaves them, and they would still run. */
export function removeStaleTests(root) {
  const removed = [];
  for (const part of COMPILED) {
    const dist = path.join(root, part, 'dist');
    for (const file of Object.values(ENDINGS).flatMap((ending) => walk(dist, `${ending}.js`))) {
      const stem = path.relative(dist, file).slice(0, -'.js'.length);
      if (fs.existsSync(path.join(root, part, `${stem}.ts`))) continue;
      for (const end of ['.js', '.js.map', '.d.ts'])
        fs.rmSync(path.join(dist, stem + end), { force: true });
      removed.push(file);
    }
  }
  return removed;
}

/**
 * The quick or the slow test files, relative to the root, sorted; only those that hold one of the words, if there
 * are any.
 */
export function testFiles(root, words = [], speed = 'quick') {
  const ending = ENDINGS[speed];
  const compiled = COMPILED.flatMap((part) => walk(path.join(root, part, 'dist'), `${ending}.js`));
  const plain = fs
    .readdirSync(path.join(root, 'data-scripts'))
    .filter((name) => name.endsWith(`${ending}.mjs`))
    .map((name) => path.join(root, 'data-scripts', name));
  return [...compiled, ...plain]
    .map((file) => path.relative(root, file))
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
    .sort();
}

async function main(args) {
  const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
  const speed = args.includes('--slow') ? 'slow' : 'quick';
  const options = args.filter((arg) => arg.startsWith('--') && arg !== '--slow');
  const words = args.filter((arg) => !arg.startsWith('--'));
  removeStaleTests(root);
  const files = testFiles(root, words, speed);
  if (files.length === 0) {
    console.error(`No test file's name holds ${words.join(' or ')}; the files are:`);
    for (const file of testFiles(root, [], speed)) console.error(`  ${file}`);
    return 1;
  }
  // One file at a time: TensorFlow takes every core, and two at once would take turns and memory.
  const runner = ['--test', '--test-concurrency=1', '--test-reporter=spec', ...options];
  return runThrough(process.execPath, [...runner, ...files], { cwd: root });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main(process.argv.slice(2));
}
