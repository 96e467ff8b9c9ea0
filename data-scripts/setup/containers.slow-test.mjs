/**
 * The set-ups of `.devcontainer/` and `.binder/`, each in a fresh clone as a non-root user. No container is
 * built: Node, Python and the compiler are this machine's, and a virtual environment replaces
 * the conda environment that repo2docker makes.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
/** `nobody`, if the tests run as root; else the current user. */
const user = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {};

/** A fresh clone and the user's own home; `run` runs a program in it, with only the usual variables. */
function freshClone(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mckd-container-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const [clone, home] = [path.join(folder, 'mckd-kit'), path.join(folder, 'home')];
  const git = spawnSync('git', ['clone', '--quiet', '--no-local', root, clone]);
  assert.equal(git.status, 0, String(git.stderr));
  fs.mkdirSync(home);
  if (user.uid) {
    const chown = spawnSync('chown', ['-R', `${user.uid}:${user.gid}`, folder]);
    assert.equal(chown.status, 0);
  }
  const base = { PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8' };
  const run = (program, args, env = {}) => {
    const options = { cwd: clone, encoding: 'utf8', env: { ...base, ...env }, ...user };
    const { status, stdout, stderr } = spawnSync(program, args, options);
    assert.equal(status, 0, `${program} ${args.join(' ')}\n${stdout}${stderr}`);
    return stdout;
  };
  return { clone, folder, run };
}

test('the dev container’s command sets everything up, and notebook 00 runs', (t) => {
  const { clone, run } = freshClone(t);
  const container = JSON.parse(
    fs.readFileSync(path.join(clone, '.devcontainer', 'devcontainer.json'), 'utf8'),
  );
  run('sh', ['-c', container.postCreateCommand]);
  run('npm', ['run', 'doctor']);
  run('npm', ['start', '--', '--preset', 'smoke', '--only', '00']);
  assert.equal(run('git', ['status', '--porcelain']), '');
});

test('Binder’s postBuild sets the kit up in the existing environment, with the kernel in it', (t) => {
  const { clone, folder, run } = freshClone(t);
  const prefix = path.join(folder, 'envs', 'notebook');
  run('python3', ['-m', 'venv', prefix]);
  run('./.binder/postBuild', [], { NB_PYTHON_PREFIX: prefix });
  assert.equal(fs.realpathSync(path.join(clone, '.venv')), fs.realpathSync(prefix));
  const kernels = run(path.join(prefix, 'bin', 'jupyter'), ['kernelspec', 'list']);
  assert.match(kernels, /tslab/);
  const inside = ['npm', 'start', '--', '--preset', 'smoke', '--only', '00'];
  run('./.binder/start', inside, { CONDA_PREFIX: prefix, CONDA_DEFAULT_ENV: prefix });
  const preset = run('./.binder/start', ['node', '-p', 'process.env.MCKD_PRESET']);
  assert.equal(preset.trim(), 'smoke');
});
