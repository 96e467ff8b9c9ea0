/**
 * `npm run doctor`: what this machine and this checkout have, and the fix for each problem. Plain
 * Node, so that it works if the set-up is missing or broken. `probe` examines; `diagnose` is pure.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { computeLines, SETUP } from './doctor-compute.mjs';
import {
  findCompiler,
  findPython,
  freeGigabytes,
  isMusl,
  NODE_FIX,
  nodeNote,
  nodeProblem,
  platformProblem,
} from './preflight.mjs';
import { kernelSpec } from './addon.mjs';
import { installedVariant } from './python.mjs';
import { npmIsWhole, places } from './steps.mjs';

/** @typedef {{name: string, state: 'ok' | 'wrong' | 'note', text: string, fix?: string}} Line */

const fault = (name, problem) => ({
  name,
  state: 'wrong',
  text: problem.sentence,
  fix: problem.fix,
});

/**
 * The results of the probes, one line each. `note` is for optional parts (a GPU, Chromium, real data).
 * @param {ReturnType<typeof probe>} seen @returns {Line[]}
 */
export function diagnose(seen) {
  /** @type {Line[]} */
  const lines = [];
  const add = (name, good, text, fix) =>
    lines.push(good ? { name, state: 'ok', text } : { name, state: 'wrong', text, fix });
  const note = (name, good, text, fix) =>
    lines.push(good ? { name, state: 'ok', text } : { name, state: 'note', text, fix });

  const platform = platformProblem(seen.platform, seen.arch, seen.musl);
  if (platform) lines.push(fault('System', platform));
  else
    add('System', true, `${seen.platform} ${seen.arch}, ${seen.cores} cores (${seen.processor})`);
  const node = nodeProblem(seen.node);
  if (node) lines.push(fault('Node', node));
  else note('Node', nodeNote(seen.node) === null, nodeNote(seen.node) ?? seen.node, NODE_FIX);
  if (seen.python.problem) lines.push(fault('Python', seen.python.problem));
  else add('Python', true, `${seen.python.python.version} (${seen.python.python.command})`);
  if (seen.compiler.problem) lines.push(fault('C++ compiler', seen.compiler.problem));
  else add('C++ compiler', true, seen.compiler.compiler);

  add(
    'Environment',
    seen.venvPython !== null,
    seen.venvPython === null
      ? '.venv has no working Python'
      : `.venv with Python ${seen.venvPython}`,
    SETUP,
  );
  add(
    'JupyterLab',
    seen.jupyterlab !== null,
    seen.jupyterlab === null ? 'not in .venv' : seen.jupyterlab,
    SETUP,
  );
  add(
    'npm packages',
    seen.npm,
    seen.npm ? 'as locked' : 'node_modules differs from package-lock.json',
    SETUP,
  );
  add('Lib', seen.built, seen.built ? 'compiled' : 'lib and data-scripts are not compiled', SETUP);

  const addon = seen.addon;
  if (addon.error !== undefined) {
    lines.push({
      name: 'tfjs addon',
      state: 'wrong',
      text: addon.error,
      fix: `${SETUP}; TensorFlow needs a processor with AVX.`,
    });
  } else {
    add(
      'tfjs addon',
      true,
      `loads; ${addon.shared ? 'danfojs-node shares its tfjs' : 'danfojs-node has its own tfjs'}`,
    );
    if (!addon.shared)
      lines[lines.length - 1] = {
        name: 'tfjs addon',
        state: 'wrong',
        text: 'danfojs-node has its own tfjs',
        fix: 'Run `npm ci` (the overrides in package.json give both the same), then the set-up.',
      };
    add(
      'TensorFlow',
      true,
      `${addon.tensorflow} (${seen.variant === 'gpu' ? 'CUDA build' : 'CPU build'})`,
    );
    const gpuText =
      seen.nvidia === null
        ? 'CPU (no NVIDIA driver was found)'
        : `CPU, though there is a GPU: ${seen.nvidia}`;
    const fix =
      seen.variant === 'gpu'
        ? 'Check that the NVIDIA driver is new enough for CUDA 12 (nvidia-smi), and see TF_CPP_MIN_LOG_LEVEL=0 npm run doctor.'
        : 'Use the CUDA build: npm start -- --gpu';
    if (addon.gpu) add('Runs on', true, `GPU (${seen.nvidia ?? 'NVIDIA'})`);
    else if (seen.nvidia === null) add('Runs on', true, gpuText);
    else note('Runs on', false, gpuText, fix);
    lines.push(...computeLines(seen));
  }

  add(
    'Kernel',
    seen.kernel === 'ok',
    seen.kernel === 'ok' ? 'tslab, registered in .venv' : `tslab: ${seen.kernel}`,
    SETUP,
  );
  add(
    'Plot renderer',
    seen.renderer !== null,
    seen.renderer === null
      ? "plotly's JupyterLab extension is not in .venv"
      : `plotly ${seen.renderer} in JupyterLab`,
    SETUP,
  );
  note(
    'Chromium',
    seen.chromium !== null,
    seen.chromium ?? 'not found; the JupyterLab test is skipped',
    'Only for that test: sudo apt-get install chromium',
  );

  add(
    'Disk',
    seen.diskFree >= 2,
    `${seen.diskFree.toFixed(1)} GB free`,
    'Free some space: runs need 2 GB, the set-up 5 GB (14 GB with --gpu).',
  );
  add(
    'Memory',
    seen.memory >= 3.5,
    `${seen.memory.toFixed(1)} GB (${seen.memoryFree.toFixed(1)} GB free)`,
    'The notebooks need 4 GB; close other programs or use a larger machine.',
  );

  if (seen.data.directory !== null && !seen.data.exists) {
    lines.push({
      name: 'Data',
      state: 'wrong',
      text: `MCKD_DATA names ${seen.data.directory}, which does not exist`,
      fix: 'Set MCKD_DATA to the folder or archive of the recordings, or unset it.',
    });
  } else if (seen.data.directory !== null) {
    add(
      'Data',
      true,
      `MCKD_DATA = ${seen.data.directory}: ${seen.data.entries.join(', ') || 'empty'}`,
    );
  } else {
    note(
      'Data',
      seen.data.cached > 0,
      seen.data.cached > 0
        ? `${seen.data.cached} recordings in ${seen.data.cache}`
        : 'no real recordings; the notebooks use synthetic speech',
      'Fetch them: npm run data -- av-mnist; or set MCKD_DATA to a folder or archive of them.',
    );
  }
  return lines;
}

/** The report as text, and the exit code: 1 if a required part is wrong. */
export function report(lines) {
  const mark = { ok: 'OK   ', wrong: 'WRONG', note: 'note ' };
  const width = Math.max(...lines.map((line) => line.name.length));
  const text = lines.flatMap((line) => {
    const first = `${mark[line.state]}  ${line.name.padEnd(width)}  ${line.text}`;
    return line.fix ? [first, `${' '.repeat(width + 9)}-> ${line.fix}`] : [first];
  });
  const wrong = lines.filter((line) => line.state === 'wrong').length;
  text.push(
    '',
    wrong === 0
      ? 'Everything that is needed is available.'
      : `${wrong} of ${lines.length} need fixing.`,
  );
  return { text: text.join('\n'), code: wrong === 0 ? 0 : 1 };
}

const ADDON_PROBE = `
const tf = require('@tensorflow/tfjs-node-gpu');
tf.ones([2]).dataSync();
console.log('\\n' + JSON.stringify({
  tensorflow: tf.backend().binding.TF_Version,
  gpu: Boolean(tf.backend().isUsingGpuDevice),
  kernels: tf.backend().binding.mckdKernels,
  shared: require('danfojs-node').tensorflow === tf,
}));
`;

function ask(program, args, options = {}) {
  const run = spawnSync(program, args, { encoding: 'utf8', timeout: 120000, ...options });
  return run.status === 0
    ? { out: run.stdout.trim() }
    : { error: run.stderr || String(run.error ?? run.signal ?? '') };
}

function probeAddon(root, env) {
  const { out, error } = ask(process.execPath, ['-e', ADDON_PROBE], { cwd: root, env });
  if (env.TF_CPP_MIN_LOG_LEVEL === '0' && error) console.error(error);
  if (out !== undefined) return JSON.parse(out.split('\n').pop());
  const lines = error.split('\n').filter((line) => line.trim());
  const line =
    lines.find((text) => /^(\w*Error|Error)\b/.test(text)) ??
    lines[0] ??
    'it ends the Node process';
  return { error: `does not load: ${line.trim()}` };
}

/** Times a step and a matrix product, if the lib is compiled and computes on CPUs. */
function probeSpeed(root, env, addon, built) {
  if (!built || addon.error !== undefined || addon.gpu) return null;
  const { out, error } = ask(
    process.execPath,
    [path.join(root, 'data-scripts', 'setup', 'speed.mjs')],
    {
      cwd: root,
      env,
      timeout: 600000,
    },
  );
  if (out !== undefined) return JSON.parse(out.split('\n').pop());
  return { error: error.split('\n').find((line) => /Error/.test(line)) ?? 'it takes too long' };
}

function probeKernel(root) {
  const file = places(root).kernel;
  if (!fs.existsSync(file)) return 'not registered in .venv';
  try {
    const spec = JSON.parse(fs.readFileSync(file, 'utf8'));
    const [node, script] = spec.argv;
    if (script !== kernelSpec(root).argv[1] || !fs.existsSync(script))
      return `registered for another folder (${script})`;
    if (node !== process.execPath) return `registered for another Node (${node})`;
    return 'ok';
  } catch {
    return `${file} can't be read`;
  }
}

const firstLine = ({ out }) => (out === undefined ? null : out.split('\n')[0].trim());

/** The version of a package in .venv, from the name of its dist-info folder. */
function packageVersion(sitePackages, name) {
  if (!fs.existsSync(sitePackages)) return null;
  const match = fs
    .readdirSync(sitePackages)
    .map((entry) => new RegExp(`^${name}-(.+)\\.dist-info$`).exec(entry))
    .find(Boolean);
  return match ? match[1] : null;
}

function probeData(env) {
  const directory = env.MCKD_DATA || null;
  const base =
    env.XDG_CACHE_HOME && path.isAbsolute(env.XDG_CACHE_HOME)
      ? env.XDG_CACHE_HOME
      : path.join(os.homedir(), '.cache');
  const cache = path.join(env.MCKD_CACHE || path.join(base, 'mckd-kit'), 'fsdd');
  const exists = directory !== null && fs.existsSync(directory);
  const entries =
    exists && fs.statSync(directory).isDirectory() ? fs.readdirSync(directory).sort() : [];
  const cached = fs.existsSync(cache)
    ? fs.readdirSync(cache, { recursive: true }).filter((name) => name.endsWith('.wav')).length
    : 0;
  return { directory, exists, entries, cache, cached };
}

const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Examines the machine and the checkout. */
export function probe(root, env = process.env) {
  const at = places(root);
  const extension = path.join(
    at.venv,
    'share',
    'jupyter',
    'labextensions',
    'jupyterlab-plotly',
    'package.json',
  );
  const nvidia = firstLine(
    ask('nvidia-smi', ['--query-gpu=name,driver_version', '--format=csv,noheader']),
  );
  const built =
    fs.existsSync(path.join(root, 'lib', 'dist', 'index.js')) &&
    fs.existsSync(path.join(root, 'data-scripts', 'dist', 'cli', 'mckd.js'));
  const addon = probeAddon(root, env);
  return {
    env,
    platform: process.platform,
    arch: process.arch,
    musl: isMusl(),
    cores: os.cpus().length,
    processor: os.cpus()[0]?.model ?? 'unknown processor',
    node: process.versions.node,
    python: findPython(env),
    compiler: findCompiler(env),
    venvPython: firstLine(
      ask(at.python, ['-c', 'import platform; print(platform.python_version())']),
    ),
    jupyterlab: packageVersion(at.sitePackages, 'jupyterlab'),
    npm: npmIsWhole(root),
    built,
    variant: installedVariant(root) ?? 'cpu',
    addon,
    speed: probeSpeed(root, env, addon, built),
    cudnn: packageVersion(at.tensorflow, 'nvidia_cudnn_cu12'),
    kernel: probeKernel(root),
    renderer: fs.existsSync(extension) ? packageVersion(at.sitePackages, 'plotly') : null,
    chromium: CHROMIUM.map((name) => firstLine(ask(name, ['--version']))).find(Boolean) ?? null,
    nvidia,
    diskFree: freeGigabytes(root),
    memory: os.totalmem() / 1e9,
    memoryFree: os.freemem() / 1e9,
    data: probeData(env),
  };
}

/** Prints the report, or its lines as one JSON object, and returns the exit code. */
export function doctor(root, { json = false } = {}) {
  const lines = diagnose(probe(root));
  const { text, code } = report(lines);
  console.log(json ? JSON.stringify({ good: code === 0, lines }) : text);
  return code;
}
