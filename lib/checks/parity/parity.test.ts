import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../../base/errors';
import { disposeAll } from '../../nn/parameters';
import { compareCase, judge, type Comparison, type Precision } from './compare';
import { filledParameters } from './filling';
import { measureCase, measureTrajectory } from './measure';
import { readReference, type ReferenceCase } from './reference';
import { parityTable, paritySummary } from './table';

const reference = readReference();
/** Case b: two scans available, two missing. */
const B = 1;

function measured(expected: ReferenceCase): ReferenceCase {
  const parameters = filledParameters();
  try {
    return measureCase(parameters, expected);
  } finally {
    disposeAll(parameters);
  }
}

function compared(ours: ReferenceCase, precision: Precision): Comparison[] {
  return compareCase(ours, reference.float64[B], reference.float32[B], precision);
}

// `npm run test:slow` compares in double precision.
test('in float32, losses, logits and gradients are as close to the authors’ in float64 as PyTorch’s in float32', () => {
  const ours = measured(reference.float64[B]);
  const verdict = judge(compared(ours, 'float32'));
  assert.deepEqual(verdict.off, []);
  const { noisyGradients } = verdict;
  assert.ok(noisyGradients.median < 3 * noisyGradients.referenceMedian);

  // A wrong gradient is detected, although the others are noisy; so is a small error in a loss.
  const name = 'shared_enc.backbone.layer2.0.conv1.weight';
  const wrongLoss = { ...ours, kd_loss: ours.kd_loss * 1.001 };
  assert.equal(judge(compared(wrongLoss, 'float32')).off[0].quantity, 'kd_loss');
  const wrongGradients = Object.fromEntries(
    Object.entries(ours.grad).map(([key, g]) => [key, { ...g, l2: g.l2 * 1.05 }]),
  );
  assert.equal(judge(compared({ ...ours, grad: wrongGradients }, 'float32')).equal, false);
  const oneWrong = { ...ours.grad, [name]: { ...ours.grad[name], l2: ours.grad[name].l2 * 1.01 } };
  const single = compared({ ...ours, grad: oneWrong }, 'float64');
  assert.ok(judge(single).off.some(({ quantity }) => quantity === `gradient norm, ${name}`));
});

test('the trajectory validates on one case, whatever its batch size', () => {
  const { float64 } = reference.trajectory!;
  // Without a learning rate only theta_w moves, so that the meta step does not depend on the batch.
  const meta = (batch: number): unknown[] => {
    const still = { ...float64, lr: 0, batch, crop: [16, 32, 32] as [number, number, number] };
    const [step] = measureTrajectory({ ...still, steps: float64.steps.slice(0, 1) }).steps;
    return [step.meta_val_loss, step.importance_logits];
  };
  assert.deepEqual(meta(2), meta(1));
});

test('table and summary name what is beyond its bound', () => {
  const row: Comparison = {
    where: 'case a',
    quantity: 'dice_loss',
    precision: 'float64',
    ours: 0.5,
    reference: 0.4,
    error: 0.25,
    referenceError: 1e-6,
    bound: 1e-5,
    kind: 'value',
  };
  const norm = { ...row, quantity: 'gradient norm, x', kind: 'gradient norm' as const };
  const fine = { ...norm, quantity: 'gradient norm, y', error: 1e-9 };
  const table = parityTable([row, norm, fine]);
  assert.deepEqual(
    table.rows.map(({ quantity, verdict }) => [quantity, verdict]),
    [
      ['dice_loss', 'OFF'],
      ['gradient norm, x', 'OFF'],
    ],
  );
  assert.equal(parityTable([row, norm, fine], { everyGradient: true }).rows.length, 3);
  assert.match(paritySummary([row, norm, fine]), /^NO PARITY \(2 of 3 off: case a, /);
  assert.match(paritySummary([fine]), /^PARITY; 1 comparisons/);
  assert.equal(judge([{ ...row, error: NaN }]).equal, false, 'NaN is never equal');
});

test('an invalid reference is one sentence with file and field', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mckd-parity-'));
  const file = join(folder, 'x.json');
  const faults: [string, RegExp][] = [
    ['{', /x\.json: .*JSON/],
    ['{}', /x\.json: float64: /],
    [JSON.stringify({ ...reference, float32: [] }), /different numbers of cases/],
  ];
  for (const [content, message] of faults) {
    writeFileSync(file, content);
    assert.throws(
      () => readReference(file),
      (error: UserError) => message.test(error.message) && error.details.file === file,
    );
  }
  assert.throws(() => readReference(join(folder, 'none.json')), /none\.json/);
  rmSync(folder, { recursive: true });
});
