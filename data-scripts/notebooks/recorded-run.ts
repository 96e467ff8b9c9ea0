/** The recorded run of `npm start`: what a new run's tables are compared with at its end. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NUMERICS, UserError, writeFileAtomic } from '@mckd/lib/base';
import { runFile } from '@mckd/lib/experiment';
import {
  compareWithReference,
  configSha256,
  describeHardware,
  referenceTables,
  type MadeBy,
  type Manifest,
  type RecordedRun,
  type Table,
  type TableComparison,
} from '@mckd/lib/report';
import { readManifest, readTable } from './results';

/** Tables of runs that are recorded in the kit: every run shows the same. */
const OF_RECORDED_RUNS = [/-standard$/, /-paper$/, /^rivals/, /-settings$/];

/**
 * Records a run in the folder of results `from`.
 * @param others folders of runs of the same settings and data on other instructions or with other numbers of threads
 * @throws UserError for a folder without a whole run, and where settings or data differ
 */
export function recordRun(from: string, to: string, others: readonly string[] = []): string {
  const runs = [
    { folder: from, manifest: wholeRun(from) },
    ...others.map((folder) => ({ folder, manifest: passedOf(folder) })),
  ];
  const [{ manifest }] = runs;
  for (const other of runs) requireSame(manifest, other);
  const notebooks = manifest.notebooks.map(({ name, minutes, data, trainings, tables }) => {
    const own = tables.filter((table) => !OF_RECORDED_RUNS.some((pattern) => pattern.test(table)));
    const read = ({ folder, manifest: of }: (typeof runs)[number]): Table[] =>
      (of.notebooks.find((one) => one.name === name)?.tables ?? [])
        .filter((table) => own.includes(table))
        .map((table) => readTable(folder, table));
    // A run of some notebooks says nothing of the others.
    const having = runs.filter((run) => run.manifest.notebooks.some((one) => one.name === name));
    return {
      ...{ name, minutes, data: data.map(({ sha256 }) => sha256) },
      checkpoints: Object.fromEntries(
        trainings.map(({ folder, checkpointSha256 }) => [folder, checkpointSha256]),
      ),
      tables: referenceTables(having.map(read)),
    };
  });
  const record: RecordedRun = {
    ...describeRun(from, manifest),
    numerics: { ...NUMERICS },
    configSha256: manifest.configSha256,
    others: runs.slice(1).map((run) => describeRun(run.folder, run.manifest)),
    notebooks,
  };
  writeFileAtomic(to, `${JSON.stringify(record, null, 1)}\n`);
  const tables = notebooks.reduce((count, one) => count + one.tables.length, 0);
  return `${tables} tables of ${notebooks.length} notebooks, beside ${others.length} other runs`;
}

function wholeRun(folder: string): Manifest {
  const manifest = readManifest(folder);
  const passed = manifest?.notebooks.every(({ status }) => status === 'passed');
  if (manifest && passed && manifest.preset === 'quick') return manifest;
  throw noRun(folder, 'whose notebooks have all passed');
}

/** A run without the notebooks that did not pass, such as the one that was stopped. */
function passedOf(folder: string): Manifest {
  const manifest = readManifest(folder);
  const notebooks = manifest?.notebooks.filter(({ status }) => status === 'passed') ?? [];
  if (manifest && notebooks.length > 0 && manifest.preset === 'quick')
    return { ...manifest, notebooks };
  throw noRun(folder, 'with a notebook that has passed');
}

function noRun(folder: string, what: string): UserError {
  return new UserError(`${folder} has no run of the preset quick ${what}; run npm start`, {
    code: 'MISSING',
    file: folder,
    field: 'manifest.json',
  });
}

function requireSame(
  reference: Manifest,
  { folder, manifest }: { folder: string; manifest: Manifest },
): void {
  const same = (field: string, a: string, b: string): void => {
    if (a === b) return;
    throw new UserError(`${folder} is of other ${field}; runs of the same are compared`, {
      code: 'MISMATCH',
      file: folder,
      field,
      value: b,
    });
  };
  same('settings', reference.configSha256, manifest.configSha256);
  for (const { name, data } of manifest.notebooks) {
    const own = reference.notebooks.find((one) => one.name === name);
    if (own) same(`data in ${name}`, hashesOf(own.data), hashesOf(data));
  }
}

const hashesOf = (data: readonly { sha256: string }[]): string =>
  data.map(({ sha256 }) => sha256).join(' ');

/** Commit, processor, instructions, and threads of a training. */
function describeRun(folder: string, manifest: Manifest): MadeBy {
  const compute = manifest.versions?.compute;
  const settings = Object.entries(compute?.settings ?? {}).map(([key, value]) => `${key}=${value}`);
  const threads = threadsOf(folder);
  const machine = [
    describeHardware(manifest.hardware),
    compute?.instructions,
    ...settings,
    ...(threads === undefined ? [] : [`${threads} thread(s) a training`]),
  ];
  return { commit: manifest.kit.commit, machine: machine.filter(Boolean).join(', ') };
}

function threadsOf(folder: string): number | undefined {
  const runs = join(folder, 'brats', 'runs');
  const own = existsSync(runs) ? readdirSync(runs) : [];
  const files = own.map((key) => runFile(join(runs, key))).filter((file) => existsSync(file));
  if (files.length === 0) return undefined;
  return (JSON.parse(readFileSync(files[0], 'utf8')) as { threads?: number }).threads;
}

/** A run beside the recorded one. */
export interface RunComparison {
  /** By commit and machine. */
  recorded: string;
  tables: TableComparison[];
  checkpoints: { equal: number; total: number };
  /** Why notebooks were not compared, such as other data. */
  skipped: string[];
  passed: boolean;
}

/**
 * Compares the tables of a folder of results with the recorded run. Nothing to compare: undefined, such as for other
 * settings or numerics.
 */
export function compareRun(
  folder: string,
  manifest: Manifest,
  recorded: RecordedRun | undefined,
): RunComparison | undefined {
  if (!recorded || recorded.configSha256 !== configSha256(manifest.config)) return undefined;
  const { numerics } = recorded;
  if (Object.entries(NUMERICS).some(([task, value]) => numerics[task] !== value)) return undefined;
  const tables: TableComparison[] = [];
  const skipped: string[] = [];
  const checkpoints = { equal: 0, total: 0 };
  for (const notebook of manifest.notebooks) {
    const reference = recorded.notebooks.find(({ name }) => name === notebook.name);
    if (!reference) continue;
    if (hashesOf(notebook.data) !== reference.data.join(' ')) {
      skipped.push(`${notebook.name} has other data`);
      continue;
    }
    for (const { folder: own, checkpointSha256 } of notebook.trainings) {
      if (!(own in reference.checkpoints)) continue;
      checkpoints.total += 1;
      if (reference.checkpoints[own] === checkpointSha256) checkpoints.equal += 1;
    }
    for (const table of reference.tables) {
      const saved = notebook.tables.includes(table.name);
      tables.push(compareWithReference(table, saved ? readTable(folder, table.name) : undefined));
    }
  }
  return {
    recorded: `${recorded.commit?.slice(0, 8) ?? 'unknown commit'}, ${recorded.machine}`,
    ...{ tables, checkpoints, skipped },
    passed: tables.every(({ passed }) => passed),
  };
}

/** A line per table, and one that counts them. */
export function comparisonLines(found: RunComparison): string[] {
  const { recorded, tables, checkpoints, skipped, passed } = found;
  const width = Math.max(...tables.map(({ name }) => name.length));
  const good = tables.filter((table) => table.passed).length;
  return [
    `compared with the recorded run (${recorded}):`,
    ...tables.map(
      (table) => `${table.passed ? 'ok  ' : 'FAIL'}  ${table.name.padEnd(width)}  ${detail(table)}`,
    ),
    ...skipped.map((line) => `      ${line}: not compared`),
    `${checkpoints.equal} of ${checkpoints.total} trainings have the same bytes`,
    `${passed ? 'PASS' : 'FAIL'}: ${good} of ${tables.length} tables agree with the recorded run`,
  ];
}

const short = (value: number): string => Number(value.toPrecision(4)).toString();

function detail({ cells, equal, worst, fault }: TableComparison): string {
  if (fault) return fault;
  const count = `${equal} of ${cells} numbers equal`;
  if (!worst) return count;
  const { row, column, ours, recorded, allowed } = worst;
  return `${count}; furthest off: row ${row + 1}, ${column}: ${short(ours)}, recorded ${short(recorded)}, allowed ±${short(allowed)}`;
}
