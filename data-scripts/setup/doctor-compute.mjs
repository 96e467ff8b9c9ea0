/** The doctor's lines about computing: oneDNN and its instructions, precision, cuDNN, the speed of a training step. Pure. */
import { judgeSpeed } from './speed.mjs';

export const SETUP = 'Run the set-up: node data-scripts/start.mjs setup';

const LEVELS = { avx512: 'AVX-512', avx2: 'AVX2', baseline: 'the baseline' };

/**
 * @param {ReturnType<typeof import('./doctor.mjs').probe>} seen
 * @returns {import('./doctor.mjs').Line[]}
 */
export function computeLines({ env, addon, variant, cudnn, speed }) {
  const lines = [];
  const off = /^(0|false)$/i.test(env.TF_ENABLE_ONEDNN_OPTS ?? '');
  const held = ['ONEDNN_MAX_CPU_ISA', 'DNNL_MAX_CPU_ISA'].find((name) => env[name]);
  const level = LEVELS[addon.kernels] ?? 'unknown instructions';
  const to = held ? ` (limited by ${held}=${env[held]})` : '';
  lines.push(
    off
      ? {
          name: 'oneDNN',
          state: 'note',
          text: `off, by TF_ENABLE_ONEDNN_OPTS=${env.TF_ENABLE_ONEDNN_OPTS}: training is many times slower`,
          fix: 'Unset TF_ENABLE_ONEDNN_OPTS.',
        }
      : {
          name: 'oneDNN',
          state: 'ok',
          text: `on, with ${level}${to}, like the kit's kernels`,
        },
  );
  const modes = [
    'ONEDNN_DEFAULT_FPMATH_MODE',
    'DNNL_DEFAULT_FPMATH_MODE',
    'TF_SET_ONEDNN_FPMATH_MODE',
  ];
  const mode = modes.find((name) => env[name] && !/^strict$/i.test(env[name]));
  if (mode) {
    const text = `${mode}=${env[mode]}: on processors that can, float32 is computed in fewer bits`;
    lines.push({
      name: 'Precision',
      state: 'note',
      text,
      fix: `Unset ${mode} to get the kit's numbers.`,
    });
  }
  if (variant === 'gpu') lines.push(cudnnLine(cudnn));
  if (speed) lines.push(speedLine(speed, off, held, env));
  return lines;
}

/** With cuDNN 9.5, TensorFlow 2.21 fails when XLA autotunes convolutions. */
const LEAST_CUDNN = [9, 24];

function cudnnLine(version) {
  const [major, minor] = (version ?? '0.0').split('.').map(Number);
  const good = major === LEAST_CUDNN[0] && minor >= LEAST_CUDNN[1];
  const text = version ?? 'not installed';
  if (good) return { name: 'cuDNN', state: 'ok', text };
  return {
    name: 'cuDNN',
    state: 'wrong',
    text: `${text}; TensorFlow 2.21 needs ${LEAST_CUDNN.join('.')} or later`,
    fix: 'Run the set-up: node data-scripts/start.mjs setup --gpu',
  };
}

function speedLine(speed, off, held, env) {
  if (speed.error !== undefined) {
    const text = `could not be measured: ${speed.error}`;
    return { name: 'Speed', state: 'note', text, fix: SETUP };
  }
  const { expected, slow, minutes } = judgeSpeed(speed);
  const long = minutes < 90 ? `${Math.ceil(minutes)} min` : `${(minutes / 60).toFixed(1)} hours`;
  const text =
    `a training step of quick takes ${speed.step.toFixed(2)} s of one core, and should take some ` +
    `${expected.toFixed(2)} s by the ${speed.gflops.toFixed(0)} GFLOP/s of a matrix product; npm start: roughly ${long} on ${speed.cores} cores`;
  if (!slow) return { name: 'Speed', state: 'ok', text };
  const fix = off
    ? 'oneDNN is off: unset TF_ENABLE_ONEDNN_OPTS.'
    : ['composed', 'fused'].includes(env.MCKD_KERNELS)
      ? "The kit's own kernels are off: unset MCKD_KERNELS."
      : held
        ? `Unset ${held}.`
        : `${SETUP}; does ONEDNN_VERBOSE=1 npm run doctor list convolutions?`;
  return { name: 'Speed', state: 'wrong', text, fix };
}
