import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphDef, nodesFor, type GraphNode } from './graph-def';

interface NodeMessage {
  getName(): string;
  getOp(): string;
  getInputList(): string[];
  getAttrMap(): { get(name: string): AttributeMessage | undefined };
}

interface AttributeMessage {
  getType(): number;
  getI(): number;
  getF(): number;
  getB(): boolean;
  getS_asB64(): string;
  getList(): { getIList(): number[] };
  getShape(): { getDimList(): { getSize(): number }[] };
  getTensor(): {
    getDtype(): number;
    getTensorContent_asU8(): Uint8Array;
    getFloatValList(): number[];
    getTensorShape(): { getDimList(): { getSize(): number }[] };
  };
}

/** tfjs-node has TensorFlow's messages, made by Google's own compiler. */
// eslint-disable-next-line @typescript-eslint/no-require-imports -- it has no types
const { GraphDef } = require('@tensorflow/tfjs-node-gpu/dist/proto/api_pb') as {
  GraphDef: { deserializeBinary(bytes: Uint8Array): { getNodeList(): NodeMessage[] } };
};

const FLOAT = 1;
const T = { name: 'T', type: 4, value: FLOAT };
const ref = (node: number, output = 0) => ({ node, output });
const op = (name: string, inputs: number[], attributes = [T]): GraphNode => ({
  kind: 'op',
  op: name,
  attributes,
  inputs: inputs.map((input) => ref(input)),
  dtypes: inputs.map(() => FLOAT),
});
const argument: GraphNode = { kind: 'argument', dtype: FLOAT, shape: [2, 300] };
const constant = (...values: number[]): GraphNode => ({
  kind: 'constant',
  dtype: FLOAT,
  shape: [values.length],
  values: Float32Array.from(values),
});

function nodesOf(bytes: Uint8Array): NodeMessage[] {
  return GraphDef.deserializeBinary(bytes).getNodeList();
}

test('ops come in the recorded order, by control edges where no tensor goes from one to the next', () => {
  const nodes = [argument, op('Relu', [0]), op('Square', [0]), op('Neg', [2]), op('Abs', [1])];
  const { bytes, inputs, outputs } = graphDef(nodes, [0], [ref(3), ref(4), ref(0)]);
  assert.deepEqual(
    nodesOf(bytes).map((node) => [node.getName(), node.getOp(), ...node.getInputList()]),
    [
      ['n0', 'Placeholder'],
      ['n1', 'Relu', 'n0:0'],
      ['n2', 'Square', 'n0:0', '^n1'],
      ['n3', 'Neg', 'n2:0'],
      ['n4', 'Abs', 'n1:0', '^n3'],
      ['o2', 'Identity', 'n0:0', '^n4'],
    ],
  );
  assert.deepEqual([inputs, outputs], [['n0'], ['n3:0', 'n4:0', 'o2:0']]);
  const shape = nodesOf(bytes)[0].getAttrMap().get('shape')?.getShape().getDimList();
  assert.deepEqual(
    shape?.map((size) => size.getSize()),
    [2, 300],
  );
});

test('ops without an effect on the outputs are left out, and what only they read', () => {
  const nodes = [
    argument,
    op('Relu', [0]),
    argument,
    constant(7),
    op('Mul', [2, 3]),
    op('Neg', [1]),
  ];
  const unread = op('Abs', [4]);
  const { bytes, nodes: count } = graphDef([...nodes, unread], [0], [ref(5)]);
  assert.deepEqual(
    nodesOf(bytes).map((node) => [node.getName(), node.getOp(), ...node.getInputList()]),
    [
      ['n0', 'Placeholder'],
      ['n1', 'Relu', 'n0:0'],
      ['n5', 'Neg', 'n1:0'],
    ],
  );
  assert.equal(count, 3);
  assert.deepEqual([...nodesFor([...nodes, unread], [ref(6)])].sort(), [2, 3, 4, 6]);
});

test('attributes of every type', () => {
  const attributes = [
    T,
    { name: 'text', type: 0, value: 'SAME' },
    { name: 'whole', type: 1, value: -3 },
    { name: 'large', type: 1, value: 2 ** 40 },
    { name: 'list', type: 1, value: [1, 300, -1] },
    { name: 'number', type: 2, value: 0.25 },
    { name: 'truth', type: 3, value: true },
  ];
  const node: GraphNode = { kind: 'op', op: 'Any', attributes, inputs: [], dtypes: [] };
  const map = nodesOf(graphDef([node], [], [ref(0)]).bytes)[0].getAttrMap();
  assert.equal(map.get('T')?.getType(), FLOAT);
  assert.equal(Buffer.from(map.get('text')?.getS_asB64() ?? '', 'base64').toString(), 'SAME');
  assert.equal(map.get('whole')?.getI(), -3);
  assert.equal(map.get('large')?.getI(), 2 ** 40);
  assert.deepEqual(map.get('list')?.getList().getIList(), [1, 300, -1]);
  assert.equal(map.get('number')?.getF(), 0.25);
  assert.equal(map.get('truth')?.getB(), true);
  const wrong: GraphNode = {
    ...node,
    attributes: [{ name: 'which', type: 9, value: 1 }],
  };
  assert.throws(() => graphDef([wrong], [], [ref(0)]), /attributes of type 9 can't be recorded/);
});

test('equal constants are written once, and large ones of one value are made where they are used', () => {
  const zeros: GraphNode = {
    kind: 'constant',
    dtype: FLOAT,
    shape: [40, 50],
    values: Float32Array.of(0),
  };
  const nodes = [constant(1, 2.5), constant(1, 2.5), op('Add', [0, 1]), zeros, op('Relu', [3])];
  const written = nodesOf(graphDef(nodes, [], [ref(2), ref(4)]).bytes);
  assert.deepEqual(
    written.map((node) => [node.getName(), node.getOp(), ...node.getInputList()]),
    [
      ['n0', 'Const'],
      ['n2', 'Add', 'n0:0', 'n0:0'],
      ['n3v', 'Const'],
      ['n3s', 'Const'],
      ['n3', 'Fill', 'n3s:0', 'n3v:0', '^n2'],
      ['n4', 'Relu', 'n3:0'],
    ],
  );
  const tensor = written[0].getAttrMap().get('value')?.getTensor();
  assert.deepEqual(
    Array.from(new Float32Array(Uint8Array.from(tensor?.getTensorContent_asU8() ?? []).buffer)),
    [1, 2.5],
  );
  assert.deepEqual(written[2].getAttrMap().get('value')?.getTensor().getFloatValList(), [0]);
});
