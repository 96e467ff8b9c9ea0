/**
 * Which test files are heavy: those that load TensorFlow, themselves or through other modules, and those of data-scripts
 * that start processes, which may. Read from the compiled files, so there is no list to keep.
 */
import fs from 'node:fs';
import path from 'node:path';

const REQUIRED =
  /require\(["']([^"']+)["']\)|\bfrom ["']([^"']+)["']|\bimport\(["']([^"']+)["']\)/g;
const TENSORFLOW = /tensorflow|danfojs/;
const PROCESSES = /^(node:)?(child_process|worker_threads)$/;

/**
 * Programs in texts of a test count, too: what they require is found like an import.
 * @returns the files in two lists, each in the order given; paths are relative to the root
 */
export function testLanes(root, files) {
  const known = new Map();
  const requiredBy = (file) => {
    if (!known.has(file)) {
      const found = fs.readFileSync(file, 'utf8').matchAll(REQUIRED);
      known.set(
        file,
        [...found].map(([, ...spec]) => spec.find(Boolean)),
      );
    }
    return known.get(file);
  };
  const isCommand = (file) => file.startsWith(path.join(root, 'data-scripts'));
  const isHeavy = (test) => {
    const seen = new Set([test]);
    for (const file of seen) {
      for (const spec of requiredBy(file)) {
        if (TENSORFLOW.test(spec) || (PROCESSES.test(spec) && isCommand(file))) return true;
        const target = resolve(root, file, spec);
        if (target !== undefined) seen.add(target);
      }
    }
    return false;
  };
  const heavy = files.filter((file) => file.endsWith('.mjs') || isHeavy(path.join(root, file)));
  return { light: files.filter((file) => !heavy.includes(file)), heavy };
}

/** A compiled file of the kit, or undefined for an external package. */
function resolve(root, from, spec) {
  const own = /^@mckd\/lib(.*)$/.exec(spec);
  if (!own && !spec.startsWith('.')) return undefined;
  const base = own ? exported(root, `.${own[1]}`) : path.resolve(path.dirname(from), spec);
  return [base, `${base}.js`, path.join(base, 'index.js')].find(
    (file) => file.endsWith('.js') && fs.existsSync(file),
  );
}

/** What `exports` of the lib's package.json says of a subpath: a file, or a pattern with one `*` in both. */
function exported(root, subpath) {
  const folder = path.join(root, 'lib');
  const { exports } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  for (const [key, file] of Object.entries(exports)) {
    const [start, end] = key.split('*');
    if (end === undefined ? key !== subpath : !subpath.startsWith(start)) continue;
    return path.join(folder, file.replace('*', subpath.slice(start.length)));
  }
  throw new Error(`${subpath} is no export of ${folder}`);
}
