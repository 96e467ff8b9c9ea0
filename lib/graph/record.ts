/**
 * What a computation is made of, taken down as it runs: every op and every tensor that JavaScript makes passes
 * tfjs-node's binding, below all of tfjs's kernels, its tape and our gradients. Clones, casts to the same type and
 * variables that are assigned share the id of a tensor and cost nothing.
 */
import type { tf } from '../nn/tf';
import { DATA_TYPES, nodeBackend, withBinding, type Binding, type Output } from './binding';
import type { ConstantNode, GraphNode, OpNode, Ref } from './graph-def';

export interface Recorder {
  /**
   * From here on the tensor counts as given from outside.
   * @returns the index of its node
   */
  declare(tensor: tf.Tensor): number;
  /** Where a tensor came from. @throws Error where it was neither declared nor made since the recording began */
  refOf(tensor: tf.Tensor, what: string): Ref;
  /** In the order in which they were made. */
  nodes: readonly GraphNode[];
}

/**
 * Runs `f`, recording it.
 * @throws Error where `f` reads the values of a tensor, or an op a tensor that was neither declared nor made by `f`
 */
export function recordOps<T>(f: (recorder: Recorder) => T): T {
  const backend = nodeBackend();
  const { binding } = backend;
  const nodes: GraphNode[] = [];
  const refs = new Map<number, Ref>();
  const dtypes = new Map<number, number>();
  const note = (node: GraphNode, outputs: readonly Pick<Output, 'id' | 'dtype'>[]): number => {
    const index = nodes.push(node) - 1;
    outputs.forEach(({ id, dtype }, output) => {
      refs.set(id, { node: index, output });
      dtypes.set(id, dtype);
    });
    return index;
  };
  const recorder: Recorder = {
    nodes,
    declare: (tensor) => {
      // Uploaded now, outside of the recording, if it was not yet: it is no constant.
      const recording = backend.binding;
      backend.binding = binding;
      const [id] = backend.getInputTensorIds([tensor]);
      backend.binding = recording;
      if (refs.has(id)) throw new Error('two inputs or variables of a step are one tensor');
      const dtype = dtypeOf(tensor);
      return note({ kind: 'argument', dtype, shape: tensor.shape }, [{ id, dtype }]);
    },
    refOf: (tensor, what) => {
      const ref = refs.get(backend.getInputTensorIds([tensor])[0]);
      if (!ref) throw new Error(`${what} was made outside of the step`);
      return ref;
    },
  };
  const methods: Partial<Binding> = {
    executeOp: (op, attributes, ids, count) => {
      const inputs = ids.map((id, i) => {
        const ref = refs.get(id);
        if (ref) return ref;
        throw new Error(
          `${op} reads a tensor (its input ${i}) that was made outside of the step and is not among its inputs and variables`,
        );
      });
      const outputs = binding.executeOp(op, attributes, ids, count);
      const own = ids.map((id) => dtypes.get(id) ?? 0);
      note({ kind: 'op', op, attributes, inputs, dtypes: own }, outputs);
      return outputs;
    },
    createTensor: (shape, dtype, values) => {
      const id = binding.createTensor(shape, dtype, values);
      note(constantOf(shape, dtype, values), [{ id, dtype }]);
      return id;
    },
    tensorDataSync: () => {
      const last = nodes.filter((node) => node.kind === 'op').at(-1);
      throw new Error(
        `a step reads the values of a tensor (after ${last?.op ?? 'no op'}): results that depend on them would be fixed to the current values; return the tensor instead`,
      );
    },
  };
  return withBinding(methods, () => f(recorder));
}

function dtypeOf({ dtype }: tf.Tensor): number {
  if (dtype in DATA_TYPES) return DATA_TYPES[dtype as keyof typeof DATA_TYPES];
  throw new Error(`a step can't be given a tensor of ${dtype}`);
}

/** A copy, since the caller may change the values. */
function constantOf(
  shape: readonly number[],
  dtype: number,
  values: ArrayLike<number>,
): ConstantNode {
  const equal = values.length > 0 && everyIs(values, values[0]);
  const kept = equal ? [values[0]] : values;
  return { kind: 'constant', dtype, shape: [...shape], values: typed(dtype, kept) };
}

function everyIs(values: ArrayLike<number>, value: number): boolean {
  for (let i = 0; i < values.length; i++) if (!Object.is(values[i], value)) return false;
  return true;
}

function typed(dtype: number, values: ArrayLike<number>): ConstantNode['values'] {
  if (dtype === DATA_TYPES.float32) return Float32Array.from(values);
  if (dtype === DATA_TYPES.int32) return Int32Array.from(values);
  if (dtype === DATA_TYPES.bool) return Uint8Array.from(values);
  throw new Error(`constants of TensorFlow's type ${dtype} can't be recorded`);
}

/**
 * Where two recordings of one step differ: a number that JavaScript computes each time, or a branch that it takes.
 * @returns a sentence naming op and value; undefined where they are the same
 */
export function firstDifference(
  first: readonly GraphNode[],
  second: readonly GraphNode[],
): string | undefined {
  const at = first.findIndex((node, i) => !sameNode(node, second[i]));
  if (at < 0 && first.length === second.length) return undefined;
  const [a, b] = at < 0 ? [undefined, second[first.length]] : [first[at], second[at]];
  if (a?.kind === 'constant' && b?.kind === 'constant') {
    const user = first.find((node): node is OpNode => reads(node, at));
    return `${user?.op ?? 'nothing'} is given ${show(a)} the first time and ${show(b)} the second`;
  }
  return `it is ${show(a)} the first time and ${show(b)} the second`;
}

function reads(node: GraphNode, index: number): node is OpNode {
  return node.kind === 'op' && node.inputs.some((ref) => ref.node === index);
}

function sameNode(a: GraphNode, b: GraphNode | undefined): boolean {
  if (a.kind === 'constant') {
    if (b?.kind !== 'constant' || a.dtype !== b.dtype || !sameNumbers(a.shape, b.shape))
      return false;
    return sameNumbers(a.values, b.values);
  }
  return JSON.stringify(a) === JSON.stringify(b);
}

function sameNumbers(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

/** Values of a constant that are shown. */
const SHOWN = 4;

function show(node: GraphNode | undefined): string {
  if (!node) return 'over';
  if (node.kind === 'op') {
    const attributes = node.attributes
      .map(({ name, value }) => `${name} ${String(value)}`)
      .join(', ');
    return `${node.op} (${attributes})`;
  }
  const shape = `[${node.shape.join(', ')}]`;
  if (node.kind === 'argument') return `an input of ${shape}`;
  const values = Array.from(node.values.subarray(0, SHOWN)).join(', ');
  return `${values}${node.values.length > SHOWN ? ', ...' : ''} (${shape})`;
}
