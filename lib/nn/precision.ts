/**
 * Convolutions and matrix products in bfloat16, everything else in float32: mixed precision, as PyTorch's autocast has it
 * for these ops. bfloat16 has float32's range, so losses need no scaling.
 */
import { lowestCapability } from '../base/machine';
import { runOp, runOpInBf16, usesGpu, type OpAttribute } from './kernels';
import type { tf } from './tf';

export type Precision = 'float32' | 'bf16';

/** Cards since Ampere compute in bfloat16. */
const LEAST_CAPABILITY = 8;

/**
 * Why a precision can't be had.
 * @param capabilityOf of the GPU that TensorFlow computes on, if it does; looked up for bf16 alone
 * @returns undefined where it can
 */
export function precisionProblem(
  precision: Precision,
  capabilityOf: () => number | undefined = () => (usesGpu() ? lowestCapability() : undefined),
): string | undefined {
  const capability = precision === 'bf16' ? capabilityOf() : undefined;
  return capability !== undefined && capability < LEAST_CAPABILITY
    ? `brats.precision is bf16, which a card of compute capability ${capability.toFixed(1)} doesn't have; it takes ${LEAST_CAPABILITY.toFixed(1)} or more (Ampere), so leave float32`
    : undefined;
}

let current: Precision = 'float32';

/** Runs `f`, and all gradients that are computed in it, with this precision. */
export function withPrecision<T>(precision: Precision, f: () => T): T {
  const before = current;
  current = precision;
  try {
    return f();
  } finally {
    current = before;
  }
}

/** The output of a convolution, a matrix product, or a gradient of one. The caller disposes of it. */
export function runProduct(
  name: string,
  attributes: OpAttribute[],
  inputs: tf.Tensor[],
): tf.Tensor {
  return current === 'bf16'
    ? runOpInBf16(name, attributes, inputs)
    : runOp(name, attributes, inputs)[0];
}
