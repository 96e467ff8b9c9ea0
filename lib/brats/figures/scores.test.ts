import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figureToSvg } from '../../report/figures/svg';
import type { HeatmapTrace, ScatterTrace } from '../../report/figures/types';
import type { BratsRun } from '../run-record';
import {
  caseScatterFigure,
  methodsHeatmapFigure,
  subsetHeatmapFigure,
  subsetScores,
} from './scores';

/** Cases x and y: `base` plus a hundredth per subset and a tenth per region; y has 0.1 more than x. */
function run(seed: number, base: number, names = ['x', 'y']): BratsRun {
  const test = Object.fromEntries(
    names.map((name, c) => [
      name,
      Array.from({ length: 15 }, (_, s) =>
        [0, 1, 2].map((r) => base + (s + 10 * r + 10 * c) / 100),
      ),
    ]),
  );
  const curves = { stride: 25, losses: {} };
  const seconds = { training: 1, evaluation: 1 };
  return { arm: 'mckd', seed, test, metaValidation: {}, curves, weights: [], seconds };
}

const near = (found: number | null, wanted: number): void =>
  assert.ok(found !== null && Math.abs(found - wanted) < 1e-9, `${found}, expected ${wanted}`);

test('scores: mean over cases and runs, in percent', () => {
  const scores = subsetScores([run(0, 0.2), run(1, 0.3)]);
  assert.deepEqual([scores.length, scores[0].length], [15, 3]);
  near(scores[0][0], 30);
  near(scores[14][2], 64);
  assert.throws(() => subsetScores([]), { code: 'MISSING' });
});

test('one method: 15 rows, three regions, a number in every cell', () => {
  const figure = subsetHeatmapFigure({ title: 't', scores: subsetScores([run(0, 0.2)]) });
  const map = figure.data[0] as HeatmapTrace;
  assert.deepEqual(map.x, ['ET', 'WT', 'TC']);
  assert.equal(map.y?.[14], 'FLAIR + T1 + T1ce + T2');
  assert.deepEqual([map.text?.[0], map.text?.[14][0]], [['25.0', '35.0', '45.0'], '39.0']);
  assert.deepEqual([map.zmin, map.zmax], [0, 100]);
  const svg = figureToSvg(figure);
  for (const number of map.text?.flat() ?? []) assert.ok(svg.includes(`>${number}<`), number);
});

test('several methods: the columns of a region side by side, white between regions', () => {
  const methods = [
    { name: 'random subsets, no distillation', scores: subsetScores([run(0, 0.2)]) },
    { name: 'MCKD', scores: subsetScores([run(0, 0.4)]) },
  ];
  const figure = methodsHeatmapFigure({ title: 't', methods });
  const map = figure.data[0] as HeatmapTrace;
  assert.deepEqual(map.text?.[0], ['25.0', '45.0', '35.0', '55.0', '45.0', '65.0']);
  assert.equal(map.x?.[2], 'WT<br>random<br>subsets, no<br>distillation');
  assert.equal(map.x?.[5], 'TC<br>MCKD');
  assert.deepEqual(
    figure.layout.shapes?.map(({ x0 }) => x0),
    [1.5, 3.5],
  );
  const svg = figureToSvg(figure);
  assert.ok(!/NaN|undefined/.test(svg));
  assert.ok(svg.indexOf('stroke-width="8"') > svg.lastIndexOf('crispEdges'), 'above the cells');
});

test('cases: one point each, A upwards, B to the right, named', () => {
  const [a, b] = [
    { name: 'A', runs: [run(0, 0.4), run(1, 0.6)] },
    { name: 'B', runs: [run(0, 0.1, ['x', 'y', 'only B'])] },
  ];
  const figure = caseScatterFigure({ title: 't', a, b, region: 'WT', subset: 5 });
  const points = figure.data[1] as ScatterTrace;
  assert.deepEqual(points.text, ['x', 'y']);
  near(points.x[0], 25);
  near(points.y[0], 65);
  near(points.y[1], 75);
  assert.match(figure.layout.xaxis?.title?.text ?? '', /^B: Dice of WT/);
  assert.equal(figureToSvg(figure).match(/<circle/g)?.length, 3); // one in the legend
  const all = caseScatterFigure({ title: 't', a, b, region: 'ET' }).data[1] as ScatterTrace;
  near(all.x[0], 17);
  const strangers = { name: 'C', runs: [run(0, 0.1, ['z'])] };
  assert.throws(() => caseScatterFigure({ title: 't', a, b: strangers, region: 'ET' }), {
    code: 'MISMATCH',
  });
});
