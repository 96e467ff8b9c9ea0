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
