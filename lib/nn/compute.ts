/** How TensorFlow and the kit's kernels compute in this process: what depends on the machine and on environment variables. */
import type { Kernels } from './kernels';

export interface Compute {
  /** Does TensorFlow use oneDNN? Without it a training step takes 4 to 50 times as long on a processor. */
  oneDnn: boolean;
  /** What oneDNN and the kit's kernels use at most, such as `AVX-512`. */
  instructions: string;
  kernels: Kernels;
  /** Variables that are set and change speed or digits. */
  settings: Record<string, string>;
}

const NAMES = { avx512: 'AVX-512', avx2: 'AVX2', baseline: 'the baseline' };

/** In words. */
export const KERNEL_NAMES: Readonly<Record<Kernels, string>> = {
  native: 'the kit’s kernels',
  fused: 'TensorFlow’s fused norms',
  composed: 'ops composed of TensorFlow’s',
};

/** The front of the addon sets TF_ENABLE_ONEDNN_OPTS to 1 where the user has set nothing. */
const SETTINGS = [
  'ONEDNN_MAX_CPU_ISA',
  'DNNL_MAX_CPU_ISA',
  'ONEDNN_DEFAULT_FPMATH_MODE',
  'DNNL_DEFAULT_FPMATH_MODE',
  'TF_SET_ONEDNN_FPMATH_MODE',
  'NVIDIA_TF32_OVERRIDE',
  'TF_NUM_INTRAOP_THREADS',
  'MCKD_KERNELS',
  'MCKD_STEPS',
];

/** Loads TensorFlow if it isn't loaded yet. */
export function probeCompute(env: NodeJS.ProcessEnv = process.env): Compute {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a line is made without it
  const { kernelLevel, kernels } = require('./kernels') as typeof import('./kernels');
  const level = kernelLevel();
  return {
    // As TensorFlow reads it.
    oneDnn: !/^(0|false)$/i.test(env.TF_ENABLE_ONEDNN_OPTS ?? ''),
    instructions: level === undefined ? 'unknown' : NAMES[level],
    kernels: kernels(),
    settings: Object.fromEntries(
      SETTINGS.flatMap((name) => (env[name] ? [[name, env[name]]] : [])),
    ),
  };
}

/** Such as `oneDNN on, AVX-512, the kit’s kernels; DNNL_MAX_CPU_ISA=AVX2`. */
export function computeLine({ oneDnn, instructions, kernels, settings }: Compute): string {
  const facts = [`oneDNN ${oneDnn ? 'on' : 'off'}`, instructions, KERNEL_NAMES[kernels]].join(', ');
  return [facts, ...Object.entries(settings).map(([name, value]) => `${name}=${value}`)].join('; ');
}
