/** The set-up's steps that install: what each makes, what it depends on, how it is known to be whole. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { cleanNpmEnvironment } from './processes.mjs';
import { hashFiles } from './setup-engine.mjs';

/** Raised when a step's way of working changes, so that finished set-ups are done again. */
export const VERSION = 1;

const NPM_FILES = [
  'package-lock.json',
  'package.json',
  '.npmrc',
  'lib/package.json',
  'lib/tfjs-node/package.json',
  'data-scripts/package.json',
];

/** Where things lie in a checkout. */
export function places(root) {
  const venv = path.join(root, '.venv');
  const lib = path.join(venv, 'lib');
  const version = fs.existsSync(lib)
    ? fs.readdirSync(lib).find((name) => /^python3\.(10|11|12)$/.test(name))
    : undefined;
  const sitePackages = path.join(lib, version ?? 'python3', 'site-packages');
  const nodeModules = path.join(root, 'node_modules');
  const tfjs = path.join(nodeModules, '@tensorflow', 'tfjs-node-gpu');
  return {
    root,
    venv,
    python: path.join(venv, 'bin', 'python'),
    sitePackages,
    wheel: path.join(sitePackages, 'tensorflow'),
    environment: path.join(root, 'data-scripts', 'environment'),
    nativeKernels: path.join(root, 'lib', 'native'),
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

const isLink = (file) => fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;

export const fail = (sentence) => {
  throw new Error(sentence);
};

/** The conda environment that stands in for `.venv`: the active one, unless it is conda's own `base`. */
export function condaEnvironment(root, env) {
  const { CONDA_PREFIX: prefix, CONDA_DEFAULT_ENV: name } = env;
  const venv = path.join(root, '.venv');
  if (!prefix || name === 'base' || env.MCKD_PYTHON) return null;
  return fs.existsSync(venv) && !isLink(venv) ? null : prefix;
}

/** `.venv`: a virtual environment, or a link to the active conda environment. */
export function environmentStep(root, env, python) {
  const at = () => places(root);
  const realPython = () =>
    fs.existsSync(at().python) ? path.basename(fs.realpathSync(at().python)) : null;
  const make = async ({ exec }) => {
    const conda = condaEnvironment(root, env);
    if (conda || isLink(at().venv)) fs.rmSync(at().venv, { recursive: true, force: true });
    if (conda) fs.symlinkSync(conda, at().venv);
    else await exec(python().command, ['-m', 'venv', '--clear', at().venv]);
  };
  return {
    name: 'Python environment .venv',
    stamp: at().stamp.venv,
    inputs: () => [
      VERSION,
      root,
      env.MCKD_PYTHON ?? null,
      condaEnvironment(root, env),
      realPython(),
    ],
    present: () => fs.existsSync(at().python),
    run: make,
    adopt: true,
    verify: async ({ exec }) => {
      const conda = condaEnvironment(root, env);
      if (conda && !(isLink(at().venv) && fs.realpathSync(at().venv) === fs.realpathSync(conda))) {
        fail('.venv is not the active conda environment');
      }
      if (!fs.existsSync(at().python)) fail('.venv has no Python');
      if (env.MCKD_PYTHON) {
        const version = 'import sys; print(sys.version_info[:3])';
        const [has, wants] = [
          await exec(at().python, ['-c', version]),
          await exec(env.MCKD_PYTHON, ['-c', version]),
        ];
        if (has !== wants) fail('.venv was made with another Python than MCKD_PYTHON');
      }
      await exec(at().python, ['-m', 'pip', '--version']);
      if (isLink(at().venv)) return;
      // The programs in .venv/bin name their Python by its whole path: a checkout that was moved fails here.
      const script = fs.readFileSync(path.join(at().venv, 'bin', 'pip'), 'utf8');
      if (!script.includes(`${at().venv}/bin/`)) fail('.venv was made in another folder');
    },
    mend: 'Check that this Python can make environments: python3 -m venv try-venv; another one is chosen with MCKD_PYTHON=/path/to/python3.11.',
  };
}

const PIP = [
  '-m',
  'pip',
  'install',
  '--disable-pip-version-check',
  '--no-input',
  '--progress-bar',
  'off',
];
const OFFLINE =
  'Check the connection to the package registry (a proxy? PIP_INDEX_URL?) and start again: what was done is kept.';

/** JupyterLab and the other Python packages, in one pip call. */
export function packagesStep(root, env, environment) {
  const at = places(root);
  const files = () => {
    // A conda environment brings its own versions of the small packages; only those named are held to.
    const file = isLink(at.venv) ? 'requirements.in' : 'requirements.txt';
    return path.join(at.environment, file);
  };
  const install = ({ exec }) => exec(at.python, [...PIP, '-r', files()]);
  const verify = ({ exec }) =>
    exec(at.python, [path.join(at.environment, 'check_packages.py'), files()]);
  return {
    name: 'Python packages (JupyterLab, nbconvert, plotly, jupytext)',
    stamp: at.stamp.packages,
    inputs: () => [VERSION, root, hashFiles(path.dirname(files()), [path.basename(files())])],
    present: () => fs.existsSync(path.join(at.venv, 'bin', 'jupyter-lab')),
    run: install,
    adopt: true,
    verify,
    // A package that was cut off half-way can't be removed by pip any more: the environment is made anew.
    repair: async (context) => {
      if (isLink(at.venv)) return install(context);
      await environment.run(context);
      await environment.verify(context);
      await install(context);
    },
    mend: OFFLINE,
  };
}

/** Which TensorFlow wheel is there: 'cpu', 'gpu' or null. */
export function installedVariant(root) {
  const { sitePackages } = places(root);
  if (!fs.existsSync(sitePackages)) return null;
  const names = fs.readdirSync(sitePackages);
  if (names.some((name) => /^tensorflow-\d.*\.dist-info$/.test(name))) return 'gpu';
  return names.some((name) => /^tensorflow_cpu-\d.*\.dist-info$/.test(name)) ? 'cpu' : null;
}

const pinnedNames = (file) =>
  [...fs.readFileSync(file, 'utf8').matchAll(/^([\w-]+)==/gm)].map((match) => match[1]);

/** The TensorFlow wheel; `variant` is 'cpu' or 'gpu'. */
export function tensorflowStep(root, env, variant) {
  const at = () => places(root);
  const wheelFile = (build) => path.join(at().environment, `tensorflow-${build}.txt`);
  const file = wheelFile(variant);
  const install = ({ exec }, more = []) =>
    exec(at().python, [...PIP, ...more, '--no-deps', '-r', file]);
  return {
    name: `TensorFlow wheel (${variant === 'gpu' ? 'CUDA build' : 'CPU build'})`,
    stamp: at().stamp.tensorflow,
    inputs: () => [VERSION, root, variant, hashFiles(path.dirname(file), [path.basename(file)])],
    present: () => fs.existsSync(path.join(at().wheel, 'libtensorflow_cc.so.2')),
    run: async (context) => {
      if (installedVariant(root) !== variant) {
        // Both wheels own the folder tensorflow/, so what is there goes first (NVIDIA's wheels too).
        const names = ['cpu', 'gpu'].flatMap((build) => pinnedNames(wheelFile(build)));
        await context.exec(at().python, ['-m', 'pip', 'uninstall', '--yes', ...names]);
      }
      await install(context);
    },
    adopt: true,
    verify: async ({ exec }) => {
      if (installedVariant(root) !== variant) fail('the other TensorFlow wheel is installed');
      await exec(at().python, [path.join(at().environment, 'check_packages.py'), file]);
    },
    repair: (context) => install(context, ['--force-reinstall']),
    mend: OFFLINE,
  };
}

/** npm's own record of what it installed agrees with the lock file. */
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
    // A workspace's own node_modules may have been removed beside npm's record in the root.
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
      if (!npmIsWhole(root)) fail('node_modules is not what package-lock.json says');
      const require = createRequire(path.join(root, 'package.json'));
      for (const name of ['danfojs-node', 'tslab', 'typescript', 'zeromq', 'node-api-headers']) {
        const file = require.resolve(`${name}/package.json`);
        if (!file.startsWith(fs.realpathSync(root)))
          fail(`${name} was found outside of this folder: ${file}`);
      }
    },
    mend: 'Check the connection to the npm registry (a proxy? `npm config get registry`) and start again.',
  };
}
