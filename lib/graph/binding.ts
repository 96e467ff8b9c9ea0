/** What of tfjs-node's backend and its binding a recorded step needs. */
import { tf } from '../nn/tf';

/** As tfjs-node hands it to TensorFlow; `type` is a `TF_AttrType`. */
export interface Attribute {
  name: string;
  type: number;
  value: AttributeValue;
}

type Plain = number | boolean | string;
export type AttributeValue = Plain | readonly Plain[];

/** An output of an op. */
export interface Output {
  id: number;
  dtype: number;
  shape: number[];
}

/** Tensors are identified by ids, which are never reused. */
export interface Binding {
  TF_FLOAT: number;
  executeOp(
    name: string,
    attributes: readonly Attribute[],
    ids: readonly number[],
    outputs: number,
  ): Output[];
  createTensor(shape: readonly number[], dtype: number, values: ArrayLike<number>): number;
  tensorDataSync(id: number): ArrayLike<number>;
  /** Of `data-scripts/setup/environment/step-graph.cc`; undefined in an addon without it. */
  addFunction?(
    name: string,
    graphDef: Uint8Array,
    inputs: readonly string[],
    outputs: readonly string[],
  ): void;
  removeFunction?(name: string): void;
}

export interface Backend {
  binding: Binding;
  /** Uploads what is not on the device yet. */
  getInputTensorIds(tensors: readonly tf.Tensor[]): number[];
  createOutputTensor(output: Output): tf.Tensor;
}

export function nodeBackend(): Backend {
  return tf.backend() as unknown as Backend;
}

/** Runs `f` while these methods stand in for those of tfjs-node's binding. */
export function withBinding<T>(methods: Partial<Binding>, f: () => T): T {
  const backend = nodeBackend();
  const { binding } = backend;
  // The binding's own properties can't be set.
  backend.binding = Object.create(
    binding,
    Object.fromEntries(Object.entries(methods).map(([name, value]) => [name, { value }])),
  ) as Binding;
  try {
    return f();
  } finally {
    backend.binding = binding;
  }
}

/** The `TF_DataType`s that recorded tensors can have. */
export const DATA_TYPES = { float32: 1, int32: 3, bool: 10 } as const;

/** `TF_AttrType`. */
export const ATTRIBUTE_TYPES = { string: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5 } as const;
