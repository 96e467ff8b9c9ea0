/** Which ops a computation hands to TensorFlow one by one, and how long they take. */
import { nodeBackend, withBinding, type Attribute } from './binding';

/** All ops of a kind. */
export interface OpTime {
  op: string;
  count: number;
  /** Wall time, until TensorFlow returns: on a processor that of computing, on a GPU that of handing over. */
  seconds: number;
}

export interface TimedOps {
  /** The kind that takes longest first. */
  ops: OpTime[];
  /** Ops that compute: without those that only give the same values another shape, or the type they have. */
  kernels: number;
  /** Of all, with JavaScript's own time. */
  seconds: number;
}

/** Runs `f`, in which nothing runs as a function, and times each op that it hands to TensorFlow. */
export function timeOps(f: () => void): TimedOps {
  const { binding } = nodeBackend();
  const kinds = new Map<string, OpTime>();
  let kernels = 0;
  const started = performance.now();
  const methods: Parameters<typeof withBinding>[0] = {
    executeOp: (op, attributes, ids, outputs) => {
      const before = performance.now();
      const result = binding.executeOp(op, attributes, ids, outputs);
      const kind = kinds.get(op) ?? { op, count: 0, seconds: 0 };
      kind.count += 1;
      kind.seconds += (performance.now() - before) / 1000;
      kinds.set(op, kind);
      if (computes(op, attributes)) kernels += 1;
      return result;
    },
  };
  withBinding(methods, f);
  const seconds = (performance.now() - started) / 1000;
  return { ops: [...kinds.values()].sort((a, b) => b.seconds - a.seconds), kernels, seconds };
}

function computes(op: string, attributes: readonly Attribute[]): boolean {
  if (op === 'Reshape' || op === 'ExpandDims') return false;
  const valueOf = (attribute: string): unknown =>
    attributes.find(({ name }) => name === attribute)?.value;
  return op !== 'Cast' || valueOf('SrcT') !== valueOf('DstT');
}
