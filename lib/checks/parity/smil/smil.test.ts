import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../../../base/errors';
import { tf } from '../../../nn/tf';
import { checkParity } from '../check';
import { judge, type Comparison, type Precision } from '../compare';
import { FOLDER } from '../excerpts';
import { readParityFile } from '../reference';
import type { SmilGolden } from './form';

const file = join(FOLDER, 'smil.json');
const golden = readParityFile(file).content as SmilGolden;

async function compared(content: SmilGolden, precision: Precision): Promise<Comparison[]> {
  const before = tf.memory().numTensors;
  const found: Comparison[] = [];
  for await (const event of checkParity({ file, content }, { precisions: [precision] }))
    found.push(...event.comparisons);
  assert.equal(tf.memory().numTensors, before, 'tensors left behind');
  return found;
}

const off = async (content: SmilGolden, precision: Precision): Promise<string[]> =>
  judge(await compared(content, precision)).off.map(
    ({ where, quantity }) => `${where}: ${quantity}`,
  );

test("SMIL: forward, both orders of the meta step, masks, six iterations and k-means are its authors' in float64", async () => {
  const found = await compared(golden, 'float64');
  assert.deepEqual(judge(found).off, []);
  const sections = new Set(found.map(({ where }) => where));
  for (const section of [
    'forward',
    'metaStep',
    'metaStepFirstOrder',
    'metaStepWithDropout',
    'trajectory 5',
    'ShaSpec, our reading',
    'k-means',
  ])
    assert.ok(sections.has(`case ${section}`), section);
});

test('a slip of a loss, a gradient, a parameter or the order of the meta step is found', async () => {
  const metaStep = golden.float64.metaStep!;
  const firstOrder = golden.float64.metaStepFirstOrder!;
  const slipped = (changes: Partial<typeof metaStep>): SmilGolden => ({
    ...golden,
    kmeans: undefined,
    ourReadingShaSpec: undefined,
    float64: { metaStep: { ...metaStep!, ...changes } },
  });
  assert.deepEqual(await off(slipped({}), 'float64'), []);
  const metaValLoss = metaStep.metaValLoss * (1 + 3e-6);
  assert.deepEqual(await off(slipped({ metaValLoss }), 'float64'), [
    'case metaStep: loss metaValLoss',
  ]);
  const name = 'fc1.weight';
  const grown = (tree: typeof metaStep.after): typeof metaStep.after => ({
    ...tree,
    [name]: { ...tree![name]!, norm: tree![name]!.norm * (1 + 3e-6) },
  });
  for (const part of ['innerGradients', 'outerGradients', 'after'] as const) {
    const kind = part === 'after' ? 'parameter' : 'gradient';
    assert.deepEqual(await off(slipped({ [part]: grown(metaStep[part]) }), 'float64'), [
      `case metaStep: ${kind} norm, ${part}, ${name}`,
    ]);
  }
  const missing = { outerGradients: { ...metaStep.outerGradients, [name]: null } };
  assert.deepEqual(await off(slipped(missing), 'float64'), [
    `case metaStep: gradient none, outerGradients, ${name}`,
  ]);
  const first = await off(slipped({ outerGradients: firstOrder.outerGradients }), 'float64');
  assert.ok(first.length > 10, first.join('; '));
});

test('names of the rule have the prefix of the file', async () => {
  const other = await off({ ...golden, prefix: 'other/', kmeans: undefined }, 'float32');
  assert.ok(other.length > 500, `${other.length} off`);
});

test('a wrong file is one sentence with field and value', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mckd-smil-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const broken = join(folder, 'x.json');
  const cases: [object, string, RegExp][] = [
    [{ ...golden, prefix: 3 }, 'prefix', /prefix is 3; expected string/],
    [
      { ...golden, float64: { metaStep: { ...golden.float64.metaStep, metaValLoss: 'two' } } },
      'float64.metaStep.metaValLoss',
      /metaValLoss is "two"; expected number/,
    ],
  ];
  for (const [content, field, message] of cases) {
    writeFileSync(broken, JSON.stringify(content));
    assert.throws(
      () => readParityFile(broken),
      (error: UserError) => {
        assert.match(error.message, message);
        assert.deepEqual([error.details.file, error.details.field], [broken, field]);
        return true;
      },
    );
  }
});
