/**
 * `npm run dev -- WORD...`: compiles whenever a source changes, and then runs the tests whose file name contains one of the
 * words. Ctrl-C ends it. Needs a finished set-up (`npm run setup`).
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** tsc's line at the end of a compilation. */
const COMPILED = /Found (\d+) errors?\. Watching for file changes/;

/** @param onCompiled called with the number of errors after each compilation */
export function watch(root, onCompiled) {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [tsc, '-b', 'lib', 'data-scripts', '--watch', '--preserveWatchOutput'];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.setEncoding('utf8').on('data', (text) => {
    process.stdout.write(text);
    const found = COMPILED.exec(text);
    if (found) onCompiled(Number(found[1]));
  });
  return child;
}

function main(words) {
  if (words.length === 0) {
    console.error('choose tests: npm run dev -- WORD, such as "mckd" or "losses"');
    process.exitCode = 2;
    return;
  }
  const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
  let running;
  watch(root, (errors) => {
    running?.kill();
    if (errors > 0) return;
    const test = path.join(root, 'data-scripts', 'checks', 'test.mjs');
    running = spawn(process.execPath, [test, ...words], { cwd: root, stdio: 'inherit' });
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main(process.argv.slice(2));
