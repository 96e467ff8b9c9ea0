import assert from 'node:assert/strict';
import test from 'node:test';
import { diagnose, report } from './doctor.mjs';

/** A machine without problems. */
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
  env: {},
  addon: { tensorflow: '2.21.0', gpu: false, shared: true, kernels: 'avx512' },
  cudnn: null,
  speed: { cores: 2, gflops: 112, step: 0.13, steps: 3900 },
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
    'oneDNN',
    'Speed',
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
  assert.match(text, /Everything that is needed is available\.$/);
});

test('each required part that is wrong: its line, a fix, exit 1', () => {
  const cases = [
    [{ node: '18.20.0' }, 'Node', /Node 18\.20\.0/],
    [{ arch: 'arm64' }, 'System', /arm64/],
    [
      { python: { problem: { sentence: 'No Python was found.', fix: 'x' } } },
      'Python',
      /No Python/,
    ],
    [
      { compiler: { problem: { sentence: 'No compiler.', fix: 'x' } } },
      'C++ compiler',
      /No compiler/,
    ],
    [{ venvPython: null }, 'Environment', /no working Python/],
    [{ jupyterlab: null }, 'JupyterLab', /not in \.venv/],
    [{ npm: false }, 'npm packages', /package-lock/],
    [{ built: false }, 'Lib', /not compiled/],
    [{ addon: { error: 'does not load: Error: x' } }, 'tfjs addon', /does not load/],
    [{ addon: { ...healthy.addon, shared: false } }, 'tfjs addon', /its own tfjs/],
    [{ kernel: 'registered for another Node (/old/node)' }, 'Kernel', /\/old\/node/],
    [{ renderer: null }, 'Plot renderer', /extension is not/],
    [{ diskFree: 1.2 }, 'Disk', /1\.2 GB free/],
    [{ memory: 2 }, 'Memory', /2\.0 GB/],
    [{ data: { ...healthy.data, exists: false } }, 'Data', /\/data, which does not exist/],
  ];
  for (const [changes, name, pattern] of cases) {
    const found = line(changes, name);
    assert.equal(found.state, 'wrong', name);
    assert.match(found.text, pattern);
    assert.ok(found.fix, name);
    assert.equal(code(changes), 1, name);
    assert.match(report([found]).text, /^WRONG .*\n +-> /);
  }
});

test('an optional part is a note and does not fail', () => {
  const nothing = {
    chromium: null,
    data: { directory: null, exists: false, entries: [], cache: '/cache', cached: 0 },
  };
  assert.equal(line(nothing, 'Chromium').state, 'note');
  assert.equal(line({ node: '26.1.0' }, 'Node').state, 'ok');
  assert.equal(line({ node: '27.0.0' }, 'Node').state, 'note');
  assert.match(line(nothing, 'Data').fix, /npm run data -- av-mnist/);
  assert.equal(code(nothing), 0);
  const cached = { data: { ...nothing.data, cached: 1500 } };
  assert.match(line(cached, 'Data').text, /1500 recordings in \/cache/);
});

test('a GPU: in use, or present but not in use, with either build', () => {
  const card = 'NVIDIA X, 550.1';
  const gpu = { addon: { ...healthy.addon, gpu: true }, nvidia: card, variant: 'gpu' };
  assert.match(line({ ...gpu, cudnn: '9.28.0.42' }, 'Runs on').text, /^GPU \(NVIDIA X/);
  assert.match(line({ nvidia: card }, 'Runs on').fix, /npm start -- --gpu/);
  assert.match(line({ nvidia: card, variant: 'gpu' }, 'Runs on').fix, /nvidia-smi/);
  assert.equal(code({ nvidia: card }), 0);
});

test('cuDNN is checked with the CUDA build only', () => {
  const states = ['9.28.0.42', '9.24.0.1', '9.5.1.17', '8.9.7.29', null].map(
    (cudnn) => line({ variant: 'gpu', cudnn }, 'cuDNN').state,
  );
  assert.deepEqual(states, ['ok', 'ok', 'wrong', 'wrong', 'wrong']);
  assert.match(line({ variant: 'gpu', cudnn: '9.5.1.17' }, 'cuDNN').text, /9\.24 or later/);
  assert.equal(line({}, 'cuDNN'), undefined);
});

test('oneDNN off is noted, with the instruction set in use otherwise; so is lower precision', () => {
  const env = (more) => ({ env: more });
  assert.match(line({}, 'oneDNN').text, /^on, with AVX-512,/);
  assert.match(line(env({ DNNL_MAX_CPU_ISA: 'AVX2' }), 'oneDNN').text, /DNNL_MAX_CPU_ISA=AVX2/);
  for (const off of ['0', 'FALSE']) {
    const found = line(env({ TF_ENABLE_ONEDNN_OPTS: off }), 'oneDNN');
    assert.equal(found.state, 'note');
    assert.match(found.fix, /Unset TF_ENABLE_ONEDNN_OPTS/);
  }
  assert.equal(line({}, 'Precision'), undefined);
  assert.equal(line(env({ ONEDNN_DEFAULT_FPMATH_MODE: 'strict' }), 'Precision'), undefined);
  assert.match(line(env({ DNNL_DEFAULT_FPMATH_MODE: 'BF16' }), 'Precision').fix, /Unset DNNL_/);
});

test('a step four times slower than the matrix product predicts is a fault with its cause', () => {
  const speed = (step, gflops) => ({ ...healthy.speed, step, gflops });
  // Measured: with AVX-512, limited to AVX2, limited to SSE4.1.
  for (const [step, gflops] of [
    [0.13, 111.8],
    [0.149, 70],
    [0.356, 25.9],
  ])
    assert.equal(line({ speed: speed(step, gflops) }, 'Speed').state, 'ok');
  const off = { TF_ENABLE_ONEDNN_OPTS: '0' };
  // Measured: 22 s without oneDNN, op by op.
  const slow = line({ speed: speed(22.2, 119.9), env: off }, 'Speed');
  assert.equal(slow.state, 'wrong');
  assert.match(slow.fix, /oneDNN is off: unset/);
  assert.equal(code({ speed: speed(22.2, 119.9) }), 1);
  assert.match(line({ speed: speed(16, 40) }, 'Speed').text, /npm start: roughly 34\.7 hours/);
  assert.match(
    line({ speed: speed(9, 60), env: { MCKD_KERNELS: 'composed' } }, 'Speed').fix,
    /MCKD_KERNELS/,
  );
  assert.match(
    line({ speed: speed(9, 60), env: { DNNL_MAX_CPU_ISA: 'X' } }, 'Speed').fix,
    /^Unset DNNL/,
  );
  assert.match(line({}, 'Speed').text, /roughly 17 min on 2 cores/);
  assert.equal(line({ speed: { error: 'Error: x' } }, 'Speed').state, 'note');
  assert.equal(line({ speed: null }, 'Speed'), undefined);
});
