/** Figures and the table of the toy in notebook 00. */
import { curvesFigure, type Figure, type Trace } from './report/figures';
import { baseLayout, paletteColour } from './report/figures/theme';
import { meanCell, type Table } from './report/tables';
import { counted } from './base/words';
import { TOY_CLASSES, type ToyData, type ToyRun } from './toy';

/** The two views side by side, one colour per class. */
export function toyFigure(data: ToyData): Figure {
  const traces = data.views.flatMap((points, view): Trace[] =>
    Array.from({ length: TOY_CLASSES }, (_, c) => {
      const mine = points.filter((_, n) => data.classes[n] === c);
      return {
        type: 'scatter',
        mode: 'markers',
        name: `class ${c + 1}`,
        showlegend: view === 0,
        legendgroup: `class ${c + 1}`,
        // View B is shifted six units to the right of view A.
        x: mine.map(([x]) => x + 6 * view),
        y: mine.map(([, y]) => y),
        marker: { color: paletteColour(c), size: 8 },
      };
    }),
  );
  const layout = baseLayout('View A (left, sharp) and view B (right, blurred) of the same points');
  return { data: traces, layout: { ...layout, showlegend: true } };
}

/** w of both views after every meta step. */
export function toyWeightsFigure(run: ToyRun): Figure {
  return curvesFigure({
    name: 'toy-weights',
    title: 'Importance weights, learned on held-out points',
    x: { title: 'step' },
    y: { title: 'weight', range: [0, 1] },
    series: [0, 1].map((view) => ({
      name: `w of view ${'AB'[view]}`,
      y: run.weights.map((w) => w[view]),
    })),
  });
}

/** Test accuracy for each distillation weight, mean and spread over the runs. */
export function toyTable(
  rows: readonly { distillationWeight: number; runs: readonly ToyRun[] }[],
): Table {
  const seeds = rows[0].runs.length;
  const points = new Set(rows.flatMap(({ runs }) => runs.map((run) => run.points)));
  return {
    name: 'toy',
    title: 'The toy: what distillation changes',
    caption: `Test accuracy in %; ${counted(seeds, 'seed')}, ${[...points].join(' or ')} training points.`,
    columns: [
      { key: 'weight', title: 'distillation weight', digits: 1 },
      { key: 'both', title: 'both views', digits: 1, best: 'highest' },
      { key: 'onlyA', title: 'A alone', digits: 1, best: 'highest' },
      { key: 'onlyB', title: 'B alone (A absent)', digits: 1, best: 'highest' },
    ],
    rows: rows.map(({ distillationWeight, runs }) => ({
      weight: distillationWeight,
      both: meanCell(runs.map((run) => run.accuracy.both)),
      onlyA: meanCell(runs.map((run) => run.accuracy.onlyA)),
      onlyB: meanCell(runs.map((run) => run.accuracy.onlyB)),
    })),
  };
}
