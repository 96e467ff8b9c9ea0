/**
 * The frame of a notebook: its config, its results folder, what it saves, and an end that can't be reached by
 * mistake. A kernel doesn't report unhandled rejections, so they are caught from the first cell on,
 * printed at once, and thrown by the last one.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { buildConfig, type Config } from '../config';
import { showFigure, showMarkdown, showTable, steadyKernel } from './display';
import { UserError } from '../base/errors';
import { figureToSvg } from './figures/svg';
import type { Figure } from './figures';
import { type DataRecord, type TrainingRecord } from './manifest';
import { minutesSentence } from './notebook-minutes';
import { probeVersions, type Versions } from './origin';
import { sourceOf } from './source';
import { tableToCsv, tableToHtml, tableToLatex, tableToMarkdown, type Table } from './tables';
import { writeFileAtomic } from '../base/atomic-write';

/** A claim that the last cell makes, and whether it holds. */
export interface Check {
  claim: string;
  holds: boolean;
  /** The evidence, such as the measured number. */
  found?: string;
}

/** What a finished notebook writes to `records/<name>.json` for the runner and the report. */
export interface NotebookRecord {
  name: string;
  config: Config;
  tables: string[];
  figures: string[];
  data: DataRecord[];
  trainings: TrainingRecord[];
  checks: Check[];
  versions: Versions | null;
}

export interface Notebook {
  name: string;
  config: Config;
  resultsDirectory: string;
  /**
   * Show a table or a figure, and save it under its name: tables/<name>.{json,csv,md,html,tex} or
   * figures/<name>.{json,svg}.
   * @throws UserError where it has no name, or one that is no file name
   */
  show(shown: Table | Figure): void;
  /**
   * Show a function of the kit as it is shipped: doc comment and body, such as `book.showSource(mckd.fillMissing)`.
   * @throws UserError for anything else
   */
  showSource(of: (...args: never[]) => unknown): void;
  /** Add a data set to the manifest. */
  recordData(data: DataRecord): void;
  /** Add trained networks to the manifest, once each. */
  recordTrainings(trainings: readonly TrainingRecord[]): void;
}

/** The marker that the runner expects in the output of the last cell. */
export function finalMarker(name: string): string {
  return `MCKD NOTEBOOK COMPLETE ${name}`;
}

interface State {
  notebook: Notebook;
  record: NotebookRecord;
}

let current: State | null = null;
let caught: unknown[] = [];
let listening = false;

/** Printed at once, also for a student who stops before the last cell. */
function noteError(error: unknown): void {
  caught.push(error);
  const known = error instanceof UserError;
  console.error(known ? error.message : ((error as Error | undefined)?.stack ?? String(error)));
}

function listen(): void {
  caught = [];
  if (listening) return;
  listening = true;
  process.on('unhandledRejection', noteError);
  process.on('uncaughtException', noteError);
}

/** The notebook that is under way, where this is its config. */
export function notebookOf(config: Config): Notebook | undefined {
  return current?.notebook.config === config ? current.notebook : undefined;
}

/** Where the results of a config go: MCKD_RESULTS (default `results/<preset>` of the kit). */
export function resultsDirectoryOf({ preset }: Config): string {
  return resolve(process.env.MCKD_RESULTS || join(findKitRoot(), 'results', preset));
}

/** The kit's root: the nearest parent of `from` whose package.json is the kit's. */
export function findKitRoot(from: string = process.cwd()): string {
  for (let at = resolve(from); ; at = dirname(at)) {
    const file = join(at, 'package.json');
    if (
      existsSync(file) &&
      (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'mckd-kit'
    ) {
      return at;
    }
    if (dirname(at) === at) {
      throw new UserError(
        `no mckd-kit is found in or above ${from}; start from a folder inside the kit`,
        { code: 'MISSING', file: from },
      );
    }
  }
}

function safeName(name: string, field: string): string {
  if (/^[a-z0-9][a-z0-9-]*$/.test(name)) return name;
  throw new UserError(`${field} is "${name}"; use lower case letters, digits and hyphens`, {
    code: 'BAD_VALUE',
    field,
    value: name,
  });
}

/**
 * Start a notebook: the config of the preset in MCKD_PRESET (default `quick`) with `overrides` applied, and the
 * results folder in MCKD_RESULTS (default `results/<preset>` of the kit). Shows how long the notebook took when it was recorded.
 * @throws UserError for an unknown preset or a wrong override.
 */
export function startNotebook(name: string, overrides: unknown = {}): Notebook {
  safeName(name, 'notebook name');
  const config = buildConfig(process.env.MCKD_PRESET || 'quick', overrides);
  const resultsDirectory = resultsDirectoryOf(config);
  const record: NotebookRecord = {
    name,
    config,
    tables: [],
    figures: [],
    data: [],
    trainings: [],
    checks: [],
    versions: null,
  };
  const notebook: Notebook = {
    name,
    config,
    resultsDirectory,
    show: (shown) => {
      const isTable = 'columns' in shown;
      const saved = isTable ? record.tables : record.figures;
      if (isTable) showTable(shown);
      else showFigure(shown);
      const name = isTable
        ? saveTable(resultsDirectory, shown)
        : saveFigure(resultsDirectory, shown);
      if (!saved.includes(name)) saved.push(name);
    },
    showSource: (of) => {
      const { file, line, text } = sourceOf(of);
      showMarkdown(`\`${file}\`, line ${line}:\n\n\`\`\`ts\n${text}\n\`\`\``);
    },
    recordTrainings: (trainings) => {
      const others = record.trainings.filter(
        ({ folder }) => !trainings.some((one) => one.folder === folder),
      );
      record.trainings = [...others, ...trainings];
    },
    recordData: (data) => {
      record.data = [...record.data.filter((one) => one.name !== data.name), data];
    },
  };
  listen();
  steadyKernel();
  current = { notebook, record };
  const time = minutesSentence(name);
  if (time) showMarkdown(time);
  return notebook;
}

/**
 * Write a table in every format into `<folder>/tables`.
 * @returns its name
 */
export function saveTable(folder: string, table: Table): string {
  const base = join(folder, 'tables', safeName(table.name, 'table name'));
  writeFileAtomic(`${base}.csv`, tableToCsv(table));
  writeFileAtomic(`${base}.md`, tableToMarkdown(table));
  writeFileAtomic(`${base}.html`, tableToHtml(table));
  writeFileAtomic(`${base}.tex`, tableToLatex(table));
  writeFileAtomic(`${base}.json`, JSON.stringify(table, null, 1) + '\n');
  return table.name;
}

/**
 * Write a figure as plotly JSON and as a static SVG into `<folder>/figures`.
 * @returns its name
 */
function saveFigure(folder: string, { name = '', data, layout }: Figure): string {
  const base = join(folder, 'figures', safeName(name, 'figure name'));
  writeFileAtomic(`${base}.svg`, figureToSvg({ data, layout }));
  writeFileAtomic(`${base}.json`, JSON.stringify({ data, layout }) + '\n');
  return name;
}

function checkTable(checks: readonly Check[]): Table {
  return {
    name: 'checks',
    title: 'Checks',
    caption: '',
    columns: [
      { key: 'holds', title: 'holds' },
      { key: 'claim', title: 'claim' },
      { key: 'found', title: 'found' },
    ],
    rows: checks.map(({ claim, holds, found = '' }) => ({
      holds: holds ? 'yes' : 'NO',
      claim,
      found,
    })),
  };
}

/**
 * End a notebook: show the checks, throw if one fails or if a promise was rejected unnoticed, else write
 * `records/<name>.json` and print the marker without which the runner fails. Call it with `await`, in the last cell.
 */
export async function finishNotebook(checks: readonly Check[] = []): Promise<void> {
  if (!current) throw new Error('finishNotebook() before startNotebook()');
  const { notebook, record } = current;
  // Unhandled rejections are reported after the current turn of the event loop.
  await new Promise((done) => setTimeout(done, 20));
  if (checks.length > 0) showTable(checkTable(checks));
  if (caught.length > 0) throw caught[0];
  const failed = checks.filter((check) => !check.holds);
  if (failed.length > 0)
    throw new Error(`does not hold: ${failed.map((check) => check.claim).join('; ')}`);
  record.checks = [...checks];
  record.versions = probeVersions();
  const file = join(notebook.resultsDirectory, 'records', `${notebook.name}.json`);
  writeFileAtomic(file, JSON.stringify(record, null, 1) + '\n');
  console.log(finalMarker(notebook.name));
}
