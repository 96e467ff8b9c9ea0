/**
 * Runs a TensorFlow op by name through the Node backend. This is the one place where an op that
 * tfjs has no function for, or a slow one, is called; each caller supplies its own gradient.
 */
import { tf } from './tf';

/** A typed op attribute: what TensorFlow's op definition calls `T`, `epsilon`, ... */
export type OpAttribute =
  | { name: string; type: 'type'; value: 'float32' | 'int32' | 'int64' | 'bfloat16' }
  | { name: string; type: 'float' | 'int'; value: number | number[] }
  | { name: string; type: 'bool'; value: boolean }
  | { name: string; type: 'string'; value: string };

/** The attribute T of nearly every op: the kit computes in float32. */
export const FLOAT: OpAttribute = { name: 'T', type: 'type', value: 'float32' };

interface NodeBackend {
  binding: Record<string, number> & {
    mckdKernels?: KernelLevel;
    executeOp(
      name: string,
      attributes: unknown[],
      ids: number[],
      outputs: number,
    ): { id: number }[];
    deleteTensor(id: number): void;
  };
  isUsingGpuDevice: boolean;
  getInputTensorIds(inputs: tf.Tensor[]): number[];
  createOutputTensor(output: { id: number }): tf.Tensor;
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

/**
 * What the computation is made of.
 *
 * - `native`: the kit's own kernels (`lib/native`), for processors.
 * - `fused`: few ops that each take long, for GPUs: norms by TensorFlow's batch norm, optimizers on one vector.
 * - `composed`: plain ops of TensorFlow's, which run everywhere and in double precision.
 */
export type Kernels = 'native' | 'fused' | 'composed';

let forced: Kernels | undefined;

/** `fused` on a GPU, else `native`, or what the variable MCKD_KERNELS says: `composed` or `fused`. */
export function kernels(): Kernels {
  const asked = forced ?? process.env.MCKD_KERNELS;
  if (asked === 'composed') return asked;
  if (usesGpu() || asked === 'fused') return isDouble() ? 'composed' : 'fused';
  return kernelLevel() === undefined ? 'composed' : 'native';
}

/** Whether to use the kit's own kernels (`lib/native`). */
export function nativeKernels(): boolean {
  return kernels() === 'native';
}

/** Likewise for the layers in `layers2d.ts`, whose kernels are float32 only: in double precision all is composed. */
export function nativeKernels2d(): boolean {
  return nativeKernels() && !isDouble();
}

/** TensorFlow's own number of the type. */
const TF_FLOAT32 = 1;

/** Are tensors in double precision, as in `checks/parity/float64.ts`? */
export function isDouble(): boolean {
  return (tf.backend() as unknown as NodeBackend).binding.TF_FLOAT !== TF_FLOAT32;
}

/** Runs `f`, which may return a promise, with kernels of one kind: for tests. On a GPU `native` is not to be had. */
export function usingKernels<T>(kind: Kernels, f: () => T): T {
  const before = forced;
  forced = kind;
  let promised = false;
  const end = (): void => {
    forced = before;
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
  return backend.executeMultipleOutputs(name, encode(attributes, backend), inputs, outputs);
}

function encode(attributes: readonly OpAttribute[], { binding }: NodeBackend): unknown[] {
  const typeOf = (value: keyof typeof DATA_TYPE | 'bfloat16'): number =>
    value === 'bfloat16' ? TF_BFLOAT16 : binding[DATA_TYPE[value]];
  return attributes.map((attribute) => ({
    name: attribute.name,
    type: binding[ATTRIBUTE_TYPE[attribute.type]],
    value: attribute.type === 'type' ? typeOf(attribute.value) : attribute.value,
  }));
}

/**
 * The same for an op of one output whose attribute T is float32, computed in bfloat16: its float32 inputs are rounded, and its
 * output, rounded too, is float32 again.
 *
 * On a processor the op itself is in float32, on rounded numbers: TensorFlow 2.21's Conv3DBackpropFilterV2 gives wrong
 * values in bfloat16 there (for most kernels of 3x3x3, also from run to run), and it would save no time without AMX.
 */
export function runOpInBf16(
  name: string,
  attributes: readonly OpAttribute[],
  inputs: tf.Tensor[],
): tf.Tensor {
  const backend = tf.backend() as unknown as NodeBackend;
  const own = usesGpu() ? attributes.map((one) => (one.name === 'T' ? BFLOAT : one)) : attributes;
  const { binding } = backend;
  // tfjs has no such type: what is between the casts never becomes one of its tensors.
  const between: number[] = [];
  const execute = (op: string, of: readonly OpAttribute[], ids: number[]): number => {
    const [{ id }] = binding.executeOp(op, encode(of, backend), ids, 1);
    between.push(id);
    return id;
  };
  const cast = (from: FloatType, to: FloatType, id: number): number =>
    execute('Cast', castAttributes(from, to), [id]);
  const round = (id: number): number => {
    const rounded = cast('float32', 'bfloat16', id);
    return usesGpu() ? rounded : cast('bfloat16', 'float32', rounded);
  };
  try {
    const ids = backend
      .getInputTensorIds(inputs)
      .map((id, i) => (inputs[i].dtype === 'float32' ? round(id) : id));
    const product = execute(name, own, ids);
    const half = usesGpu() ? product : cast('float32', 'bfloat16', product);
    const [output] = binding.executeOp(
      'Cast',
      encode(castAttributes('bfloat16', 'float32'), backend),
      [half],
      1,
    );
    return backend.createOutputTensor(output);
  } finally {
    for (const id of between) binding.deleteTensor(id);
  }
}

type FloatType = 'float32' | 'bfloat16';

const castAttributes = (from: FloatType, to: FloatType): OpAttribute[] => [
  { name: 'SrcT', type: 'type', value: from },
  { name: 'DstT', type: 'type', value: to },
  { name: 'Truncate', type: 'bool', value: false },
];

const BFLOAT: OpAttribute = { name: 'T', type: 'type', value: 'bfloat16' };

/** TensorFlow's own number of the type. */
const TF_BFLOAT16 = 14;
