import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figureToSvg } from '../../report/figures/svg';
import type { Figure } from '../../report/figures';
import type { BarTrace, HeatmapTrace, ScatterTrace } from '../../report/figures/types';
import {
  featureDistanceCurvesFigure,
  featureDistanceFigure,
  featureSpreadFigure,
  type DistanceLine,
} from './features';
import {
  importanceFigure,
  liveTrainingFigure,
  loggedWeights,
  lossCurvesFigure,
  movingAverages,
  ratioMatrixFigure,
  type LossLine,
} from './training';

type Line = LossLine & DistanceLine;

function linesOf(count: number): Line[] {
  return Array.from({ length: count }, (_, step) => {
    const featureDistance = { l1: 100 + step, l2: 10, cosine: 0.5 };
    const meta = { weights: [0.1, 0.2, 0.3, 0.4], featureDistance };
    return {
      step,
      losses: { dice: 1 / (step + 1), crossEntropy: 0.5, distillation: step % 2 },
      ...(step % 10 === 0 ? { meta } : {}),
    };
  });
}

const traces = (figure: Figure): ScatterTrace[] => figure.data as ScatterTrace[];

function still(figure: Figure): string {
  const svg = figureToSvg(figure);
  assert.ok(!/NaN|undefined|Infinity/.test(svg));
  return svg;
}

test('moving averages end with the last line and have at most 300 points', () => {
  const lines = Array.from({ length: 1001 }, (_, step) => ({ step }));
  const { x, y } = movingAverages(lines, 3, ({ step }) => step);
  assert.ok(x.length <= 300 && x.length > 200);
  assert.deepEqual([x[x.length - 1], y[y.length - 1]], [1000, 999]);
  assert.deepEqual(movingAverages(lines.slice(0, 4), 3, ({ step }) => step).y, [0, 0.5, 1, 2]);
  assert.deepEqual(
    movingAverages([], 3, () => 0),
    { x: [], y: [] },
  );
});

test('losses: three curves; none for distillation if there was none', () => {
  const lines = linesOf(2000);
  const figure = lossCurvesFigure(lines, { window: 2 });
  assert.equal(figure.data.length, 3);
  const [dice, , distillation] = traces(figure);
  assert.ok(dice.x.length <= 300);
  assert.equal(distillation.y[distillation.y.length - 1], 0.5);
  assert.equal(still(figure).match(/data-series/g)?.length, 3);
  const without = lines.map((line) => ({
    ...line,
    losses: { ...line.losses, distillation: 0 },
  }));
  assert.equal(lossCurvesFigure(without).data.length, 2);
  const single = lossCurvesFigure(lines.slice(0, 3), { window: 1 });
  assert.deepEqual(traces(single)[2].y, [null, 1, null], 'no logarithm of 0');
});

test('importance: one curve per scan and a line where stage two begins', () => {
  const weights = loggedWeights(linesOf(50));
  assert.deepEqual(weights[1], { step: 10, w: [0.1, 0.2, 0.3, 0.4] });
  const figure = importanceFigure(weights, {
    title: 't',
    normalisation: 'sigmoid',
    stageTwoFrom: 20,
  });
  assert.match(JSON.stringify(figure.layout.yaxis), /w \(sigmoid\)/);
  assert.deepEqual(
    traces(figure).map(({ name, y }) => [name, y[0]]),
    [
      ['FLAIR', 0.1],
      ['T1', 0.2],
      ['T1ce', 0.3],
      ['T2', 0.4],
    ],
  );
  assert.equal(figure.layout.shapes?.[0].x0, 20);
  assert.match(still(figure), /stroke-dasharray/);
});

test('a running training: losses, then also weights, from the first step on', () => {
  assert.equal(still(liveTrainingFigure([], { steps: 100 })).includes('<svg'), true);
  const lines = linesOf(400);
  const early = liveTrainingFigure(lines.slice(1, 6));
  assert.equal(early.data.length, 3);
  const figure = liveTrainingFigure(lines, { steps: 1000, stageTwoFrom: 500 });
  assert.deepEqual(
    traces(figure).map(({ yaxis }) => yaxis ?? 'y'),
    ['y', 'y', 'y', 'y2', 'y2', 'y2', 'y2'],
  );
  assert.deepEqual(figure.layout.xaxis?.range, [0, 1000]);
  const svg = still(figure);
  assert.equal(svg.match(/>training step/g)?.length, 1, 'the shared axis is written once');
  assert.ok(JSON.stringify(figure).length < 40_000);
});

test('the ratios: teachers in rows, students in columns, nothing on the diagonal', () => {
  const map = ratioMatrixFigure([0.4, 0.1, 0.3, 0.2]).data[0] as HeatmapTrace;
  assert.deepEqual(map.text?.[0], ['', '4.00', '1.33', '2.00']);
  assert.equal(map.z[1][0], 0.25);
  assert.equal(still(ratioMatrixFigure([1, 1, 1, 1])).match(/>1\.00</g)?.length, 12);
});

test('feature distances: over steps, and by missing scan', () => {
  const runs = [{ name: 'a', lines: [...linesOf(50), { step: 50, meta: {} }] }];
  const curve = traces(featureDistanceCurvesFigure({ title: 't', runs }))[0];
  assert.deepEqual([curve.x, curve.y[4]], [[0, 10, 20, 30, 40], 140]);
  const distance = { l1: 3, l2: 2, cosine: 0.5 };
  const methods = [
    { name: 'a', distances: { byScan: { t1: distance, t2: distance } } },
    { name: 'b', distances: { byScan: { t2: { ...distance, l1: 1 } } } },
  ];
  const figure = featureDistanceFigure({ title: 't', methods });
  assert.deepEqual(
    (figure.data as BarTrace[]).map(({ x, y }) => [x, y]),
    [
      [
        ['T1', 'T2'],
        [3, 3],
      ],
      [
        ['T1', 'T2'],
        [null, 1],
      ],
    ],
  );
  assert.equal(still(figure).match(/<rect[^>]*fill="#(0072B2|D55E00)"/g)?.length, 3 + 2);
});

test('feature spread: on a logarithmic axis every bar has a height, and a factor of ten is the same height everywhere', () => {
  const spread = (value: number) => ({
    betweenScans: value,
    betweenCases: value,
    magnitude: value,
  });
  const methods = [0.5, 0.05, 0.005].map((value) => ({ name: `${value}`, spread: spread(value) }));
  const svg = still(featureSpreadFigure({ title: 't', methods }));
  const heights = ['0072B2', 'D55E00', '009E73'].map((colour) => {
    const bars = [...svg.matchAll(new RegExp(`height="([\\d.]+)" fill="#${colour}"`, 'g'))];
    assert.equal(bars.length, 3 + 1);
    return Number(bars[1][1]);
  });
  assert.ok(heights[2] > 5);
  assert.ok(Math.abs(heights[0] - heights[1] - (heights[1] - heights[2])) < 0.1);
});
