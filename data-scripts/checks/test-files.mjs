/** Test files. */
import fs from 'node:fs';
import path from 'node:path';
import { COMPILED, walk } from '../setup/compiled-files.mjs';

/** The suffix of test files, before `.js` or `.mjs`. */
const ENDINGS = { quick: '.test', slow: '.slow-test' };

/**
 * The quick or the slow test files, relative to the root, sorted; only those that contain one of the words, if there
 * are any.
 */
export function testFiles(root, words = [], speed = 'quick') {
  const ending = ENDINGS[speed];
  const compiled = COMPILED.flatMap((part) => walk(path.join(root, part, 'dist'), `${ending}.js`));
  const rooms = fs
    .readdirSync(path.join(root, 'data-scripts'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !['dist', 'node_modules'].includes(entry.name));
  const plain = rooms.flatMap(({ name }) =>
    walk(path.join(root, 'data-scripts', name), `${ending}.mjs`),
  );
  return [...compiled, ...plain]
    .map((file) => path.relative(root, file))
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
    .sort();
}
