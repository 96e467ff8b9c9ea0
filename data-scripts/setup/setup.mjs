/**
 * The set-up of the kit: a Python environment, the npm packages, the tfjs addon, the tslab kernel and
 * the compiled lib. Finished steps are skipped; interrupted ones are repeated.
 */
import fs from 'node:fs';
import path from 'node:path';
import { removeStale } from './compiled-files.mjs';
import { findCompiler, nodeNote, preflight } from './preflight.mjs';
import { runLogged } from './processes.mjs';
import { bringUp, isFresh, progressLine, takeLock } from './engine.mjs';
import { addonStep, kernelStep, nodeStep } from './addon.mjs';
import { environmentStep, installedVariant, packagesStep, tensorflowStep } from './python.mjs';
import { npmStep, places } from './steps.mjs';

/** GB of a complete set-up, including the archives that pip unpacks. */
const GIGABYTES = { cpu: 5, gpu: 14 };

/**
 * Does what is missing of the set-up.
 * @param {string} root the checkout
 * @param {{variant?: 'cpu' | 'gpu', env?: NodeJS.ProcessEnv, out?: NodeJS.WriteStream}} [options]
 *   without a variant, the installed TensorFlow build is kept
 * @returns {Promise<boolean>} false after a failure, which was printed on stderr
 */
export async function setUp(root, { variant, env = process.env, out = process.stdout } = {}) {
  const since = Date.now();
  const results = path.join(root, 'results');
  const log = path.join(results, 'setup.log');
  fs.mkdirSync(results, { recursive: true });
  const lock = await takeLock(root, path.join(results, '.setup.lock'), (text) =>
    out.write(`${text}\n`),
  );
  const stop = (signal, code) => () => {
    process.stderr.write(`\nThe set-up was stopped (${signal}); the next start resumes here.\n`);
    process.exit(code);
  };
  const handlers = {
    SIGINT: stop('SIGINT', 130),
    SIGTERM: stop('SIGTERM', 143),
    SIGHUP: stop('SIGHUP', 129),
  };
  for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler);
  process.on('exit', lock.release);
  try {
    return await upTo(root, variant ?? installedVariant(root) ?? 'cpu', {
      env,
      out,
      log,
      lock,
      since,
    });
  } finally {
    for (const [signal, handler] of Object.entries(handlers)) process.off(signal, handler);
    process.off('exit', lock.release);
    lock.release();
  }
}

async function upTo(root, variant, { env, out, log, lock, since }) {
  let found = {};
  const environment = environmentStep(root, env, () => found.python);
  const compiler = () => found.compiler ?? findCompiler(env).compiler;
  const addon = () => addonStep(root, env, variant, compiler);
  // Made one by one: paths of a later step depend on the earlier ones.
  const makers = [
    () => environment,
    () => packagesStep(root, env, environment),
    () => tensorflowStep(root, env, variant),
    () => npmStep(root, env),
    addon,
    () => nodeStep(root, addon(), compiler),
    () => kernelStep(root),
  ];
  const stale = makers.filter((make) => !isFresh(make()));
  if (stale.length > 0) {
    const machine = preflight(root, env, {
      python: stale.some((make) => makers.indexOf(make) < 2),
      compiler: stale.some((make) => makers.indexOf(make) < 5),
      gigabytes: stale.length === makers.length ? GIGABYTES[variant] : 1,
    });
    const note = nodeNote(process.versions.node);
    if (note) out.write(`${note}\n`);
    if (machine.problem) {
      console.error(`${machine.problem.sentence} ${machine.problem.fix}`);
      return false;
    }
    found = machine;
    const { python, compiler } = found;
    const tools = [`Node ${process.versions.node}`];
    if (python) tools.push(`Python ${python.version} (${python.command})`);
    if (compiler) tools.push(`the compiler ${compiler}`);
    fs.writeFileSync(log, `Set-up with ${tools.join(', ')}\n`);
    out.write(`Setting up with ${tools.join(', ')}; details in results/setup.log\n`);
  } else {
    fs.writeFileSync(log, `Set-up with Node ${process.versions.node}; nothing to do\n`);
  }

  const total = makers.length + 1;
  const runStep = async (number, step, work) => {
    const line = progressLine(`[${number}/${total}] ${step.name}`, out);
    const exec = (program, args, options = {}) =>
      runLogged(program, args, {
        cwd: root,
        env: options.env ?? env,
        log,
        onLine: line.detail,
        onStart: lock.child,
      });
    try {
      const outcome = await work({ exec });
      line.end({ adopted: 'found', done: 'done' }[outcome]);
      return true;
    } catch (error) {
      line.end('FAILED');
      if (error.plain) {
        console.error(`${error.message}. ${step.fix}`);
        return false;
      }
      const tail = fs.readFileSync(log, 'utf8').trimEnd().split('\n').slice(-15);
      console.error(`\n${tail.map((text) => `  | ${text}`).join('\n')}\n`);
      console.error(`The step "${step.name}" failed: ${error.message}. ${step.fix}`);
      console.error('The full log is in results/setup.log.');
      return false;
    }
  };

  for (const [index, make] of makers.entries()) {
    const step = make();
    if (isFresh(step)) continue;
    if (!(await runStep(index + 1, step, (context) => bringUp(step, context)))) return false;
  }
  return compile(root, { out, total, runStep, quiet: stale.length === 0, since });
}

/** `tsc -b`, which is incremental. */
async function compile(root, { out, total, runStep, quiet, since }) {
  const tsc = path.join(places(root).nodeModules, 'typescript', 'bin', 'tsc');
  const ok = await runStep(
    total,
    {
      name: 'TypeScript (lib, data-scripts)',
      fix: 'The lines above are type errors in the sources; fix them and start again (`npm run build` shows all of them).',
    },
    async ({ exec }) => {
      removeStale(root);
      await exec(process.execPath, [tsc, '-b', 'lib', 'data-scripts', '--pretty', 'false']);
      return 'done';
    },
  );
  if (ok && !quiet)
    out.write(`The set-up is complete (${((Date.now() - since) / 1000).toFixed(0)} s).\n`);
  return ok;
}
