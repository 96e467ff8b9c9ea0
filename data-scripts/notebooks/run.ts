/** The main job: the notebooks in order through the real kernel, into one results folder with a report. */
import { readdirSync, rmSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { makeFolder, takeLock, UserError, writeFileAtomic } from '@mckd/lib/base';
import { buildConfig, type Config } from '@mckd/lib/config';
import {
  buildManifest,
  configSha256,
  findKitRoot,
  probeHardware,
  probeKit,
  readRecordedRun,
  type NotebookRun,
} from '@mckd/lib/report';
import { interruption } from '../terminal/interrupt';
import { shareText } from '@mckd/lib/claims';
import { executeNotebook } from './execute';
import { findFault, withoutStack, type Fault, type NotebookFile } from './faults';
import { notebookJson } from './notebook-json';
import { compareRun, comparisonLines } from './recorded-run';
import { progressLine } from './progress-line';
import { chooseNotebooks } from './short-run';
import {
  readManifest,
  readNotebook,
  readRecord,
  removeStale,
  writeCrate,
  writeReport,
} from './results';
import { reportTo, type JsonOption, type Report } from '../terminal/report';

export interface RunOptions extends JsonOption {
  /** `smoke`, `quick`, `standard` or `paper`. */
  preset: string;
  /** Numbers or names of notebooks, such as `06`. Default: all. Results of the others are kept. */
  only?: string[];
  /** Only those that show the most of the paper's claims within so many minutes. */
  minutes?: number;
  /** Write the executed notebooks, with their outputs, back into the folder of notebooks. */
  save?: boolean;
  /** The kit's root. Default: found from this file. */
  root?: string;
  /** The folder of notebooks. Default: `notebooks` of the kit. */
  notebookDirectory?: string;
  /** The folder of results. Default: `results/<preset>` of the kit. */
  resultsDirectory?: string;
  /** The stream of the progress line. Default: stdout; stderr with JSON. */
  stream?: NodeJS.WriteStream;
}

/** The notebooks `NN-name.ipynb` of a folder in order, narrowed to `only`. */
export function listNotebooks(folder: string, only: readonly string[] = []): string[] {
  const all = readdirSync(folder)
    .filter((file) => /^\d\d-.*\.ipynb$/.test(file))
    .sort();
  const names = all.map((file) => file.replace(/\.ipynb$/, ''));
  if (names.length === 0)
    throw new UserError(`${folder} holds no notebook NN-name.ipynb`, {
      code: 'MISSING',
      file: folder,
    });
  const wanted = (name: string, word: string): boolean =>
    name === word || name.split('-')[0] === word.padStart(2, '0');
  for (const word of only) {
    if (names.some((name) => wanted(name, word))) continue;
    throw new UserError(
      `--only is "${word}"; there is no such notebook, choose one of ${names.join(', ')}`,
      { code: 'BAD_VALUE', field: '--only', value: word },
    );
  }
  const chosen =
    only.length === 0 ? names : names.filter((name) => only.some((word) => wanted(name, word)));
  return chosen.map((name) => join(folder, `${name}.ipynb`));
}

/** A notebook for committing: its outputs, without irrelevant differences between runs. */
export function withoutVolatile(notebook: NotebookFile): NotebookFile {
  const cells = notebook.cells.map((cell) => {
    const metadata = { ...cell.metadata };
    delete metadata.execution;
    return { ...cell, metadata };
  });
  return { ...notebook, cells };
}

interface Job extends Required<Pick<RunOptions, 'preset' | 'root' | 'resultsDirectory'>> {
  source: string;
  stream: NodeJS.WriteStream;
  signal: AbortSignal;
}

interface Outcome {
  run: NotebookRun;
  fault: Fault | null;
}

async function runOne(job: Job): Promise<Outcome> {
  const { preset, root, resultsDirectory, source, stream, signal } = job;
  const name = basename(source, '.ipynb');
  const target = join(resultsDirectory, 'notebooks', `${name}.ipynb`);
  const before = readRecord(resultsDirectory, name);
  rmSync(join(resultsDirectory, 'records', `${name}.json`), { force: true });
  const line = progressLine(name, stream);
  const start = performance.now();
  let fault: Fault | null = null;
  let stopped = false;
  try {
    const end = await executeNotebook({
      root,
      source,
      target,
      preset,
      resultsDirectory,
      signal,
      onEvent: (event) => {
        if (event.event === 'error') fault = { ...event, message: withoutStack(event.message) };
        line.event(event);
      },
    });
    stopped = end === 'stopped';
    if (stopped) fault = null;
    else fault ??= findFault(readNotebook(target), name);
  } catch (error) {
    line.finish('failed');
    throw error;
  }
  const status = stopped ? 'stopped' : fault ? 'failed' : 'passed';
  const record = status === 'passed' ? readRecord(resultsDirectory, name) : null;
  if (record) removeStale(resultsDirectory, before, record);
  line.finish(status);
  const run: NotebookRun = {
    name,
    status,
    minutes: Number(((performance.now() - start) / 60000).toFixed(2)),
    finished: new Date().toISOString(),
    commit: probeKit(root).commit,
    config: record?.config ?? null,
    configSha256: record ? configSha256(record.config) : null,
    tables: record?.tables ?? [],
    figures: record?.figures ?? [],
    data: record?.data ?? [],
    trainings: record?.trainings ?? [],
  };
  return { run, fault };
}

/**
 * Run notebooks in order into `results/<preset>`: `notebooks/` (executed), `tables/`, `figures/`, `records/`,
 * `manifest.json`, `report.html` and `ro-crate-metadata.json`. The first failing notebook ends it, and so does Ctrl-C, with exit code 130;
 * manifest and report then say so.
 * @throws UserError with the notebook's name, the cell and the error; before anything is run, for an unknown preset
 * or notebook, or if another run has the folder.
 */
export async function runNotebooks(options: RunOptions): Promise<void> {
  const root = options.root ?? findKitRoot(__dirname);
  const config = buildConfig(options.preset);
  const folder = options.notebookDirectory ?? join(root, 'notebooks');
  const resultsDirectory = options.resultsDirectory ?? join(root, 'results', config.preset);
  const stream = options.stream ?? (options.json ? process.stderr : process.stdout);
  const told = reportTo(options);
  const sources = listNotebooks(folder, options.only ?? withinMinutes(options, told));
  const release = await takeLock(resultsDirectory);
  try {
    const { save } = options;
    await runAll({ config, root, folder, resultsDirectory, stream, sources, save, told });
  } finally {
    release();
  }
}

/** @throws UserError beside `--only` or another preset than `quick`, whose minutes are recorded */
function withinMinutes({ minutes, preset }: RunOptions, told: Report): string[] | undefined {
  if (minutes === undefined) return undefined;
  const recorded = readRecordedRun();
  if (preset !== 'quick' || !recorded) {
    throw new UserError(
      '--minutes needs the recorded run of the preset quick; leave out --preset',
      {
        code: 'USAGE',
        field: '--minutes',
        value: minutes,
      },
    );
  }
  const times = new Map(recorded.notebooks.map((one) => [one.name.slice(0, 2), one.minutes]));
  const { notebooks, claims, ...chosen } = chooseNotebooks(times, minutes);
  told.say(
    `notebooks ${notebooks.join(', ')}: ${chosen.minutes.toFixed(1)} minutes where the run was recorded, ${shareText(chosen.share)} of the paper’s weight:`,
  );
  for (const claim of claims) told.say(`  ${claim}`);
  return notebooks;
}

interface AllJobs extends Pick<Job, 'root' | 'resultsDirectory' | 'stream'> {
  config: Config;
  folder: string;
  sources: readonly string[];
  save?: boolean;
  told: Report;
}

async function runAll(all: AllJobs): Promise<void> {
  const { config, root, folder, resultsDirectory, stream, sources, save, told } = all;
  makeFolder(join(resultsDirectory, 'notebooks'));
  const interrupted = interruption('stopped');
  interrupted.guard();
  const outcomes: Outcome[] = [];
  try {
    for (const source of sources) {
      const job = {
        preset: config.preset,
        root,
        resultsDirectory,
        source,
        stream,
        signal: interrupted.signal,
      };
      outcomes.push(await runOne(job));
      if (outcomes.at(-1)?.fault || interrupted.signal.aborted) break;
    }
  } finally {
    interrupted.release();
  }

  const versions = outcomes
    .map(({ run }) => readRecord(resultsDirectory, run.name)?.versions ?? null)
    .reduce((last, found) => found ?? last, null);
  const manifest = buildManifest({
    kit: probeKit(root),
    versions,
    hardware: probeHardware(),
    config,
    runs: outcomes.map(({ run }) => run),
    previous: readManifest(resultsDirectory),
  });
  writeFileAtomic(
    join(resultsDirectory, 'manifest.json'),
    JSON.stringify(manifest, null, 1) + '\n',
  );
  const report = writeReport(resultsDirectory, manifest);
  writeCrate(resultsDirectory, manifest, root);

  const outcome = { preset: config.preset, report, notebooks: outcomes.map(({ run }) => run) };
  const failed = outcomes.find(({ fault }) => fault);
  if (failed?.fault) {
    const { cell, of, message } = failed.fault;
    throw new UserError(`notebook ${failed.run.name}, cell ${cell} of ${of}: ${message}`, {
      code: 'PROCESS',
      file: `${failed.run.name}.ipynb`,
      field: `cell ${cell}`,
    });
  }
  if (interrupted.signal.aborted) {
    interrupted.setExitCode();
    return told.result(
      { ...outcome, stopped: true },
      'stopped; finished notebooks keep their results, and the next start resumes',
    );
  }
  if (save) {
    for (const { run } of outcomes) {
      const executed = readNotebook(join(resultsDirectory, 'notebooks', `${run.name}.ipynb`));
      writeFileAtomic(join(folder, `${run.name}.ipynb`), notebookJson(withoutVolatile(executed)));
    }
  }
  stream.write(`report: ${relative(process.cwd(), report) || report}\n`);
  const comparison = compareRun(resultsDirectory, manifest, readRecordedRun());
  if (!comparison || comparison.tables.length === 0) return told.result(outcome);
  writeFileAtomic(
    join(resultsDirectory, 'comparison.json'),
    `${JSON.stringify(comparison, null, 1)}\n`,
  );
  stream.write(`${comparisonLines(comparison).join('\n')}\n`);
  told.result({ ...outcome, comparison });
  if (!comparison.passed) process.exitCode = 1;
}
