/**
 * TensorFlow's GraphDef of recorded ops, written by hand: the few messages of protocol buffers that it takes. Field
 * numbers are those of graph.proto, node_def.proto, attr_value.proto, tensor.proto and tensor_shape.proto.
 */
import { ATTRIBUTE_TYPES, DATA_TYPES, type Attribute, type AttributeValue } from './binding';

/** One output of one node: indices of both. */
export interface Ref {
  node: number;
  output: number;
}

/** An argument of a function. */
export interface ArgumentNode {
  kind: 'argument';
  dtype: number;
  shape: readonly number[];
}

/** A tensor that JavaScript made. */
export interface ConstantNode {
  kind: 'constant';
  dtype: number;
  shape: readonly number[];
  /** One where all values of the tensor are this one. */
  values: Float32Array | Int32Array | Uint8Array;
}

export interface OpNode {
  kind: 'op';
  op: string;
  attributes: readonly Attribute[];
  inputs: readonly Ref[];
  /** Of the inputs. */
  dtypes: readonly number[];
}

/** In the order in which they were made: inputs come before what reads them. */
export type GraphNode = ArgumentNode | ConstantNode | OpNode;

export interface GraphDef {
  bytes: Uint8Array;
  /** Names of the function's arguments. */
  inputs: string[];
  /** Of the form "node:0". */
  outputs: string[];
  /** How many it has. */
  nodes: number;
}

/** The nodes that outputs depend on. The others, such as the gradient of an input that is data, have no effect. */
export function nodesFor(nodes: readonly GraphNode[], outputs: readonly Ref[]): Set<number> {
  const needed = new Set(outputs.map(({ node }) => node));
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i];
    if (node.kind === 'op' && needed.has(i)) for (const ref of node.inputs) needed.add(ref.node);
  }
  return needed;
}

/**
 * A graph that runs the ops that `outputs` depend on in the order of `nodes`, by a control edge from each to the next:
 * memory that the recorded run freed before an op is then free as well (blocks that are run again for their gradients
 * wait until it is their turn).
 *
 * @param inputs indices of argument nodes
 */
export function graphDef(
  nodes: readonly GraphNode[],
  inputs: readonly number[],
  outputs: readonly Ref[],
): GraphDef {
  const graph = byteWriter();
  const names: string[] = [];
  const constants = new Map<string, string>();
  let last: string | undefined;
  let count = 0;
  const add = (node: NodeDef): void => {
    count += 1;
    graph.message(1, () => writeNode(graph, node));
  };
  /** Adds an op behind the one before. */
  const addOp = (node: Omit<NodeDef, 'after'>): void => {
    const waits = last !== undefined && !node.inputs?.some((input) => input.startsWith(`${last}:`));
    add({ ...node, after: waits ? last : undefined });
    last = node.name;
  };
  const addConstant = (name: string, constant: ConstantNode): string => {
    const { dtype, shape, values } = constant;
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    const key = `${dtype} ${shape.join()} ${values.length} ${bytes.toString('latin1')}`;
    const known = constants.get(key);
    if (known !== undefined) return known;
    add({ name, op: 'Const', constant });
    constants.set(key, name);
    return name;
  };
  const needed = nodesFor(nodes, outputs);
  nodes.forEach((node, i) => {
    const name = `n${i}`;
    if (!needed.has(i)) names.push(name);
    else if (node.kind === 'argument') {
      names.push(name);
      if (inputs.includes(i)) add({ name, op: 'Placeholder', argument: node });
    } else if (node.kind === 'op') {
      names.push(name);
      const references = node.inputs.map((ref) => referenceTo(names, ref));
      addOp({ name, op: node.op, inputs: references, attributes: complete(node) });
    } else if (isLarge(node)) {
      names.push(name);
      const one = addConstant(`${name}v`, { ...node, shape: [] });
      const sizes = Int32Array.from(node.shape);
      const shape: ConstantNode = {
        kind: 'constant',
        dtype: DATA_TYPES.int32,
        shape: [sizes.length],
        values: sizes,
      };
      addOp({
        name,
        op: 'Fill',
        inputs: [`${addConstant(`${name}s`, shape)}:0`, `${one}:0`],
        attributes: [typeAttribute('T', node.dtype), typeAttribute('index_type', DATA_TYPES.int32)],
      });
    } else names.push(addConstant(name, node));
  });
  const ends = outputs.map((ref, i) => {
    const node = nodes[ref.node];
    if (node.kind !== 'argument') return referenceTo(names, ref);
    // A function can't hand an argument back as it is.
    const name = `o${i}`;
    const attributes = [typeAttribute('T', node.dtype)];
    addOp({ name, op: 'Identity', inputs: [referenceTo(names, ref)], attributes });
    return `${name}:0`;
  });
  graph.message(4, () => graph.int(1, PRODUCER));
  const given = inputs.map((i) => names[i]);
  return { bytes: graph.bytes(), inputs: given, outputs: ends, nodes: count };
}

/** The version of GraphDef that is written: TensorFlow knows it, and no op of ours was made obsolete by it. */
const PRODUCER = 2000;

/** More equal values than this are made when needed, not stored. */
const LARGE = 1024;

function isLarge({ shape, values }: ConstantNode): boolean {
  return values.length === 1 && shape.reduce((a, b) => a * b, 1) > LARGE;
}

function referenceTo(names: readonly string[], { node, output }: Ref): string {
  return `${names[node]}:${output}`;
}

function typeAttribute(name: string, value: number): Attribute {
  return { name, type: ATTRIBUTE_TYPES.type, value };
}

/** With the attributes that TensorFlow finds out by itself where ops run one by one, but not in a graph. */
function complete({ op, attributes, dtypes }: OpNode): readonly Attribute[] {
  if (op !== 'ExpandDims' || attributes.some(({ name }) => name === 'T')) return attributes;
  return [...attributes, typeAttribute('T', dtypes[0])];
}

// ---------------------------------------------------------------- messages

interface NodeDef {
  name: string;
  op: string;
  inputs?: readonly string[];
  /** The op that is to be done before. */
  after?: string;
  attributes?: readonly Attribute[];
  argument?: ArgumentNode;
  constant?: ConstantNode;
}

function writeNode(to: ByteWriter, node: NodeDef): void {
  const attribute = (name: string, write: () => void): void =>
    to.message(5, () => {
      to.text(1, name);
      to.message(2, write);
    });
  to.text(1, node.name);
  to.text(2, node.op);
  for (const input of node.inputs ?? []) to.text(3, input);
  if (node.after !== undefined) to.text(3, `^${node.after}`);
  for (const { name, type, value } of node.attributes ?? []) {
    attribute(name, () => writeAttribute(to, type, value));
  }
  const { argument, constant } = node;
  if (argument) {
    attribute('dtype', () => to.int(6, argument.dtype));
    attribute('shape', () => to.message(7, () => writeShape(to, argument.shape)));
  }
  if (constant) {
    attribute('dtype', () => to.int(6, constant.dtype));
    attribute('value', () => to.message(8, () => writeTensor(to, constant)));
  }
}

function writeAttribute(to: ByteWriter, type: number, value: AttributeValue): void {
  if (type === ATTRIBUTE_TYPES.shape) {
    to.message(7, () => writeShape(to, value as readonly number[]));
  } else if (typeof value === 'object') {
    to.message(1, () => value.forEach((one) => writePlain(to, type, one)));
  } else writePlain(to, type, value);
}

/** `AttrValue` and its `ListValue` have the same numbers. */
function writePlain(to: ByteWriter, type: number, value: number | boolean | string): void {
  if (type === ATTRIBUTE_TYPES.string) to.text(2, String(value));
  else if (type === ATTRIBUTE_TYPES.int) to.int(3, Number(value));
  else if (type === ATTRIBUTE_TYPES.float) to.float(4, Number(value));
  else if (type === ATTRIBUTE_TYPES.bool) to.int(5, Number(value));
  else if (type === ATTRIBUTE_TYPES.type) to.int(6, Number(value));
  else throw new Error(`attributes of type ${type} can't be recorded`);
}

function writeShape(to: ByteWriter, shape: readonly number[]): void {
  for (const size of shape) to.message(2, () => to.int(1, size));
}

function writeTensor(to: ByteWriter, { dtype, shape, values }: ConstantNode): void {
  to.int(1, dtype);
  to.message(2, () => writeShape(to, shape));
  if (values.length !== 1)
    to.raw(4, Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  else if (dtype === DATA_TYPES.float32) to.float(5, values[0]);
  else to.int(dtype === DATA_TYPES.int32 ? 7 : 11, values[0]);
}

// ---------------------------------------------------------------- protocol buffers

interface ByteWriter {
  int(field: number, value: number): void;
  float(field: number, value: number): void;
  text(field: number, value: string): void;
  raw(field: number, value: Uint8Array): void;
  /** A message of what `write` writes. */
  message(field: number, write: () => void): void;
  bytes(): Uint8Array;
}

function byteWriter(): ByteWriter {
  let buffer = Buffer.alloc(1 << 16);
  let end = 0;
  const room = (size: number): void => {
    if (end + size <= buffer.length) return;
    const larger = Buffer.alloc(2 * (end + size));
    buffer.copy(larger, 0, 0, end);
    buffer = larger;
  };
  const varint = (value: number): void => {
    room(10);
    if (value < 0) {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest > 127n; rest >>= 7n) buffer[end++] = Number(rest & 127n) | 128;
      buffer[end++] = Number(rest);
      return;
    }
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) buffer[end++] = (rest % 128) | 128;
    buffer[end++] = rest;
  };
  const VARINT = 0;
  const LENGTH = 2;
  const FIXED_32 = 5;
  const tag = (field: number, wire: number): void => varint((field << 3) | wire);
  const raw = (field: number, value: Uint8Array): void => {
    tag(field, LENGTH);
    varint(value.length);
    room(value.length);
    buffer.set(value, end);
    end += value.length;
  };
  return {
    int: (field, value) => {
      tag(field, VARINT);
      varint(value);
    },
    float: (field, value) => {
      tag(field, FIXED_32);
      room(4);
      end = buffer.writeFloatLE(value, end);
    },
    text: (field, value) => raw(field, Buffer.from(value)),
    raw,
    message: (field, write) => {
      tag(field, LENGTH);
      const from = end;
      write();
      const length = end - from;
      // Its length comes before it.
      let size = 1;
      for (let rest = length; rest > 127; rest = Math.floor(rest / 128)) size++;
      room(size);
      buffer.copyWithin(from + size, from, end);
      end = from;
      varint(length);
      end = from + size + length;
    },
    bytes: () => buffer.subarray(0, end),
  };
}
