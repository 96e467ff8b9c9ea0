import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { computeLine, probeCompute, type Compute } from './compute';

const probed = (env: Record<string, string>): Compute =>
  JSON.parse(
    execFileSync(
      process.execPath,
      ['-e', `console.log(JSON.stringify(require('./compute').probeCompute()))`],
      {
        cwd: __dirname,
        env: { ...process.env, CUDA_VISIBLE_DEVICES: '', ...env },
        encoding: 'utf8',
      },
    ),
  ) as Compute;

test('the instructions follow oneDNN’s variable, and variables that are set are reported', () => {
  const low = probed({
    DNNL_MAX_CPU_ISA: 'SSE41',
    TF_ENABLE_ONEDNN_OPTS: 'False',
    MCKD_KERNELS: 'composed',
  });
  assert.equal(low.oneDnn, false);
  assert.equal(low.instructions, 'the baseline');
  assert.equal(low.kernels, 'composed');
  assert.equal(low.settings.DNNL_MAX_CPU_ISA, 'SSE41');
  const line = computeLine(low);
  assert.match(line, /^oneDNN off, the baseline, ops composed of TensorFlow’s; /);
  assert.match(line, /; DNNL_MAX_CPU_ISA=SSE41(;|$)/);
  assert.match(line, /; MCKD_KERNELS=composed(;|$)/);
});

test('oneDNN is on unless it is turned off; a mode of lower precision is reported', () => {
  assert.equal(probeCompute({}).oneDnn, true);
  assert.equal(probeCompute({ TF_ENABLE_ONEDNN_OPTS: '1' }).oneDnn, true);
  assert.equal(probeCompute({ TF_ENABLE_ONEDNN_OPTS: '0' }).oneDnn, false);
  assert.deepEqual(probeCompute({ DNNL_DEFAULT_FPMATH_MODE: 'BF16', HOME: '/' }).settings, {
    DNNL_DEFAULT_FPMATH_MODE: 'BF16',
  });
});
