/** The benchmark's results as a table, a plot and files. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mean, readJson, UserError, writeFileAtomic } from '@mckd/lib/base';
import { stepProfileFigure, type StepProfile } from '@mckd/lib/brats';
import {
  curvesFigure,
  describeHardware,
  figureToSvg,
  type Hardware,
  type Table,
} from '@mckd/lib/report';
import { BENCH_SECTIONS, LONG_SECTIONS } from './options';
import type { Bench, BenchRow, CostPoint } from './compare';

/** Whether the goal was met; undefined if there is none. */
export function meetsGoal({ goal, ratio, ours }: BenchRow): boolean | undefined {
  return goal === null ? undefined : (ratio ?? ours) <= goal;
}

/** Counts as they are. */
const three = (value: number | null): string =>
  value === null ? '' : (Number.isInteger(value) ? value : Number(value.toPrecision(3))).toString();

/** All rows of one machine. */
export interface BenchRecord {
  rows: readonly BenchRow[];
  machine: BenchMachine;
}

/** The union of sections. */
export function recordOf(sections: readonly SectionResult[]): BenchRecord {
  const minutes = sections.reduce((sum, { machine }) => sum + machine.minutes, 0);
  return {
    rows: sections.flatMap(({ rows = [] }) => rows),
    machine: { ...sections[0].machine, minutes },
  };
}

/** Works in the order of the first record that has them, several records side by side. */
export function benchTable(records: readonly BenchRecord[]): Table {
  const works = [...new Set(records.flatMap(({ rows }) => rows.map(({ work }) => work)))];
  const group = ({ machine }: BenchRecord): { group?: string } =>
    records.length > 1 ? { group: kindOf(machine) } : {};
  return {
    name: 'bench',
    title: 'Speed and memory',
    caption:
      (records.some(({ machine }) => machine.quick)
        ? 'Small sizes, to check that it works: the numbers are meaningless. '
        : '') +
      `${records.map((record) => machineLine(record, records.length > 1)).join(' ')} ` +
      `Medians of runs in turn.`,
    columns: [
      { key: 'work', title: 'work' },
      { key: 'unit', title: 'unit' },
      ...records.flatMap((record, r) => [
        { key: `ours${r}`, title: 'ours', ...group(record) },
        { key: `peer${r}`, title: 'peer', ...group(record) },
        { key: `ratio${r}`, title: 'ratio', ...group(record) },
        { key: `goal${r}`, title: 'goal, at most', ...group(record) },
        { key: `met${r}`, title: 'met', ...group(record) },
      ]),
    ],
    rows: works.map((work) => {
      const own = records.map(({ rows }) => rows.find((row) => row.work === work));
      const cells = own.flatMap((row, r) => (row ? Object.entries(cellsOf(row, r)) : []));
      return { work, unit: own.find(Boolean)?.unit ?? '', ...Object.fromEntries(cells) };
    }),
  };
}

function cellsOf(row: BenchRow, r: number): Record<string, string> {
  const met = meetsGoal(row);
  return {
    [`ours${r}`]: three(row.ours),
    [`peer${r}`]: three(row.peer),
    [`ratio${r}`]: three(row.ratio),
    [`goal${r}`]: three(row.goal),
    [`met${r}`]: met === undefined ? '' : met ? 'yes' : 'no',
  };
}

/** The kind of a processor: the instructions that it has, or where an older record does not say them, its name. */
export function kindOf({ instructions, hardware }: BenchMachine): string {
  return instructions ?? hardware.cpu;
}

function machineLine({ machine }: BenchRecord, named: boolean): string {
  const { hardware, minutes, peer, absent = [] } = machine;
  const without = absent.length > 0 ? ` Not run: ${absent.join(', ')}.` : '';
  const kind = named ? `${kindOf(machine)}: ` : '';
  return `${kind}${describeHardware(hardware)}; ${minutes.toFixed(0)} minutes; peer: ${peer ?? 'none'}.${without}`;
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
  /** That TensorFlow and the kit's kernels use at most, such as "AVX-512". Absent in older records. */
  instructions?: string;
  minutes: number;
  /** Of a record: sections that were not run. */
  absent?: readonly string[];
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

/** Losses of both precisions, mean of ten steps each. */
function precisionFigure(precisions: Bench['precisions']): ReturnType<typeof curvesFigure> {
  const series = (['float32', 'bf16'] as const).map((name) => {
    const losses = precisions[name];
    const starts = Array.from({ length: Math.floor(losses.length / 10) }, (_, i) => 10 * i);
    return {
      name,
      x: starts.map((start) => start + 5),
      y: starts.map((start) => mean(losses.slice(start, start + 10))),
    };
  });
  return curvesFigure({
    title: 'Loss of one training in two precisions',
    x: { title: 'training step' },
    y: { title: 'Dice + cross-entropy, mean of ten steps' },
    series,
  });
}

/** bench.json, the list of rows; machine.json; cost.svg; precision.svg. @param absent sections that were not run */
export function writeBench(
  folder: string,
  sections: readonly SectionResult[],
  absent: readonly string[] = [],
): void {
  const costs = sections.flatMap((section) => section.costs ?? []);
  const { rows, machine } = recordOf(sections);
  writeFileAtomic(join(folder, 'bench.json'), json(rows));
  const record = absent.length > 0 ? { ...machine, absent } : machine;
  writeFileAtomic(join(folder, 'machine.json'), json(record));
  if (costs.length > 0) writeFileAtomic(join(folder, 'cost.svg'), figureToSvg(costFigure(costs)));
  const precisions = sections.find((section) => section.precisions)?.precisions;
  if (precisions) {
    writeFileAtomic(join(folder, 'precision.svg'), figureToSvg(precisionFigure(precisions)));
  }
}

/** A record in lib/recorded/bench, of one kind of processor. */
export interface RecordedBench extends BenchRecord {
  /** In `lib/recorded/bench`. */
  folder: string;
}

/** The folder in lib/recorded/bench of a kind of processor. */
function folderOf(instructions: string): string {
  return instructions.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

export function readRecordedBench(folder: string): RecordedBench[] {
  return readdirSync(folder)
    .sort()
    .map((name) => ({
      folder: name,
      rows: readJson(join(folder, name, 'bench.json')) as BenchRow[],
      machine: readJson(join(folder, name, 'machine.json')) as BenchMachine,
    }));
}

/**
 * Writes the results of the sections in `from` to the folder of their kind of processor in `to`.
 * @throws UserError if one is missing that a record needs, or was not run at full size with a peer, or on another kind of processor
 */
export function recordBench(from: string, to: string): string {
  const found = BENCH_SECTIONS.map((name) => readSections(from, [name], { quick: false }));
  const sections = found.flat();
  const absent = BENCH_SECTIONS.filter((_, i) => found[i].length === 0);
  const peerless = sections.filter(({ machine }) => machine.peer === null).length;
  const again =
    'nothing is written; run them all, with a peer: MCKD_TORCH_PYTHON=python npm run bench';
  if (absent.some((name) => !LONG_SECTIONS.includes(name)) || peerless > 0) {
    throw new UserError(
      `${from} has ${sections.length} of ${BENCH_SECTIONS.length} sections at full size, ${peerless} of them without a peer; ${again}`,
      { code: 'MISMATCH', file: from, field: 'sections', value: sections.length },
    );
  }
  const kinds = [...new Set(sections.map(({ machine }) => machine.instructions))];
  const [instructions] = kinds;
  if (kinds.length > 1 || instructions === undefined) {
    throw new UserError(
      `${from} has sections of several kinds of processor (${kinds.map((kind) => kind ?? 'unknown').join(', ')}); ${again}`,
      { code: 'MISMATCH', file: from, field: 'machine.instructions' },
    );
  }
  writeBench(join(to, folderOf(instructions)), sections, absent);
  return `${sections.length} sections, ${instructions}`;
}

/** A training step's ops, for the page of how a step runs. */
export interface RecordedStepOps {
  machine: BenchMachine;
  profiles: StepProfile[];
}

/**
 * Writes the profiles of the section `ops` in `from` to `to`, as data and as a figure.
 * @throws UserError if it was not run at full size
 */
export function recordStepOps(from: string, to: string): string {
  const [section] = readSections(from, ['ops'], { quick: false });
  const { profiles = [], machine } = section ?? {};
  const shown = shownProfile(profiles);
  if (!machine || !shown) {
    throw new UserError(
      `${from} has 0 of 1 sections at full size; nothing is written; run it: npm run bench -- --only ops`,
      { code: 'MISSING', file: from, field: 'sections', value: 0 },
    );
  }
  const record: RecordedStepOps = { machine, profiles };
  writeFileAtomic(join(to, 'step-ops.json'), json(record));
  const figure = stepProfileFigure({ name: 'step-ops', profile: shown });
  writeFileAtomic(join(to, 'step-ops.svg'), figureToSvg(figure));
  return `${profiles.length} steps`;
}

/** That of full width with the kit's kernels. */
export function shownProfile(profiles: readonly StepProfile[]): StepProfile | undefined {
  return profiles.find(({ width, kernels }) => width === 1 && kernels === 'native');
}
