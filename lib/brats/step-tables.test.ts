import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertNoLeak } from '../checks/fixtures/tensors';
import { buildConfig } from '../config';
import { figureToSvg } from '../report/figures/svg';
import type { BarTrace } from '../report/figures/types';
import { tableToMarkdown } from '../report/tables';
import { stepProfileFigure } from './figures/step';
import { profileStep, type StepProfile } from './measure';
import { opsOf, stepKindsTable, stepProfilesTable } from './step-tables';

/** Twelve kinds of op, of 1 to 12 ops and as many milliseconds; JavaScript takes as long as all of them. */
const made: StepProfile = {
  ...{ width: 1 / 8, crop: [32, 64, 64], batchSize: 1, kernels: 'native' },
  opByOp: {
    ops: Array.from({ length: 12 }, (_, i) => ({
      op: `Op${12 - i}`,
      count: 12 - i,
      seconds: (12 - i) / 1000,
    })),
    kernels: 60,
    seconds: 0.156,
  },
  asFunction: { seconds: 0.039, nodes: 100, makingSeconds: 0.5 },
};

const sumOf = (values: readonly (number | null)[]): number =>
  values.reduce<number>((sum, value) => sum + (value ?? NaN), 0);

describe('a training step’s ops', () => {
  test('in figure and tables: shares of the ops and of the time, JavaScript’s too', () => {
    assert.equal(opsOf(made), 78);
    const figure = stepProfileFigure({ name: 'step', profile: made });
    const [ops, time] = figure.data as BarTrace[];
    assert.deepEqual(ops.x.slice(-3), ['Op5', 'others', 'JavaScript']);
    for (const { y } of [ops, time]) assert.ok(Math.abs(sumOf(y) - 100) < 1e-9);
    assert.equal(Math.round(time.y.at(-1) ?? NaN), 50);
    assert.match(figureToSvg(figure), /A training step: 78 ops one by one/);
    assert.match(tableToMarkdown(stepKindsTable(made, 2)), /\| Op12 \| 12 \| 12.0 \| 7.7 \|/);
    const one = { ...made, asFunction: undefined };
    const text = tableToMarkdown(stepProfilesTable([made, one]));
    assert.match(text, /\| 78 \| 60 \| 0.156 \| 100 \| 0.039 \| 0.25 \| 0.50 \|/);
    assert.match(text, /\| 78 \| 60 \| 0.156 \| +\| +\| +\| +\|/);
  });

  test('are profiled without a tensor left', () => {
    const { brats } = buildConfig('smoke', { brats: { width: 1 / 32 } });
    assertNoLeak(() => {
      const { opByOp, asFunction } = profileStep(brats, 0, 1);
      const spent = opByOp.ops.reduce((sum, { seconds }) => sum + seconds, 0);
      assert.ok(spent < opByOp.seconds);
      assert.equal(asFunction === undefined, process.env.MCKD_STEPS === 'eager');
    });
  });
});
