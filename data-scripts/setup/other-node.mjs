/** For tests: other versions of Node, each from an npm package, and running the kit under one. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { defaultCacheDirectory } from '@mckd/lib/base';
import { executeNotebook } from '../dist/notebooks/execute.js';
import { cleanNpmEnvironment } from './processes.mjs';
import { kernelSpec } from './addon.mjs';
import { npmCommand, places } from './steps.mjs';

const versionOf = (node) =>
  spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '';

/**
 * A Node of the major version: this one, a cached one, or the newest from the npm registry (some 45 MB), which is
 * cached by the kit.
 * @returns {{node?: string, reason?: string}} the program, or why it is not available
 */
export function nodeOfMajor(major) {
  const is = (node) => versionOf(node).startsWith(`v${major}.`);
  if (is(process.execPath)) return { node: process.execPath };
  const name = `node-linux-${process.arch}`;
  const folder = path.join(defaultCacheDirectory(), 'node', String(major));
  const program = path.join('node_modules', name, 'bin', 'node');
  const node = path.join(folder, program);
  if (is(node)) return { node };
  const part = `${folder}.part-${process.pid}`;
  fs.mkdirSync(part, { recursive: true });
  const [npm, ...args] = npmCommand(process.env);
  const install = ['install', '--prefix', part, '--no-save', '--no-audit', '--no-fund'];
  const run = spawnSync(npm, [...args, ...install, '--fetch-retries=1', `${name}@${major}`], {
    cwd: part,
    env: cleanNpmEnvironment(process.env),
    encoding: 'utf8',
    timeout: 180_000,
  });
  const fetched = is(path.join(part, program));
  if (fetched) {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.renameSync(part, folder);
    return { node };
  }
  fs.rmSync(part, { recursive: true, force: true });
  const said = run.stderr?.split('\n').find((line) => /npm (ERR!|error)/.test(line));
  return { reason: `no Node ${major} from the npm registry: ${said ?? run.error ?? 'no answer'}` };
}

/** Runs a program of the kit under the Node. @returns {{status: number | null, stdout: string, stderr: string}} */
export function runUnder(node, root, args) {
  const env = { ...process.env };
  delete env.NODE_TEST_CONTEXT;
  return spawnSync(node, args, { cwd: root, env, encoding: 'utf8', timeout: 600_000 });
}

/**
 * Runs a notebook with a kernel of that Node, at smoke; `folder` is for its files.
 * @returns {Promise<{errors: string[], outputs: object[]}>} errors, and the outputs of all cells
 */
export async function notebookUnder(node, root, folder, source) {
  const kernel = path.join(
    folder,
    'jupyter',
    'kernels',
    path.basename(path.dirname(places(root).kernel)),
  );
  fs.mkdirSync(kernel, { recursive: true });
  const spec = kernelSpec(root);
  spec.argv[0] = node;
  fs.writeFileSync(path.join(kernel, 'kernel.json'), JSON.stringify(spec));
  const before = process.env.JUPYTER_PATH;
  process.env.JUPYTER_PATH = path.join(folder, 'jupyter');
  const target = path.join(folder, 'out.ipynb');
  const errors = [];
  try {
    await executeNotebook({
      root,
      source,
      target,
      preset: 'smoke',
      resultsDirectory: path.join(folder, 'results'),
      onEvent: (event) => {
        if (event.event === 'error') errors.push(`${event.source}: ${event.message}`);
      },
    });
  } finally {
    if (before === undefined) delete process.env.JUPYTER_PATH;
    else process.env.JUPYTER_PATH = before;
  }
  const { cells } = JSON.parse(fs.readFileSync(target, 'utf8'));
  return { errors, outputs: cells.flatMap((cell) => cell.outputs ?? []) };
}
