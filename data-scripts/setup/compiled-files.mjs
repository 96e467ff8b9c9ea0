/** The folders that the compiler fills. */
import fs from 'node:fs';
import path from 'node:path';

/** The parts of the checkout whose TypeScript is compiled, each into its `dist`. */
export const COMPILED = ['lib', 'data-scripts'];

/** All files under a folder with this ending; none if there is no such folder. */
export const walk = (folder, suffix) =>
  fs.existsSync(folder)
    ? fs
        .readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
        .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    : [];

/** Endings that the compiler writes for a source, instead of its `.ts`. */
const WRITTEN = ['.js', '.js.map', '.d.ts', '.d.ts.map'];

/**
 * Removes compiled files whose source is gone. The compiler keeps them, and they would still be found: a test would
 * run, and `config.js` would hide the `config/index.js` that replaced it.
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
