/** The benchmark's results as a table, a plot and files. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError, writeFileAtomic } from '@mckd/lib/base';
import {
  curvesFigure,
  describeHardware,
  figureToSvg,
  type Hardware,
  type Table,
} from '@mckd/lib/report';
import { BENCH_SECTIONS } from './options';
import type { Bench, BenchRow, CostPoint } from './compare';

/** Whether the goal was met; undefined if there is none. */
export function meetsGoal({ goal, ratio, ours }: BenchRow): boolean | undefined {
  return goal === null ? undefined : (ratio ?? ours) <= goal;
}

const three = (value: number | null): string =>
  value === null ? '' : Number(value.toPrecision(3)).toString();

export function benchTable(sections: readonly SectionResult[]): Table {
  const [{ machine }] = sections;
  const minutes = sections.reduce((sum, section) => sum + section.machine.minutes, 0);
  const rows = sections.flatMap((section) => section.rows ?? []);
  return {
    name: 'bench',
    title: 'Speed and memory',
    caption:
      (machine.quick ? 'Small sizes, to check that it works: the numbers are meaningless. ' : '') +
      `${describeHardware(machine.hardware)}; ${minutes.toFixed(0)} minutes. ` +
      `Medians of runs in turn; peer: ${machine.peer ?? 'none'}.`,
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

/** Seconds of a step over multiples of the smallest crop or width, with linear growth for comparison. */
function costFigure(costs: readonly CostPoint[]): ReturnType<typeof curvesFigure> {
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

/** The result of one section, and its machine; saved in its own file, so that sections can be run one by one. */
export interface SectionResult extends Partial<Bench> {
  machine: BenchMachine;
}

export interface BenchMachine {
  quick: boolean;
  peer: string | null;
  hardware: Hardware;
  minutes: number;
}

const sectionFile = (folder: string, name: string): string =>
  join(folder, 'sections', `${name}.json`);

const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

export function writeSection(folder: string, name: string, result: SectionResult): void {
  writeFileAtomic(sectionFile(folder, name), json(result));
}

/** The sections that were run with the same settings, in order. */
export function readSections(
  folder: string,
  names: readonly string[],
  { quick }: Pick<BenchMachine, 'quick'>,
): SectionResult[] {
  return names
    .map((name) => sectionFile(folder, name))
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, 'utf8')) as SectionResult)
    .filter(({ machine }) => machine.quick === quick);
}

/** bench.json, the list of rows; machine.json; cost.svg. */
export function writeBench(folder: string, sections: readonly SectionResult[]): void {
  const costs = sections.flatMap((section) => section.costs ?? []);
  writeFileAtomic(join(folder, 'bench.json'), json(sections.flatMap(({ rows = [] }) => rows)));
  const minutes = sections.reduce((sum, { machine }) => sum + machine.minutes, 0);
  writeFileAtomic(join(folder, 'machine.json'), json({ ...sections[0].machine, minutes }));
  if (costs.length > 0) writeFileAtomic(join(folder, 'cost.svg'), figureToSvg(costFigure(costs)));
}

/**
 * Writes the results of the sections in `from` to `to`.
 * @throws UserError if one is missing, or was not run at full size with a peer
 */
export function recordBench(from: string, to: string): string {
  const sections = readSections(from, BENCH_SECTIONS, { quick: false });
  const peerless = sections.filter(({ machine }) => machine.peer === null).length;
  if (sections.length < BENCH_SECTIONS.length || peerless > 0) {
    throw new UserError(
      `${from} has ${sections.length} of ${BENCH_SECTIONS.length} sections at full size, ${peerless} of them without a peer; ` +
        'nothing is written; run them all, with a peer: MCKD_TORCH_PYTHON=python npm run bench',
      { code: 'MISMATCH', file: from, field: 'sections', value: sections.length },
    );
  }
  writeBench(to, sections);
  return `${sections.length} sections`;
}
