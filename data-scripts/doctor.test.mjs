import assert from 'node:assert/strict';
import test from 'node:test';
import { diagnose, report } from './doctor.mjs';

/** A machine on which everything is right. */
const healthy = {
  platform: 'linux',
  arch: 'x64',
  musl: false,
  cores: 8,
  processor: 'a processor',
  node: '20.20.2',
  python: { python: { version: '3.11.7', command: 'python3' } },
  compiler: { compiler: 'c++' },
  venvPython: '3.11.7',
  jupyterlab: '4.6.6',
  npm: true,
  built: true,
  variant: 'cpu',
  addon: { tensorflow: '2.21.0', gpu: false, shared: true },
  kernel: 'ok',
  renderer: '7.1.0',
  chromium: 'Chromium 156',
  nvidia: null,
  diskFree: 50,
  memory: 16,
  memoryFree: 8,
  data: { directory: '/data', exists: true, entries: ['av-mnist'], cache: '/cache', cached: 0 },
};
const line = (changes, name) =>
  diagnose({ ...healthy, ...changes }).find((entry) => entry.name === name);
const code = (changes) => report(diagnose({ ...healthy, ...changes })).code;

test('a healthy machine: every line OK, exit 0', () => {
  const lines = diagnose(healthy);
  assert.deepEqual(
    lines.filter((entry) => entry.state !== 'ok'),
    [],
  );
  const names = [
    'Node',
    'Python',
    'C++ compiler',
    'tfjs addon',
    'TensorFlow',
    'Runs on',
    'Kernel',
    'Plot renderer',
    'Chromium',
    'Disk',
    'Memory',
    'Data',
  ];
  for (const name of names)
    assert.ok(
      lines.some((entry) => entry.name === name),
      name,
    );
  const { text, code: exit } = report(lines);
  assert.equal(exit, 0);
  assert.match(text, /Everything that is needed is there\.$/);
});

test('each thing that is needed and wrong: its line, a mend, exit 1', () => {
  const cases = [
    [{ node: '18.20.0' }, 'Node', /Node 18\.20\.0/],
    [{ arch: 'arm64' }, 'System', /arm64/],
    [
      { python: { problem: { sentence: 'No Python was found.', mend: 'x' } } },
      'Python',
      /No Python/,
    ],
    [
      { compiler: { problem: { sentence: 'No compiler.', mend: 'x' } } },
      'C++ compiler',
      /No compiler/,
    ],
    [{ venvPython: null }, 'Environment', /no working Python/],
    [{ jupyterlab: null }, 'JupyterLab', /not in \.venv/],
    [{ npm: false }, 'npm packages', /package-lock/],
    [{ built: false }, 'Lib', /not compiled/],
    [{ addon: { error: 'does not load: Error: x' } }, 'tfjs addon', /does not load/],
    [{ addon: { ...healthy.addon, shared: false } }, 'tfjs addon', /a tfjs of its own/],
    [{ kernel: 'registered for another Node (/old/node)' }, 'Kernel', /\/old\/node/],
    [{ renderer: null }, 'Plot renderer', /extension is not/],
    [{ diskFree: 1.2 }, 'Disk', /1\.2 GB free/],
    [{ memory: 2 }, 'Memory', /2\.0 GB/],
    [{ data: { ...healthy.data, exists: false } }, 'Data', /\/data, which is not there/],
  ];
  for (const [changes, name, pattern] of cases) {
    const found = line(changes, name);
    assert.equal(found.state, 'wrong', name);
    assert.match(found.text, pattern);
    assert.ok(found.mend, name);
    assert.equal(code(changes), 1, name);
    assert.match(report([found]).text, /^WRONG .*\n +-> /);
  }
});

test('what is only useful is a note and does not fail', () => {
  const nothing = {
    chromium: null,
    data: { directory: null, exists: false, entries: [], cache: '/cache', cached: 0 },
  };
  assert.equal(line(nothing, 'Chromium').state, 'note');
  assert.equal(line({ node: '26.1.0' }, 'Node').state, 'ok');
  assert.equal(line({ node: '27.0.0' }, 'Node').state, 'note');
  assert.match(line(nothing, 'Data').mend, /npm run data -- av-mnist/);
  assert.equal(code(nothing), 0);
  const cached = { data: { ...nothing.data, cached: 1500 } };
  assert.match(line(cached, 'Data').text, /1500 recordings in \/cache/);
});

test('a GPU: in use, there but not in use, with either build', () => {
  const card = 'NVIDIA X, 550.1';
  assert.match(
    line({ addon: { ...healthy.addon, gpu: true }, nvidia: card, variant: 'gpu' }, 'Runs on').text,
    /^GPU \(NVIDIA X/,
  );
  assert.match(line({ nvidia: card }, 'Runs on').mend, /npm start -- --gpu/);
  assert.match(line({ nvidia: card, variant: 'gpu' }, 'Runs on').mend, /nvidia-smi/);
  assert.equal(code({ nvidia: card }), 0);
});
