/** TensorFlow's defaults for the machine are set before it is loaded, by whatever module loads it. */
import { execFileSync } from 'node:child_process';
import { strict as assert } from 'node:assert';
import { test } from 'node:test';

/** Prints the settings of this process and oneDNN's log, one line per operation. */
const program = (load: string): string => `
const tf = ${load};
const [x, w] = [tf.ones([1, 4, 8, 8, 8]), tf.ones([3, 3, 3, 8, 8])];
tf.grads((x, w) => tf.conv3d(x, w, 1, 'same').sum())([x, w]).map((g) => g.dataSync());
for (const name of ['TF_ENABLE_ONEDNN_OPTS', 'TF_CPP_MIN_LOG_LEVEL', 'TF_FORCE_GPU_ALLOW_GROWTH'])
  console.log('set', name, process.env[name]);
`;

/** Runs it in a process of its own, in which no such variable is set except for `more`, on the processor. */
function run(source: string, more: Record<string, string> = {}): string {
  const env: NodeJS.ProcessEnv = { ...process.env, ONEDNN_VERBOSE: '1', CUDA_VISIBLE_DEVICES: '' };
  for (const name of Object.keys(env)) if (name.startsWith('TF_')) delete env[name];
  return execFileSync(process.execPath, ['-e', source], {
    cwd: __dirname,
    env: { ...env, ...more },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** oneDNN's lines for both gradients of a convolution. */
const GRADIENTS = ['backward_data', 'backward_weights'].map(
  (what) => new RegExp(`^onednn_verbose.*,exec,cpu,convolution,.*,${what},`, 'm'),
);

const doors: [string, string][] = [
  ['the lib', "require('./tf').tf"],
  ['danfojs, loaded first', "require('danfojs-node').tensorflow"],
  ['tfjs itself', "require('@tensorflow/tfjs-node-gpu')"],
];
for (const [name, load] of doors) {
  test(`oneDNN computes the gradients of a 3-D convolution: ${name}`, () => {
    const said = run(program(load));
    for (const gradient of GRADIENTS) assert.match(said, gradient);
    assert.match(said, /^set TF_ENABLE_ONEDNN_OPTS 1$/m);
    assert.match(said, /^set TF_CPP_MIN_LOG_LEVEL 2$/m);
    assert.match(said, /^set TF_FORCE_GPU_ALLOW_GROWTH true$/m);
  });
}

test('a thread that loads TensorFlow first, whose process.env is a copy', () => {
  const thread = JSON.stringify(program("require('./tf').tf"));
  const said = run(`new (require('node:worker_threads').Worker)(${thread}, { eval: true });`);
  for (const gradient of GRADIENTS) assert.match(said, gradient);
});

test('what the user has set wins', () => {
  const said = run(program("require('./tf').tf"), { TF_ENABLE_ONEDNN_OPTS: '0' });
  assert.match(said, /^set TF_ENABLE_ONEDNN_OPTS 0$/m);
  for (const gradient of GRADIENTS) assert.doesNotMatch(said, gradient);
});

test('within a CPU quota, TensorFlow takes as many threads as it grants', () => {
  const granted = `const machine = require('../base/machine'); machine.usableCores = () => 1;
    require('node:os').availableParallelism = () => 64;`;
  const threads = (more: Record<string, string> = {}): string | undefined =>
    /^onednn_verbose.*,nthr:(\d+)$/m.exec(
      run(program(`(() => { ${granted}; return require('./tf').tf; })()`), more),
    )?.[1];
  assert.equal(threads(), '1');
  assert.equal(threads({ TF_NUM_INTRAOP_THREADS: '3' }), '3', 'what the user has set wins');
});

test('denormal numbers are flushed to zero, whichever thread computes', () => {
  const tiny = run(
    `
    const { tf } = require('./tf');
    const { initAdam, adamStep } = require('./adam');
    for (const size of [10, 1 << 20]) {
      const [parameters, gradients] = [{ x: tf.variable(tf.zeros([size])) }, { x: tf.zeros([size]) }];
      const state = initAdam(parameters);
      state.firstMoment.x.assign(tf.fill([size], 1.2e-38));
      adamStep(parameters, gradients, state, 1e-3);
      const product = tf.mul(tf.fill([size], 1e-30), 1e-12);
      const largest = (t) => t.dataSync().reduce((a, b) => Math.max(a, b));
      console.log('largest', largest(state.firstMoment.x), largest(product));
    }
    console.log('JavaScript', 1e-300 * 1e-12 > 0);
  `,
    { TF_NUM_INTRAOP_THREADS: '3', ONEDNN_VERBOSE: '0' },
  );
  assert.equal(tiny, 'largest 0 0\nlargest 0 0\nJavaScript true\n');
});
