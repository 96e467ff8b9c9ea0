/** A training step and an epoch as on a processor without AVX-512. */
import type { Bench, BenchSetting } from '../compare';
import type { Environment } from '../partner';
import { audioVisualEpoch } from './epoch';
import { LARGE, SMALL, trainingStep } from './steps';

/** Variables that limit a process to AVX2: oneDNN and the kit's kernels, PyTorch's own kernels, and MKL, which PyTorch calls. */
const AVX2_ONLY: Environment = {
  DNNL_MAX_CPU_ISA: 'AVX2',
  ONEDNN_MAX_CPU_ISA: 'AVX2',
  ATEN_CPU_CAPABILITY: 'avx2',
  MKL_ENABLE_INSTRUCTIONS: 'AVX2',
};

/**
 * A training step and an epoch with both sides limited to AVX2, as on a processor without AVX-512. TensorFlow's Eigen
 * is not affected: it is compiled for AVX.
 */
export async function heldToAvx2(setting: BenchSetting): Promise<Partial<Bench>> {
  if (process.arch !== 'x64') return { rows: [] };
  const held = { ...setting, env: AVX2_ONLY, older: true };
  const rows = [
    ...(await trainingStep(held, SMALL, 1)),
    ...(await trainingStep(held, LARGE, 1)),
    ...((await audioVisualEpoch(held)).rows ?? []),
  ];
  // Memory is that of the section `step`.
  return {
    rows: rows
      .filter(({ unit }) => unit === 's')
      .map((row) => ({ ...row, work: `${row.work}, both limited to AVX2` })),
  };
}
