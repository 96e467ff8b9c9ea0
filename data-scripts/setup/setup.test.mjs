import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { cleanNpmEnvironment, runLogged } from './processes.mjs';
import { bringUp, hashFiles, isFresh, takeLock } from './engine.mjs';
import { kernelSpec, kernelStep, nodeStep, nvidiaLibraries } from './addon.mjs';
import { condaEnvironment, installedVariant, usesUv } from './python.mjs';
import { npmCommand, npmIsWhole } from './steps.mjs';

function temporaryFolder(t) {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'mckd-setup-')));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A step that makes one file; `calls` counts its runs. */
function fileStep(folder, more = {}) {
  const file = path.join(folder, 'made');
  const calls = { run: 0, verify: 0 };
  const step = {
    name: 'a file',
    stamp: path.join(folder, '.mckd', 'file'),
    inputs: () => ['one'],
    present: () => fs.existsSync(file),
    run: async () => {
      calls.run += 1;
      fs.writeFileSync(file, 'whole');
    },
    verify: async () => {
      calls.verify += 1;
      assert.equal(fs.existsSync(file) && fs.readFileSync(file, 'utf8'), 'whole');
    },
    fix: '',
    ...more,
  };
  return { step, calls, file };
}

test('a finished step is skipped, and repeated when its inputs or its result change', async (t) => {
  const { step, calls, file } = fileStep(temporaryFolder(t));
  assert.equal(await bringUp(step, {}), 'done');
  assert.equal(await bringUp(step, {}), 'skipped');
  assert.equal(calls.run, 1);
  assert.equal(await bringUp({ ...step, inputs: () => ['two'] }, {}), 'done');
  assert.equal(isFresh(step), false);
  await bringUp(step, {});
  fs.rmSync(file);
  assert.equal(await bringUp(step, {}), 'done');
  assert.equal(calls.run, 4);
});

test('an interrupted step has no stamp and is repaired by the next run', async (t) => {
  const { step, calls, file } = fileStep(temporaryFolder(t));
  const cutOff = async () => {
    fs.writeFileSync(file, 'ha');
    throw new Error('cut off');
  };
  await assert.rejects(bringUp({ ...step, run: cutOff }, {}), /cut off/);
  assert.equal(fs.existsSync(step.stamp), false);
  assert.equal(await bringUp(step, {}), 'done');
  assert.equal(fs.readFileSync(file, 'utf8'), 'whole');
  // Finished once, then interrupted while it was repeated: the old stamp must not count.
  await assert.rejects(bringUp({ ...step, inputs: () => ['two'], run: cutOff }, {}), /cut off/);
  assert.equal(isFresh(step), false);
  assert.equal(await bringUp(step, {}), 'done');
  assert.equal(calls.run, 2);
});

test('no stamp without the step’s own check; a repair is checked again', async (t) => {
  const { step, file } = fileStep(temporaryFolder(t), {
    run: async () => fs.writeFileSync(file, 'ha'),
  });
  await assert.rejects(bringUp(step, {}));
  assert.equal(fs.existsSync(step.stamp), false);
  assert.equal(
    await bringUp({ ...step, repair: async () => fs.writeFileSync(file, 'whole') }, {}),
    'done',
  );
});

test('a result made by hand is adopted only if the check passes', async (t) => {
  const { step, calls, file } = fileStep(temporaryFolder(t), { adopt: true });
  fs.writeFileSync(file, 'ha');
  assert.equal(await bringUp(step, {}), 'done');
  fs.rmSync(step.stamp);
  assert.equal(await bringUp(step, {}), 'adopted');
  assert.equal(calls.run, 1);
});

test('a file that is missing, changed or the same gives another or the same hash', (t) => {
  const folder = temporaryFolder(t);
  const hash = () => JSON.stringify(hashFiles(folder, ['a']));
  const none = hash();
  fs.writeFileSync(path.join(folder, 'a'), '1');
  const one = hash();
  fs.writeFileSync(path.join(folder, 'a'), '2');
  assert.notEqual(none, one);
  assert.notEqual(one, hash());
  fs.writeFileSync(path.join(folder, 'a'), '1');
  assert.equal(one, hash());
});

test('the lock of a dead set-up is taken over; a running one is waited for', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'lock');
  fs.writeFileSync(file, JSON.stringify({ pid: 2 ** 22 + 1 }));
  (await takeLock(folder, file, () => assert.fail('nothing to wait for'))).release();
  fs.writeFileSync(file, '{"pi');
  (await takeLock(folder, file, () => assert.fail('nothing to wait for'))).release();

  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { cwd: folder });
  t.after(() => other.kill());
  await new Promise((resolve) => other.once('spawn', resolve));
  fs.writeFileSync(file, JSON.stringify({ pid: 2 ** 22 + 1, child: other.pid }));
  let told = '';
  const lock = await takeLock(folder, file, (text) => {
    told = text;
    other.kill();
  });
  assert.match(told, new RegExp(`process ${other.pid}\\)`));
  assert.equal(JSON.parse(fs.readFileSync(file, 'utf8')).pid, process.pid);
  lock.release();
  assert.equal(fs.existsSync(file), false);
});

test('a logged program: lines, the record, and its failure', async (t) => {
  const folder = temporaryFolder(t);
  const log = path.join(folder, 'log');
  const lines = [];
  const options = { cwd: folder, env: process.env, log, onLine: (line) => lines.push(line) };
  const script = "console.log('one\\rtwo'); console.error('three')";
  assert.equal(await runLogged(process.execPath, ['-e', script], options), 'one\rtwo\n');
  assert.deepEqual(lines.sort(), ['one', 'three', 'two']);
  assert.match(fs.readFileSync(log, 'utf8'), /three/);
  await assert.rejects(
    runLogged(process.execPath, ['-e', 'process.exit(3)'], options),
    /exit code 3/,
  );
  await assert.rejects(runLogged(path.join(folder, 'none'), [], options), /ENOENT/);
});

test('npm in npm: variables of npm’s own script are removed, the user’s registry and proxy are kept', () => {
  const env = cleanNpmEnvironment({
    npm_config_registry: 'https://r',
    npm_config_https_proxy: 'p',
    PATH: '/bin',
    npm_config_local_prefix: '/kit',
    npm_config_omit: 'dev',
    npm_lifecycle_event: 'start',
    npm_package_name: 'kit',
    npm_command: 'run-script',
    npm_config_workspace: 'lib',
    npm_config_ignore_scripts: '',
    NODE_ENV: 'production',
    INIT_CWD: '/kit',
  });
  assert.deepEqual(env, {
    npm_config_registry: 'https://r',
    npm_config_https_proxy: 'p',
    PATH: '/bin',
  });
  assert.deepEqual(npmCommand({ npm_execpath: '/x/npm-cli.js' }), [
    process.execPath,
    '/x/npm-cli.js',
  ]);
  assert.notEqual(npmCommand({ npm_execpath: '/x/yarn.js' }).at(-1), '/x/yarn.js');
});

test('node_modules is complete only if npm’s own record agrees with the lock file', (t) => {
  const folder = temporaryFolder(t);
  fs.mkdirSync(path.join(folder, 'node_modules'));
  const write = (file, packages) =>
    fs.writeFileSync(path.join(folder, file), JSON.stringify({ packages }));
  const a = { version: '1.0.0', integrity: 'x' };
  write('package-lock.json', {
    '': {},
    lib: {},
    'node_modules/a': a,
    'node_modules/mac': { version: '1', optional: true },
  });
  assert.equal(npmIsWhole(folder), false);
  write('node_modules/.package-lock.json', {});
  assert.equal(npmIsWhole(folder), false);
  write('node_modules/.package-lock.json', { 'node_modules/a': { ...a, version: '1.0.1' } });
  assert.equal(npmIsWhole(folder), false);
  write('node_modules/.package-lock.json', { 'node_modules/a': a });
  assert.equal(npmIsWhole(folder), true);
  const both = { 'node_modules/a': a, 'lib/node_modules/a': a };
  write('package-lock.json', both);
  write('node_modules/.package-lock.json', both);
  assert.equal(npmIsWhole(folder), false);
  fs.mkdirSync(path.join(folder, 'lib', 'node_modules', 'a'), { recursive: true });
  assert.equal(npmIsWhole(folder), true);
});

test('an active conda environment is used as .venv, but not base, and not instead of a real .venv', (t) => {
  const folder = temporaryFolder(t);
  const env = { CONDA_PREFIX: '/conda/envs/mckd', CONDA_DEFAULT_ENV: 'mckd' };
  assert.equal(condaEnvironment(folder, env), '/conda/envs/mckd');
  assert.equal(condaEnvironment(folder, {}), null);
  assert.equal(condaEnvironment(folder, { ...env, CONDA_DEFAULT_ENV: 'base' }), null);
  assert.equal(condaEnvironment(folder, { ...env, MCKD_PYTHON: '/usr/bin/python3' }), null);
  fs.symlinkSync('/elsewhere', path.join(folder, '.venv'));
  assert.equal(condaEnvironment(folder, env), '/conda/envs/mckd');
  fs.rmSync(path.join(folder, '.venv'));
  fs.mkdirSync(path.join(folder, '.venv'));
  assert.equal(condaEnvironment(folder, env), null);
});

test('uv installs if available, unless only pip has settings of package indices', () => {
  const mirror = "global.index-url='https://mirror/simple'\n:env:.disable-pip-version-check='1'\n";
  assert.equal(usesUv('uv', '', {}), true);
  assert.equal(usesUv(undefined, '', {}), false);
  assert.equal(usesUv('uv', ":env:.disable-pip-version-check='1'\n", {}), true);
  assert.equal(usesUv('uv', mirror, {}), false);
  assert.equal(usesUv('uv', ":env:.proxy='http://p'\n", {}), false);
  assert.equal(usesUv('uv', mirror, { UV_DEFAULT_INDEX: 'https://mirror/simple' }), true);
});

test('the TensorFlow build and NVIDIA’s libraries are found from the folders', (t) => {
  const folder = temporaryFolder(t);
  const site = path.join(folder, '.venv', 'libtensorflow');
  fs.mkdirSync(site, { recursive: true });
  assert.equal(installedVariant(folder), null);
  fs.mkdirSync(path.join(site, 'tensorflow_cpu-2.21.0.dist-info'));
  assert.equal(installedVariant(folder), 'cpu');
  fs.renameSync(
    path.join(site, 'tensorflow_cpu-2.21.0.dist-info'),
    path.join(site, 'tensorflow-2.21.0.dist-info'),
  );
  assert.equal(installedVariant(folder), 'gpu');
  assert.deepEqual(nvidiaLibraries(site), []);
  for (const file of [
    'cublas/lib/libcublas.so.12',
    'cublas/lib/libcublasLt.so.12',
    'cublas/lib/libnvblas.so.12',
    'cudnn/lib/libcudnn.so.9',
    'cuda_runtime/lib/libcudart.so.12',
  ]) {
    fs.mkdirSync(path.dirname(path.join(site, 'nvidia', file)), { recursive: true });
    fs.writeFileSync(path.join(site, 'nvidia', file), '');
  }
  assert.deepEqual(
    nvidiaLibraries(site).map((file) => path.basename(file)),
    ['libcudart.so.12', 'libcublasLt.so.12', 'libcublas.so.12', 'libcudnn.so.9'],
  );
});

test('the kernel is registered for this folder and this Node, and again when the folder moved', async (t) => {
  const folder = temporaryFolder(t);
  const before = path.join(folder, 'before');
  const tslab = (root) => path.join(root, 'node_modules', 'tslab', 'bin');
  fs.mkdirSync(tslab(before), { recursive: true });
  fs.writeFileSync(path.join(tslab(before), 'tslab'), '');
  assert.equal(await bringUp(kernelStep(before), {}), 'done');
  assert.equal(await bringUp(kernelStep(before), {}), 'skipped');
  const after = path.join(folder, 'after');
  fs.renameSync(before, after);
  assert.equal(isFresh(kernelStep(after)), false);
  assert.equal(await bringUp(kernelStep(after), {}), 'done');
  const file = path.join(after, '.venv', 'share', 'jupyter', 'kernels', 'tslab', 'kernel.json');
  const spec = JSON.parse(fs.readFileSync(file, 'utf8'));
  assert.deepEqual(spec, kernelSpec(after));
  assert.deepEqual(spec.argv.slice(0, 2), [process.execPath, path.join(tslab(after), 'tslab')]);
});

test('an incompatible Node is one sentence, after the addon was built again', async (t) => {
  const root = temporaryFolder(t);
  const built = [];
  const addon = { run: async () => built.push('addon') };
  const exec = async () => {
    throw Object.assign(new Error('node ended with exit code 1'), {
      output: 'a line before\nTypeError: util.isThis is not a function\n',
    });
  };
  const step = nodeStep(root, addon, () => 'c++');
  await assert.rejects(bringUp(step, { exec }), (error) => {
    assert.equal(
      error.message,
      `tfjs, danfojs or tslab does not work under Node ${process.versions.node}: TypeError: util.isThis is not a function`,
    );
    return error.plain;
  });
  assert.deepEqual(built, ['addon']);
  assert.equal(isFresh(step), false);
  assert.equal(await bringUp(step, { exec: async () => '' }), 'done');
  assert.equal(isFresh(nodeStep(root, addon, () => 'c++')), true);
  fs.writeFileSync(path.join(root, 'node_modules', '.mckd', 'addon'), 'another build');
  assert.equal(isFresh(step), false);
});
