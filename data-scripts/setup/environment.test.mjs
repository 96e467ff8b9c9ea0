import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { nodeProblem } from './preflight.mjs';
import { TRIED_NODES } from './preflight.mjs';
import { places } from './steps.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const read = (name) => fs.readFileSync(path.join(root, name), 'utf8');

/** name -> version of the lines `name==version`, without markers and comments. */
function pins(text) {
  const lines = text.split('\n').map((line) => line.split('#')[0].split(';')[0].trim());
  return Object.fromEntries(lines.filter(Boolean).map((line) => line.split('==')));
}

const named = pins(read('data-scripts/setup/environment/requirements.in'));
const tensorflow = pins(read('data-scripts/setup/environment/tensorflow-cpu.txt'));
const gpu = pins(read('data-scripts/setup/environment/tensorflow-gpu.txt'));

test('every pin is exact, and the lock holds the named packages at their versions', () => {
  const lock = read('data-scripts/setup/environment/requirements.txt');
  for (const line of lock.split('\n').filter((text) => text && !text.startsWith('#'))) {
    assert.match(
      line,
      /^[a-z0-9._-]+==[0-9][\w.]*( ; python_full_version (<|>=) '3\.\d+(\.\d+)?')?$/,
      line,
    );
  }
  const locked = pins(lock);
  for (const [name, version] of Object.entries(named)) assert.equal(locked[name], version, name);
});

test('both TensorFlow builds have one version, and the CUDA one a compatible cuDNN', () => {
  assert.equal(gpu.tensorflow, tensorflow['tensorflow-cpu']);
  assert.ok(Object.keys(gpu).length > 10);
  // TensorFlow 2.21 with cuDNN before 9.24 fails when XLA autotunes algorithms.
  const [major, minor] = gpu['nvidia-cudnn-cu12'].split('.').map(Number);
  assert.ok(major === 9 && minor >= 24);
});

test('environment.yml parses, and its pins are the named ones of the .venv', (t) => {
  const python = places(root).python;
  if (!fs.existsSync(python)) return t.skip('no .venv: run npm start once');
  const script = 'import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))';
  const run = spawnSync(python, ['-c', script, path.join(root, 'environment.yml')], {
    encoding: 'utf8',
  });
  assert.equal(run.status, 0, run.stderr);
  const { name, dependencies } = JSON.parse(run.stdout);
  assert.equal(name, 'mckd');
  const { pip } = dependencies.find((entry) => typeof entry === 'object');
  assert.deepEqual(pins(pip.join('\n')), named);
  const conda = Object.fromEntries(
    dependencies.filter((entry) => typeof entry === 'string').map((entry) => entry.split('=')),
  );
  assert.equal(conda.jupyterlab, named.jupyterlab);
  assert.match(conda.python, /^3\.1[0-4]$/);
  assert.ok(TRIED_NODES.includes(Number(conda.nodejs)));
  assert.ok('cxx-compiler' in conda);
});

test('the lock file of npm names no host, and there is one tfjs and no old tar or request', () => {
  const { packages } = JSON.parse(read('package-lock.json'));
  for (const [name, entry] of Object.entries(packages)) {
    assert.doesNotMatch(entry.resolved ?? '', /^https?:/, name);
  }
  const copies = (name) =>
    Object.keys(packages).filter((key) => key.endsWith(`node_modules/${name}`));
  for (const name of ['@tensorflow/tfjs-core', '@tensorflow/tfjs-node-gpu', 'tar', 'form-data']) {
    assert.equal(copies(name).length, 1, name);
  }
  assert.equal(packages['node_modules/@tensorflow/tfjs-node'].link, true);
  const request = Object.entries(packages).filter(([key]) => key.endsWith('node_modules/request'));
  assert.deepEqual(
    request.map(([, entry]) => entry.name),
    ['@cypress/request'],
  );
  // The known problems of older versions are fixed in these.
  for (const [name, version] of Object.entries(JSON.parse(read('package.json')).overrides)) {
    if (!['tar', 'adm-zip', 'qs'].includes(name)) continue;
    assert.deepEqual(
      copies(name).map((key) => packages[key].version),
      [version],
      name,
    );
  }
});

test('the check of the Python packages finds missing, different and incomplete ones', (t) => {
  const python = places(root).python;
  if (!fs.existsSync(python)) return t.skip('no .venv: run npm start once');
  const folder = fs.mkdtempSync(path.join(root, 'results', 'check-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const info = path.join(folder, 'small-1.0.dist-info');
  fs.mkdirSync(info);
  fs.writeFileSync(
    path.join(info, 'METADATA'),
    'Metadata-Version: 2.1\nName: small\nVersion: 1.0\n',
  );
  fs.writeFileSync(path.join(folder, 'small.py'), 'x = 1\n');
  const check = (line, where = []) => {
    const file = path.join(folder, 'wanted.txt');
    fs.writeFileSync(file, `${line}\n`);
    const script = path.join(root, 'data-scripts', 'setup', 'environment', 'check_packages.py');
    const run = spawnSync(python, [script, ...where, file], {
      encoding: 'utf8',
      env: { ...process.env, PYTHONPATH: where.length > 0 ? '' : folder },
    });
    return `${run.status} ${run.stdout}${run.stderr}`;
  };
  assert.match(check('small==1.0'), /^1 small was installed in part/);
  fs.writeFileSync(path.join(info, 'RECORD'), 'small.py,,6\nsmall-1.0.dist-info/METADATA,,\n');
  assert.equal(check('small==1.0'), '0 ');
  assert.equal(check("absent==1.0 ; python_version < '3'"), '0 ');
  assert.match(check('absent==1.0'), /^1 absent is not installed/);
  assert.match(check('small==1.1'), /^1 small 1\.0 is installed, not ==1\.1/);
  // Packages installed with pip's --target are found only there; pip records their programs at a wrong path.
  const target = ['--in', folder];
  const record = 'small.py,,6\n../../bin/small,,9\nsmall-1.0.dist-info/METADATA,,\n';
  fs.writeFileSync(path.join(info, 'RECORD'), record);
  assert.match(check('small==1.0'), /bin\/small is missing/);
  assert.equal(check('small==1.0', target), '0 ');
  assert.match(check('packaging', target), /^1 packaging is not installed/);
  fs.writeFileSync(path.join(folder, 'small.py'), 'x =');
  assert.match(check('small==1.0', target), /small\.py is not whole/);
  assert.match(check('small==1.0'), /small\.py is not whole/);
  fs.rmSync(path.join(folder, 'small.py'));
  assert.match(check('small==1.0'), /small\.py is missing/);
});

test('the containers’ set-ups are the kit’s own, on a supported Node', () => {
  const container = JSON.parse(read('.devcontainer/devcontainer.json'));
  const { scripts } = JSON.parse(read('package.json'));
  assert.equal(container.postCreateCommand, 'npm run setup');
  assert.ok('setup' in scripts);
  const dockerfile = read(path.join('.devcontainer', container.build.dockerfile));
  const [, node] = /^FROM node:(\d+\.\d+\.\d+)-bookworm$/m.exec(dockerfile);
  assert.equal(nodeProblem(node), null);
  assert.equal(read('.binder/environment.yml'), read('environment.yml'));
  for (const script of ['postBuild', 'start'])
    fs.accessSync(path.join(root, '.binder', script), fs.constants.X_OK);
});
