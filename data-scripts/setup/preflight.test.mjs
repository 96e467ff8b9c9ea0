import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  chooseCompiler,
  choosePython,
  diskProblem,
  findCompiler,
  findPython,
  nodeNote,
  nodeProblem,
  platformProblem,
  pythonCommands,
} from './preflight.mjs';

const python = (command, version, more = {}) => ({
  command,
  found: true,
  version,
  venv: true,
  bits: 64,
  ...more,
});
const missing = (command) => ({ command, found: false });

test('Node 20 and later pass, with a note if untested; older ones are refused', () => {
  for (const version of ['20.0.0', '20.20.2', '22.99.0', '24.1.0', '26.12.1']) {
    assert.equal(nodeProblem(version), null);
    assert.equal(nodeNote(version), null);
  }
  for (const version of ['21.7.3', '27.0.0']) {
    assert.equal(nodeProblem(version), null);
    assert.match(nodeNote(version), new RegExp(`^Node ${version} is not among .*20, 22, 24 or 26`));
  }
  const old = nodeProblem('18.20.0');
  assert.equal(old.sentence, 'This is Node 18.20.0, and the kit needs Node 20 or later.');
  assert.match(old.fix, /Node 20, 22, 24 or 26/);
});

test('only Linux x86-64 with glibc passes', () => {
  assert.equal(platformProblem('linux', 'x64', false), null);
  assert.match(platformProblem('darwin', 'arm64', false).sentence, /darwin arm64/);
  assert.match(platformProblem('linux', 'arm64', false).sentence, /linux arm64/);
  assert.match(platformProblem('linux', 'x64', true).sentence, /musl/);
});

test('python3 in the range is used, else the first python3.x in it', () => {
  assert.equal(
    choosePython([python('python3', '3.11.7'), python('python3.12', '3.12.1')]).python.command,
    'python3',
  );
  assert.equal(
    choosePython([
      python('python3', '3.15.0'),
      missing('python3.14'),
      python('python3.11', '3.11.2'),
    ]).python.command,
    'python3.11',
  );
  assert.equal(
    choosePython([python('python3', '3.9.2'), python('python3.10', '3.10.1')]).python.command,
    'python3.10',
  );
});

test('Python 3.10 to 3.14 fit, older and newer ones do not', () => {
  const fits = (version) => Boolean(choosePython([python('python3', version)]).python);
  for (const minor of [10, 11, 12, 13, 14]) assert.ok(fits(`3.${minor}.0`), `3.${minor}`);
  for (const version of ['3.9.18', '3.15.0', '3.1.4']) assert.ok(!fits(version), version);
});

test('a Python without venv is skipped if there is no uv; if there is no other, the fix names its package', () => {
  const bare = python('python3', '3.11.2', { venv: false });
  assert.equal(choosePython([bare, python('python3.12', '3.12.3')]).python.command, 'python3.12');
  assert.equal(choosePython([bare], { uv: 'uv' }).python.command, 'python3');
  const { problem } = choosePython([bare, missing('python3.12')]);
  assert.match(problem.sentence, /Python 3\.11\.2 \(python3\) has no working venv module/);
  assert.match(problem.fix, /apt-get install python3\.11-venv/);
});

test('no fitting Python: the sentence names what was found', () => {
  assert.match(
    choosePython([python('python3', '3.15.0'), python('python3.9', '3.9.1')]).problem.sentence,
    /python3 is 3\.15\.0, python3\.9 is 3\.9\.1/,
  );
  assert.match(choosePython([missing('python3')]).problem.sentence, /No Python was found/);
  assert.match(
    choosePython([missing('/no/python')], { chosen: '/no/python' }).problem.sentence,
    /MCKD_PYTHON names \/no\/python/,
  );
  assert.match(
    choosePython([python('python3', '3.11.7', { bits: 32 })]).problem.sentence,
    /32-bit/,
  );
});

test('MCKD_PYTHON is the only candidate; an active conda environment comes first', () => {
  assert.deepEqual(pythonCommands({ MCKD_PYTHON: '/x/python', CONDA_PREFIX: '/c' }), ['/x/python']);
  assert.equal(pythonCommands({ CONDA_PREFIX: '/c' })[0], '/c/bin/python');
  assert.equal(pythonCommands({})[0], 'python3');
});

test('compilers: the first that works; none gives the fix', () => {
  assert.equal(
    chooseCompiler([
      { command: 'c++', works: false },
      { command: 'g++', works: true },
    ]).compiler,
    'g++',
  );
  const { problem } = chooseCompiler([
    { command: 'c++', works: false },
    { command: 'g++', works: false },
  ]);
  assert.match(problem.sentence, /tried c\+\+, g\+\+/);
  assert.match(problem.fix, /apt-get install g\+\+/);
});

test('too little disk space is a problem', () => {
  assert.equal(diskProblem(5.1, 5, '/kit'), null);
  assert.match(
    diskProblem(4.94, 5, '/kit').sentence,
    /\/kit has 4\.9 GB free, and the set-up needs 5 GB/,
  );
});

test('the probes check real programs', (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mckd-preflight-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const script = (name, text) => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return file;
  };
  const old = script('python-old', 'echo 3.9.1 True 64');
  const bare = script('python-bare', 'echo 3.12.5 False 64');
  const good = script('python-good', 'echo 3.12.5 True 64');
  assert.match(findPython({ MCKD_PYTHON: old }).problem.sentence, /is 3\.9\.1/);
  // Without a PATH there is no uv, which doesn't need that module.
  assert.match(findPython({ MCKD_PYTHON: bare, PATH: folder }).problem.fix, /python3\.12-venv/);
  assert.equal(findPython({ MCKD_PYTHON: good }).python.version, '3.12.5');
  assert.match(
    findPython({ MCKD_PYTHON: path.join(folder, 'none') }).problem.sentence,
    /does not start/,
  );
  const compiler = script('compiler', 'exit 0');
  assert.equal(findCompiler({ CXX: `${compiler} -m64` }).compiler, `${compiler} -m64`);
});

test('start.mjs refuses before anything is installed: one sentence, exit 1, no folder made', (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mckd-start-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const here = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
  for (const name of ['start.mjs', 'setup'])
    fs.cpSync(path.join(here, name), path.join(folder, 'data-scripts', name), { recursive: true });
  const start = (env) =>
    spawnSync(process.execPath, [path.join(folder, 'data-scripts', 'start.mjs'), 'setup'], {
      encoding: 'utf8',
      env: { ...process.env, CONDA_PREFIX: '', ...env },
    });
  const noPython = start({ MCKD_PYTHON: path.join(folder, 'no-python') });
  assert.equal(noPython.status, 1);
  assert.match(
    noPython.stderr,
    /^MCKD_PYTHON names .*no-python, which does not start as a Python\. Set it .*\n$/,
  );
  const noCompiler = start({
    PATH: path.join(folder, 'empty'),
    CXX: '',
    MCKD_PYTHON: spawnSync('sh', ['-c', 'command -v python3'], { encoding: 'utf8' }).stdout.trim(),
  });
  assert.equal(noCompiler.status, 1);
  assert.equal(fs.existsSync(path.join(folder, '.venv')), false);
  assert.equal(fs.existsSync(path.join(folder, 'node_modules')), false);
});
