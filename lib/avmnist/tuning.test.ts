import assert from 'node:assert/strict';
import { test } from 'node:test';
import { avTrainingSettings, buildConfig } from '../config';
import { cellsOf } from '../experiment/cells';
import { isMeanCell } from '../report/tables/format';
import { avTuning } from './experiments';
import { recordedAvTuning } from './recorded';
import type { AvRun } from './run';
import { TUNED, tuningTable } from './tuning';

test('the trials use no seed of the tables and change one setting of the preset at a time', () => {
  const paper = buildConfig('paper').avMnist;
  for (const { key, changes } of TUNED) {
    assert.ok(Object.keys(changes).length <= 1);
    const cells = cellsOf(avTuning()).filter(({ arm }) => arm === key);
    assert.equal(cells.length, 4);
    for (const { seed, config } of cells) {
      assert.ok(seed >= paper.seeds);
      const cell = { method: 'noDistillation', scarce: 'speech', rate: 0.1 } as const;
      assert.deepEqual(config, { ...avTrainingSettings(paper, cell), ...changes });
    }
  }
});

test('a trial is judged only by the last ten epochs on held-out pairs', () => {
  const curve = [...new Array<number>(20).fill(9), ...new Array<number>(10).fill(0.5)];
  const run = (arm: string, seed: number): AvRun =>
    ({
      ...{ arm, seed },
      curves: { heldOutLoss: curve, heldOutAccuracy: curve },
      seconds: { training: 3 },
    }) as unknown as AvRun;
  const runs = TUNED.flatMap(({ key }) => [run(key, 100), run(key, 101)]);
  const [first] = tuningTable(runs).rows;
  assert.deepEqual(first.loss, { mean: 0.5, sd: 0, n: 2 });
  assert.ok(isMeanCell(first.accuracy) && first.accuracy.mean === 50);
  assert.deepEqual(first.seconds, { mean: 3, sd: 0, n: 2 });
});

test('the committed trials fit the code, the preset first', () => {
  const { rows } = recordedAvTuning();
  assert.deepEqual(
    rows.map(({ setting }) => setting),
    TUNED.map(({ title }) => title),
  );
  assert.match(TUNED[0].title, /^the preset: feature size \d+/);
});
