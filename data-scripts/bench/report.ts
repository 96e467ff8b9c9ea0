/** The benchmark's outcome as a table, a plot and files. */
import { join } from 'node:path';
import { curvesFigure, figureToSvg, type Table } from '@mckd/lib';
import { writeFileWhole } from '@mckd/lib/dist/write-file';
import type { Bench, BenchRow, CostPoint } from './sections';

/** Was the goal met? Undefined where there is none, or nothing to hold it against. */
export function meetsGoal({ goal, ratio, ours, peer }: BenchRow): boolean | undefined {
  if (goal === null) return undefined;
  if (ratio !== null) return ratio <= goal;
  // A goal of a ratio, without the peer.
  return peer === null && goal > 1.5 ? ours <= goal : undefined;
}

const three = (value: number | null): string =>
  value === null ? '' : Number(value.toPrecision(3)).toString();

export function benchTable(rows: readonly BenchRow[], caption: string): Table {
  return {
    name: 'bench',
    title: 'Speed and memory',
    caption,
    columns: [
      { key: 'work', title: 'work' },
      { key: 'ours', title: 'ours' },
      { key: 'peer', title: 'peer' },
      { key: 'unit', title: 'unit' },
      { key: 'ratio', title: 'ratio' },
      { key: 'goal', title: 'goal, at most' },
      { key: 'met', title: 'met' },
    ],
    rows: rows.map((row) => {
      const met = meetsGoal(row);
      return {
        work: row.work,
        ours: three(row.ours),
        peer: three(row.peer),
        unit: row.unit,
        ratio: three(row.ratio),
        goal: three(row.goal),
        met: met === undefined ? '' : met ? 'yes' : 'no',
      };
    }),
  };
}

/** Seconds of a step over times the smallest crop or width, beside a cost that grows linearly. */
export function costFigure(costs: readonly CostPoint[]): ReturnType<typeof curvesFigure> {
  const of = (axis: CostPoint['axis']): CostPoint[] => costs.filter((point) => point.axis === axis);
  const series = (['volume', 'width'] as const).flatMap((axis, colour) => {
    const points = of(axis);
    if (points.length === 0) return [];
    const x = points.map(({ factor }) => factor);
    const name = axis === 'volume' ? 'crop' : 'width';
    return [
      { name, x, y: points.map(({ seconds }) => seconds), colour, markers: true },
      {
        name: `${name}, if linear`,
        x,
        y: x.map((factor) => factor * points[0].seconds),
        colour,
        dash: 'dot' as const,
      },
    ];
  });
  return curvesFigure({
    title: 'Seconds of a training step',
    x: { title: 'times the smallest (crop 32 x 64 x 64 at full width; width 1/8 at that crop)' },
    y: { title: 'seconds' },
    series,
  });
}

/** bench.json, the list of rows; machine.json; cost.svg. */
export function writeBench(folder: string, { rows, costs }: Bench, machine: object): void {
  const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;
  writeFileWhole(join(folder, 'bench.json'), json(rows));
  writeFileWhole(join(folder, 'machine.json'), json(machine));
  if (costs.length > 0) writeFileWhole(join(folder, 'cost.svg'), figureToSvg(costFigure(costs)));
}
