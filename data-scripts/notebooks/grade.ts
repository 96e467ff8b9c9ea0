/**
 * Grading: students' copies of the notebooks are executed, and each exercise is judged by the answer that the executed
 * copy handed to `mckd.check`. Outputs that a copy was handed in with don't count.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { makeFolder, usableCores, usableMemory, UserError, writeFileAtomic } from '@mckd/lib/base';
import { planProcesses } from '@mckd/lib/experiment';
import { CHECK_MIME, EXERCISE_IDS, judge, lessonOf, type CheckRecord } from '@mckd/lib/lessons';
import { findKitRoot } from '@mckd/lib/report';
import { interruption } from '../terminal/interrupt';
import { withProgress } from '../terminal/progress';
import { reportTo, type JsonOption } from '../terminal/report';
import { executeNotebook, type ExecutionEvent } from './execute';
import { joined, withoutStack, type NotebookCell, type NotebookFile } from './faults';
import { neededCells } from './needed-cells';
import { notebookJson } from './notebook-json';
import { readNotebook } from './results';
import { listNotebooks, withoutVolatile } from './run';
import { checkedIn } from './solutions';

export interface GradeOptions extends JsonOption {
  /** Copies of notebooks, in any folders. */
  files: readonly string[];
  /** For `grades.json` and `grades.csv`. Default: `results/grades` of the kit. */
  out?: string;
  /** A folder for the executed copies, in one for each student. Default: none are kept. */
  executed?: string;
  /** Write the outputs into the copies themselves. Default: no. */
  save?: boolean;
  /** Execute every cell, not only those that answers depend on. Default: no. */
  whole?: boolean;
  /** A cell that takes longer counts as wrong. Default: 120. */
  cellSeconds?: number;
  /** Copies that are executed at the same time. Default: one per core, and no more than memory holds. */
  processes?: number;
  /** The kit's root. Default: found from this file. */
  root?: string;
}

/** `open`: no answer yet; `failed`: its cell threw, or was never finished; `missing`: the copy doesn't have it. */
export type Grade = 'right' | 'wrong' | 'open' | 'failed' | 'missing';

export interface GradedExercise {
  id: string;
  grade: Grade;
  /** Why, as the student saw it; or the error. */
  reason: string;
}

export interface GradedCopy {
  student: string;
  file: string;
  /** The number of the notebook; empty where the copy has no exercise. */
  notebook: string;
  points: number;
  of: number;
  exercises: GradedExercise[];
  /** What keeps the copy from being graded, if anything does. */
  fault: string;
}

const idOf = (codeCell: number): string => `cell-${codeCell}`;

/** Code cells that are not empty, with nothing of what they were handed in with but the source. */
function codeOf(notebook: NotebookFile): NotebookCell[] {
  return notebook.cells
    .filter((cell) => cell.cell_type === 'code' && joined(cell.source).trim() !== '')
    .map(({ source }, i) => ({
      cell_type: 'code',
      id: idOf(i),
      source: joined(source),
      metadata: {},
      outputs: [],
      execution_count: null,
    }));
}

/** The number of the notebook whose exercises the cells have most of. */
function notebookOf(sources: readonly string[]): string {
  const numbers = sources.flatMap(checkedIn).map(lessonOf);
  const count = (number: string): number => numbers.filter((one) => one === number).length;
  return numbers.reduce((most, one) => (count(one) > count(most) ? one : most), numbers[0] ?? '');
}

/** @throws UserError naming the file, for one that is no notebook */
function readCopy(file: string): NotebookFile {
  const read = readNotebook(file) as unknown;
  const { cells } = (typeof read === 'object' && read !== null ? read : {}) as { cells?: unknown };
  const isCell = (cell: unknown): boolean => {
    const { cell_type: type, source } = (cell ?? {}) as Partial<NotebookCell>;
    const text = Array.isArray(source) ? source.every((line) => typeof line === 'string') : source;
    return typeof type === 'string' && (text === true || typeof text === 'string');
  };
  if (Array.isArray(cells) && cells.every(isCell)) return read as NotebookFile;
  throw new UserError(`${file} is no notebook: it has no list of cells with a source each`, {
    code: 'BAD_FILE',
    file,
  });
}

type Job = Required<Pick<GradeOptions, 'root' | 'whole' | 'cellSeconds'>> & {
  /** For the copy's own files, and for results, which copies share that are executed one after the other; removed afterwards. */
  work: string;
  results: string;
  signal: AbortSignal;
};

interface Executed {
  notebook: NotebookFile;
  /** By cell: what went wrong. */
  faults: Map<NotebookCell, string>;
}

/**
 * Executes the cells. One that kills the kernel, or runs too long, is left out of another run, so that it fails alone.
 * @returns undefined if it was stopped
 */
async function executeCells(cells: NotebookCell[], job: Job): Promise<Executed | undefined> {
  const { work, results, root, cellSeconds, signal } = job;
  const faults = new Map<NotebookCell, string>();
  const [source, target] = [join(work, 'copy.ipynb'), join(work, 'executed.ipynb')];
  for (let left = cells; ;) {
    const kernelspec = { name: 'tslab', display_name: 'TypeScript', language: 'typescript' };
    const notebook = { cells: left, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 };
    writeFileSync(source, JSON.stringify(notebook));
    const failed: Extract<ExecutionEvent, { event: 'error' }>[] = [];
    const end = await executeNotebook({
      root,
      source,
      target,
      preset: 'smoke',
      resultsDirectory: results,
      everyCell: true,
      cellSeconds,
      signal,
      onEvent: (event) => {
        if (event.event === 'error') failed.push(event);
      },
    });
    if (end === 'stopped') return undefined;
    for (const { cell, message } of failed) faults.set(left[cell - 1], withoutStack(message));
    const last = failed.at(-1);
    if (!last?.ended) return { notebook: readNotebook(target), faults };
    left = left.filter((_, i) => i !== last.cell - 1);
  }
}

/** The copy with the outputs of its executed cells, and no others. */
function withOutputs(copy: NotebookFile, executed: NotebookFile): NotebookFile {
  const byId = new Map(executed.cells.map((cell) => [cell.id, cell]));
  let code = 0;
  const cells = copy.cells.map((cell) => {
    if (cell.cell_type !== 'code') return cell;
    const isEmpty = joined(cell.source).trim() === '';
    const run = isEmpty ? undefined : byId.get(idOf(code++));
    const { outputs = [], execution_count: count = null } = run ?? {};
    return { ...cell, outputs, execution_count: count };
  });
  return { ...copy, cells };
}

/** What the executed cells handed to `mckd.check`, the last of each exercise. */
function recordsOf({ cells }: NotebookFile): Map<string, CheckRecord> {
  const found = cells
    .flatMap(({ outputs = [] }) => outputs)
    .map(({ data }) => data?.[CHECK_MIME] as CheckRecord | null | undefined)
    .filter((record) => typeof record === 'object' && record !== null);
  return new Map(found.map((record) => [record.id, record]));
}

function gradeExercise(
  id: string,
  record: CheckRecord | undefined,
  { fault, asked }: { fault?: string; asked: boolean },
): GradedExercise {
  if (record === undefined) {
    if (fault !== undefined) return { id, grade: 'failed', reason: fault };
    const reason = asked ? 'the check was not reached' : 'the copy has no check of it';
    return { id, grade: asked ? 'failed' : 'missing', reason };
  }
  if (record.answer === undefined) return { id, grade: 'open', reason: 'no answer' };
  try {
    // By the kit itself: what an output says of its own result doesn't count.
    const { result, text } = judge(id, record.answer);
    return { id, grade: result, reason: text };
  } catch (error) {
    return { id, grade: 'failed', reason: (error as Error).message };
  }
}

/** Grades one copy; whatever is wrong with it is in what is returned. @returns undefined if it was stopped */
async function gradeCopy(
  file: string,
  job: Job,
): Promise<{ graded: Omit<GradedCopy, 'student'>; executed?: NotebookFile } | undefined> {
  const none = { file, notebook: '', points: 0, of: 0, exercises: [] };
  try {
    const copy = readCopy(file);
    const code = codeOf(copy);
    const sources = code.map(({ source }) => joined(source));
    const notebook = notebookOf(sources);
    const ids = EXERCISE_IDS.filter((id) => lessonOf(id) === notebook);
    if (ids.length === 0) return { graded: { ...none, fault: 'the copy has no exercise' } };
    const needed = job.whole
      ? [...code.keys()]
      : neededCells(sources, (source) => checkedIn(source).length > 0);
    const executed = await executeCells(
      needed.map((i) => code[i]),
      job,
    );
    if (executed === undefined) return undefined;
    const records = recordsOf(executed.notebook);
    const exercises = ids.map((id) => {
      const asking = code.filter(({ source }) => checkedIn(joined(source)).includes(id));
      const fault = asking
        .map((cell) => executed.faults.get(cell))
        .find((one) => one !== undefined);
      return gradeExercise(id, records.get(id), { fault, asked: asking.length > 0 });
    });
    const points = exercises.filter(({ grade }) => grade === 'right').length;
    const graded = { file, notebook, points, of: ids.length, exercises, fault: '' };
    return { graded, executed: withOutputs(copy, executed.notebook) };
  } catch (error) {
    return { graded: { ...none, fault: (error as Error).message } };
  }
}

/** By file: its name, or its folder's where the name is that of the kit's notebook. */
function studentsOf(files: readonly string[], root: string): string[] {
  const lessons = listNotebooks(join(root, 'notebooks')).map((file) => basename(file));
  return files.map((file) =>
    lessons.includes(basename(file)) ? basename(dirname(resolve(file))) : basename(file, '.ipynb'),
  );
}

/** By copy, where it goes with its outputs, if anywhere. */
function targetsOf(
  { files, executed, save }: GradeOptions,
  students: readonly string[],
): (string | undefined)[] {
  const given = new Set(files.map((file) => resolve(file)));
  return files.map((file, i) => {
    if (save) return file;
    if (executed === undefined) return undefined;
    const target = join(executed, students[i], basename(file));
    if (!given.has(resolve(target))) return target;
    throw new UserError(
      `--executed ${executed} would replace ${target}, which is to be graded; choose another folder`,
      { code: 'EXISTS', field: '--executed', file: target },
    );
  });
}

const FIELDS = ['student', 'notebook', 'exercise', 'grade', 'points', 'of', 'reason', 'file'];

/** A line for each exercise of each copy, and one for its total. */
export function gradesCsv(copies: readonly GradedCopy[]): string {
  const lines = copies.flatMap(({ student, file, notebook, points, of, exercises, fault }) => [
    ...exercises.map(({ id, grade, reason }) => {
      const point = grade === 'right' ? 1 : 0;
      return [student, notebook, id, grade, point, 1, reason, file];
    }),
    [student, notebook, 'total', fault ? 'failed' : '', points, of, fault, file],
  ]);
  return [FIELDS, ...lines].map((line) => `${line.map(csvField).join(',')}\n`).join('');
}

/** A field that spreadsheets take as text: one that begins like a formula would be computed by them. */
function csvField(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Of a kernel with TensorFlow in the lessons' cells at `smoke`. */
const KERNEL_BYTES = 1e9;

/** How many copies are executed at the same time. */
function processesFor(copies: number, processes?: number): number {
  const work = { tasks: copies, bytes: KERNEL_BYTES, serialShare: 1, crowding: 1 };
  const room = { cores: usableCores(), memoryBytes: usableMemory(), gpus: [] };
  return planProcesses(work, room, { processes }).processes;
}

/**
 * Grades copies of notebooks, some at a time, into `grades.json` and `grades.csv`, which are whole after each copy. A
 * bad copy doesn't stop the others.
 * @throws UserError for no copy, or a folder that can't be written to
 */
export async function gradeNotebooks(options: GradeOptions): Promise<GradedCopy[]> {
  const { files, whole = false, cellSeconds = 120 } = options;
  const root = options.root ?? findKitRoot(__dirname);
  const out = options.out ?? join(root, 'results', 'grades');
  if (files.length === 0)
    throw new UserError('no copy is given; name the notebooks to be graded', {
      code: 'USAGE',
      field: 'notebooks',
    });
  makeFolder(out);
  const students = studentsOf(files, root);
  const targets = targetsOf(options, students);
  const told = reportTo(options);
  const interrupted = interruption('stopped');
  interrupted.guard();
  const { signal } = interrupted;
  /** By file; empty where a copy is not graded yet. */
  const graded: (GradedCopy | undefined)[] = files.map(() => undefined);
  const finished = (): GradedCopy[] => graded.filter((copy) => copy !== undefined);
  const work = mkdtempSync(join(tmpdir(), 'mckd-grade-'));
  try {
    const format = 'grading {bar} {value}/{total} | {eta_formatted} left | {student}';
    await withProgress({ format, lineMs: 30_000 }, async ({ show }) => {
      let next = 0;
      /** One copy after the other, until none is left. */
      const lane = async (own: string): Promise<void> => {
        const job = { root, whole, cellSeconds, work: own, results: join(own, 'results'), signal };
        while (next < files.length) {
          const i = next;
          next += 1;
          const student = students[i];
          show(finished().length, files.length, { student });
          const done = await gradeCopy(files[i], job);
          if (done === undefined) return;
          const copy = { student, ...done.graded };
          graded[i] = copy;
          told.event({ copy });
          const target = targets[i];
          if (target !== undefined && done.executed) {
            makeFolder(dirname(target));
            writeFileAtomic(target, notebookJson(withoutVolatile(done.executed)));
          }
          const copies = finished();
          writeFileAtomic(join(out, 'grades.json'), `${JSON.stringify({ copies }, null, 1)}\n`);
          writeFileAtomic(join(out, 'grades.csv'), gradesCsv(copies));
          show(copies.length, files.length, { student });
        }
      };
      const lanes = Array.from(
        { length: processesFor(files.length, options.processes) },
        (_, k) => {
          const own = join(work, String(k));
          makeFolder(own);
          // What can't be written stops the others after their copy.
          return lane(own).catch((error: unknown) => {
            next = files.length;
            throw error;
          });
        },
      );
      for (const end of await Promise.allSettled(lanes))
        if (end.status === 'rejected') throw end.reason;
    });
  } finally {
    interrupted.release();
    rmSync(work, { recursive: true, force: true });
  }
  const copies = finished();
  const stopped = signal.aborted;
  if (stopped) interrupted.setExitCode();
  const lines = copies.map(
    ({ student, notebook, points, of, fault }) =>
      `${student}  ${notebook}  ${fault || `${points} of ${of}`}`,
  );
  if (stopped) lines.push(`stopped after ${copies.length} of ${files.length} copies`);
  told.result(
    { copies, out, stopped },
    [...lines, `grades: ${join(out, 'grades.csv')}`].join('\n'),
  );
  return copies;
}
