/**
 * Runs a TensorFlow op by name through the Node backend. This is the one place where an op that
 * tfjs has no function for, or a slow one, is called; each caller supplies its own gradient.
 */
import { tf } from './tf';

/** A typed op attribute: what TensorFlow's op definition calls `T`, `epsilon`, ... */
export type OpAttribute =
  | { name: string; type: 'type'; value: 'float32' | 'int32' | 'int64' }
  | { name: string; type: 'float' | 'int'; value: number | number[] }
  | { name: string; type: 'bool'; value: boolean }
  | { name: string; type: 'string'; value: string };

/** The attribute T of nearly every op: the kit computes in float32. */
export const FLOAT: OpAttribute = { name: 'T', type: 'type', value: 'float32' };

interface NodeBackend {
  binding: Record<string, number> & { mckdKernels?: KernelLevel };
  isUsingGpuDevice: boolean;
  executeMultipleOutputs(
    name: string,
    attributes: unknown[],
    inputs: tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

const ATTRIBUTE_TYPE = {
  type: 'TF_ATTR_TYPE',
  float: 'TF_ATTR_FLOAT',
  int: 'TF_ATTR_INT',
  bool: 'TF_ATTR_BOOL',
  string: 'TF_ATTR_STRING',
} as const;

const DATA_TYPE = { float32: 'TF_FLOAT', int32: 'TF_INT32', int64: 'TF_INT64' } as const;

/** Does TensorFlow compute on a GPU? */
export function usesGpu(): boolean {
  return (tf.backend() as unknown as NodeBackend).isUsingGpuDevice;
}

/**
 * The instruction set that the loaded kernels (`lib/native`) were compiled for: AVX-512 (F, BW, DQ, VL), AVX2 with FMA,
 * or the baseline of the architecture (on x86: SSE4.1). It is the best that the processor has and that
 * oneDNN is allowed by DNNL_MAX_CPU_ISA (ONEDNN_MAX_CPU_ISA): data-scripts/setup/environment/addon-front.cc.
 */
export type KernelLevel = 'avx512' | 'avx2' | 'baseline';

/** The level of the kernels that are loaded, whether they are used or not; undefined where the addon has none. */
export function kernelLevel(): KernelLevel | undefined {
  return (tf.backend() as unknown as NodeBackend).binding.mckdKernels;
}

let composedOnly = process.env.MCKD_KERNELS === 'composed';

/**
 * Whether to use the kit's own kernels (`lib/native`). They are for CPUs: on a GPU, and if the variable
 * MCKD_KERNELS is "composed", TensorFlow's ops are composed instead.
 */
export function nativeKernels(): boolean {
  return !composedOnly && !usesGpu() && kernelLevel() !== undefined;
}

/** TensorFlow's own number of the type. */
const TF_FLOAT32 = 1;

/** Likewise for the layers in `layers2d.ts`, whose kernels are float32 only: in double precision all is composed. */
export function nativeKernels2d(): boolean {
  const { binding } = tf.backend() as unknown as NodeBackend;
  return nativeKernels() && binding.TF_FLOAT === TF_FLOAT32;
}

/** Runs `f`, which may return a promise, with everything composed of TensorFlow's ops, as on a GPU: for tests. */
export function withComposedKernels<T>(f: () => T): T {
  const before = composedOnly;
  composedOnly = true;
  let promised = false;
  const end = (): void => {
    composedOnly = before;
  };
  try {
    const result = f();
    promised = result instanceof Promise;
    return result instanceof Promise ? (result.finally(end) as T) : result;
  } finally {
    if (!promised) end();
  }
}

/** The op's outputs, in TensorFlow's order. The caller disposes of them (or a tidy around does). */
export function runOp(
  name: string,
  attributes: OpAttribute[],
  inputs: tf.Tensor[],
  outputs = 1,
): tf.Tensor[] {
  const backend = tf.backend() as unknown as NodeBackend;
  const encoded = attributes.map((attribute) => ({
    name: attribute.name,
    type: backend.binding[ATTRIBUTE_TYPE[attribute.type]],
    value:
      attribute.type === 'type' ? backend.binding[DATA_TYPE[attribute.value]] : attribute.value,
  }));
  return backend.executeMultipleOutputs(name, encoded, inputs, outputs);
}
