/** The set-up's steps that make the Python environment and unpack the TensorFlow wheel. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { findUv } from './preflight.mjs';
import { hashFiles } from './engine.mjs';
import { fail, places, VERSION } from './steps.mjs';

const isLink = (file) => fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;

/** The conda environment used as `.venv`: the active one, unless it is conda's own `base`. */
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
    else if (python().venv) await exec(python().command, ['-m', 'venv', '--clear', at().venv]);
    else
      await exec(findUv(env), [
        'venv',
        '--clear',
        '--seed',
        '--python',
        python().command,
        at().venv,
      ]);
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
      // The programs in .venv/bin contain the absolute path of their Python: a checkout that was moved fails here.
      const script = fs.readFileSync(path.join(at().venv, 'bin', 'pip'), 'utf8');
      if (!script.includes(`${at().venv}/bin/`)) fail('.venv was made in another folder');
    },
    fix: 'Check that this Python can make environments: python3 -m venv try-venv; another one is chosen with MCKD_PYTHON=/path/to/python3.11.',
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

/** pip's settings of package indices, as in `pip config list`; uv does not read them. */
const PIP_SOURCES =
  /(^|\.)(index-url|extra-index-url|find-links|no-index|proxy|cert|trusted-host|constraint)=/m;
const UV_SOURCES = /^UV_(DEFAULT_INDEX|INDEX|INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|CONFIG_FILE)$/;

/** Whether to install with uv: if available, unless only pip has settings of package indices. */
export function usesUv(uv, pipConfig, env) {
  if (!uv) return false;
  return !PIP_SOURCES.test(pipConfig) || Object.keys(env).some((name) => UV_SOURCES.test(name));
}

/**
 * Installs into .venv with uv if allowed, and with pip if there is no uv or it fails. They unpack within .venv:
 * /tmp may be a small part of the memory, and from another disk gigabytes would be copied.
 */
async function install({ exec }, root, env, args, { pip = [] } = {}) {
  const { python, venv } = places(root);
  const temporary = path.join(venv, '.mckd', 'tmp');
  fs.mkdirSync(temporary, { recursive: true });
  const options = { env: { ...env, TMPDIR: temporary } };
  const settings = spawnSync(python, ['-m', 'pip', 'config', 'list'], { encoding: 'utf8', env });
  const uv = findUv(env);
  try {
    if (usesUv(uv, settings.stdout ?? '', env)) {
      try {
        return await exec(uv, ['pip', 'install', '--python', python, ...args], options);
      } catch {
        // pip may have settings that uv lacks; if not, its error is the one shown.
      }
    }
    return await exec(python, [...PIP, ...pip, ...args], options);
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

/** JupyterLab and the other Python packages, in one pip call. */
export function packagesStep(root, env, environment) {
  const at = places(root);
  const files = () => {
    // A conda environment has its own versions of the small packages; only the named ones are required.
    const file = isLink(at.venv) ? 'requirements.in' : 'requirements.txt';
    return path.join(at.environment, file);
  };
  const installAll = (context) => install(context, root, env, ['-r', files()]);
  const verify = ({ exec }) =>
    exec(at.python, [path.join(at.environment, 'check_packages.py'), files()]);
  return {
    name: 'Python packages (JupyterLab, nbconvert, plotly, jupytext)',
    stamp: at.stamp.packages,
    inputs: () => [VERSION, root, hashFiles(path.dirname(files()), [path.basename(files())])],
    present: () => fs.existsSync(path.join(at.venv, 'bin', 'jupyter-lab')),
    run: installAll,
    adopt: true,
    verify,
    // pip can't remove an incomplete package: the environment is made again.
    repair: async (context) => {
      if (isLink(at.venv)) return installAll(context);
      await environment.run(context);
      await environment.verify(context);
      await installAll(context);
    },
    fix: OFFLINE,
  };
}

/** The installed TensorFlow wheel: 'cpu', 'gpu' or null. */
export function installedVariant(root) {
  const { tensorflow } = places(root);
  if (!fs.existsSync(tensorflow)) return null;
  const names = fs.readdirSync(tensorflow);
  if (names.some((name) => /^tensorflow-\d.*\.dist-info$/.test(name))) return 'gpu';
  return names.some((name) => /^tensorflow_cpu-\d.*\.dist-info$/.test(name)) ? 'cpu' : null;
}

/**
 * The Python version of the TensorFlow wheel: one for which it exists. Only its libraries and headers are used,
 * so that it need not be the Python that runs.
 */
const WHEEL_PYTHON = '3.12';

/** The TensorFlow wheel (and NVIDIA's), unpacked beside the Python packages; `variant` is 'cpu' or 'gpu'. */
export function tensorflowStep(root, env, variant) {
  const at = () => places(root);
  const file = path.join(at().environment, `tensorflow-${variant}.txt`);
  return {
    name: `TensorFlow wheel (${variant === 'gpu' ? 'CUDA build' : 'CPU build'})`,
    stamp: at().stamp.tensorflow,
    inputs: () => [VERSION, root, variant, hashFiles(path.dirname(file), [path.basename(file)])],
    present: () => fs.existsSync(path.join(at().wheel, 'libtensorflow_cc.so.2')),
    run: async (context) => {
      fs.rmSync(at().tensorflow, { recursive: true, force: true });
      const wanted = ['--no-deps', '--python-version', WHEEL_PYTHON, '--only-binary', ':all:'];
      const args = [...wanted, '--target', at().tensorflow, '-r', file];
      await install(context, root, env, args, { pip: ['--no-compile'] });
    },
    adopt: true,
    verify: async ({ exec }) => {
      if (installedVariant(root) !== variant) fail('the other TensorFlow wheel is installed');
      const check = path.join(at().environment, 'check_packages.py');
      await exec(at().python, [check, '--in', at().tensorflow, file]);
    },
    fix: OFFLINE,
  };
}
