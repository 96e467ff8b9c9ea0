/** Which files are tests. */
import fs from 'node:fs';
import path from 'node:path';

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

/** What the compiler writes for a source, in place of its `.ts`. */
const WRITTEN = ['.js', '.js.map', '.d.ts', '.d.ts.map'];

/**
 * Removes compiled files whose source is gone. The compiler leaves them, and they would still be found: a test would
 * run, and `config.js` hide the `config/index.js` that took its place.
 * @returns what was removed
 */
export function removeStale(root) {
  const stale = COMPILED.flatMap((part) => {
    const dist = path.join(root, part, 'dist');
    return WRITTEN.flatMap((end) =>
      walk(dist, end).filter((file) => {
        const source = `${path.relative(dist, file).slice(0, -end.length)}.ts`;
        return !fs.existsSync(path.join(root, part, source));
      }),
    );
  });
  for (const file of stale) fs.rmSync(file);
  return stale;
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
