/** Paths of the set-up's parts, and the step that installs the npm packages. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { cleanNpmEnvironment } from './processes.mjs';
import { hashFiles } from './engine.mjs';

/** Raise it when the steps change, so that finished set-ups are repeated. */
export const VERSION = 1;

const NPM_FILES = [
  'package-lock.json',
  'package.json',
  '.npmrc',
  'lib/package.json',
  'lib/tfjs-node/package.json',
  'data-scripts/package.json',
];

/** Paths in a checkout. */
export function places(root) {
  const venv = path.join(root, '.venv');
  const lib = path.join(venv, 'lib');
  const version = fs.existsSync(lib)
    ? fs.readdirSync(lib).find((name) => /^python3\.\d+$/.test(name))
    : undefined;
  const sitePackages = path.join(lib, version ?? 'python3', 'site-packages');
  const tensorflow = path.join(venv, 'libtensorflow');
  const nodeModules = path.join(root, 'node_modules');
  const tfjs = path.join(nodeModules, '@tensorflow', 'tfjs-node-gpu');
  return {
    root,
    venv,
    python: path.join(venv, 'bin', 'python'),
    sitePackages,
    /** The unpacked parts of the TensorFlow wheel and NVIDIA's. */
    tensorflow,
    wheel: path.join(tensorflow, 'tensorflow'),
    environment: path.join(root, 'data-scripts', 'setup', 'environment'),
    nativeKernels: path.join(root, 'lib', 'native'),
    nativeVolume: path.join(root, 'lib', 'volume', 'native'),
    nodeModules,
    tfjs,
    addonFolder: path.join(tfjs, 'lib', 'napi-v8'),
    kernel: path.join(venv, 'share', 'jupyter', 'kernels', 'tslab', 'kernel.json'),
    stamp: {
      venv: path.join(venv, '.mckd', 'environment'),
      packages: path.join(venv, '.mckd', 'packages'),
      tensorflow: path.join(venv, '.mckd', 'tensorflow'),
      kernel: path.join(venv, '.mckd', 'kernel'),
      npm: path.join(nodeModules, '.mckd', 'packages'),
      addon: path.join(nodeModules, '.mckd', 'addon'),
      node: path.join(nodeModules, '.mckd', 'node'),
    },
  };
}

export const fail = (sentence) => {
  throw new Error(sentence);
};

/** Whether npm's own record of installed packages agrees with the lock file. */
export function npmIsWhole(root) {
  const read = (file) => {
    try {
      return JSON.parse(fs.readFileSync(path.join(root, file), 'utf8')).packages;
    } catch {
      return null;
    }
  };
  const wanted = read('package-lock.json');
  const found = read('node_modules/.package-lock.json');
  if (!wanted || !found) return false;
  return Object.entries(wanted).every(([name, entry]) => {
    if (!name.startsWith('node_modules/') && !name.includes('/node_modules/')) return true;
    if (entry.optional && !found[name]) return true;
    // A workspace's own node_modules may be missing in spite of npm's record in the root.
    if (!name.startsWith('node_modules/') && !fs.existsSync(path.join(root, name))) return false;
    return (
      found[name] &&
      found[name].version === entry.version &&
      found[name].integrity === entry.integrity
    );
  });
}

/** How to start npm: the one that started us, else the one beside this Node, else the one on the path. */
export function npmCommand(env) {
  if (env.npm_execpath && /npm-cli\.js$/.test(env.npm_execpath))
    return [process.execPath, env.npm_execpath];
  const beside = path.join(path.dirname(process.execPath), 'npm');
  return fs.existsSync(beside) ? [process.execPath, fs.realpathSync(beside)] : ['npm'];
}

/** The npm packages, exactly as locked, without their install scripts. */
export function npmStep(root, env) {
  const at = places(root);
  return {
    name: 'npm packages',
    stamp: at.stamp.npm,
    inputs: () => [VERSION, hashFiles(root, NPM_FILES)],
    present: () => npmIsWhole(root),
    run: async ({ exec }) => {
      const [program, ...args] = npmCommand(env);
      const options = [
        'ci',
        '--ignore-scripts',
        '--include=dev',
        '--include=optional',
        '--no-audit',
        '--no-fund',
      ];
      await exec(program, [...args, ...options], { env: cleanNpmEnvironment(env) });
    },
    adopt: true,
    verify: async () => {
      if (!npmIsWhole(root)) fail('node_modules differs from package-lock.json');
      const require = createRequire(path.join(root, 'package.json'));
      for (const name of ['danfojs-node', 'tslab', 'typescript', 'zeromq', 'node-api-headers']) {
        const file = require.resolve(`${name}/package.json`);
        if (!file.startsWith(fs.realpathSync(root)))
          fail(`${name} was found outside of this folder: ${file}`);
      }
    },
    fix: 'Check the connection to the npm registry (a proxy? `npm config get registry`) and start again.',
  };
}
