/**
 * The addon, the kernels and a small step of each network on an emulated processor without AVX-512 (qemu-user, Haswell):
 * it needs no instruction that is missing, and the results equal this processor's. A processor without AVX
 * (Nehalem) is not supported by TensorFlow's wheel, which ends the process there; the kit's kernels for it are tested
 * in lib/nn/kernel-levels.test.ts by their instructions.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import type { WorkSpec } from './kit-works';
import { openPartner } from './partner';

const WORKER = join(__dirname, 'worker.js');
const KERNELS = join(__dirname, '..', '..', '..', 'lib', 'dist', 'nn', 'kernels.js');
const QEMU = 'qemu-x86_64';
const HASWELL = ['-cpu', 'Haswell'];

const skip =
  process.arch !== 'x64'
    ? 'of x86 alone'
    : spawnSync(QEMU, ['--version']).status !== 0 &&
      `${QEMU} is missing (Debian, Ubuntu: apt-get install qemu-user)`;

/** The first two results of the work: the second one is after a training step. */
async function values(program: string, args: string[], spec: WorkSpec): Promise<(number | null)[]> {
  const side = await openPartner(program, [...args, WORKER, JSON.stringify(spec)]);
  try {
    return [(await side.once()).value, (await side.once()).value];
  } finally {
    side.close();
  }
}

test('the kernels for AVX2 are loaded on a Haswell', { skip }, () => {
  const program = `console.log(require(${JSON.stringify(KERNELS)}).kernelLevel())`;
  const args = [...HASWELL, process.execPath, '-e', program];
  const { stdout, stderr, status } = spawnSync(QEMU, args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.equal(stdout.trim(), 'avx2');
});

const STEP: WorkSpec = {
  work: 'step',
  crop: [32, 32, 32],
  batch: 1,
  width: 1 / 16,
  rate: 1e-4,
  momentum: 0.99,
  alpha: 0.1,
};

test(
  'training steps of the segmentation network are equal on a Haswell and here',
  { skip },
  async () => {
    const here = await values(process.execPath, [], STEP);
    const there = await values(QEMU, [...HASWELL, process.execPath], STEP);
    assert.notEqual(here[0], here[1]);
    here.forEach((value, i) => {
      assert.ok(Number.isFinite(value));
      assert.ok(
        Math.abs((there[i] ?? NaN) / (value ?? NaN) - 1) < 1e-4,
        `${there[i]}, not ${value}`,
      );
    });
  },
);

test(
  'an epoch of the audio-visual network runs on a Haswell, from the same loss as here',
  { skip },
  async () => {
    const epoch: WorkSpec = { work: 'epoch', pairs: 64, batch: 32, rate: 1e-3, decay: 0 };
    const [here] = await values(process.execPath, [], epoch);
    const [there] = await values(QEMU, [...HASWELL, process.execPath], epoch);
    assert.ok(Math.abs((there ?? NaN) / (here ?? NaN) - 1) < 1e-4, `${there}, not ${here}`);
  },
);
