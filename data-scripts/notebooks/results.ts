/** The content of a results folder: reading it for the report, and removing outdated files. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import { readJson, sha256, writeFileAtomic } from '@mckd/lib/base';
import {
  isCrateFile,
  readCitation,
  reportHtml,
  RO_CRATE_FILE,
  roCrate,
  type Figure,
  type Manifest,
  type NotebookRecord,
  type ReportSection,
  type Table,
} from '@mckd/lib/report';
import { joined, type NotebookFile } from './faults';

/** Figures with many images are long. */
const MOST_BYTES = 256_000_000;

/** @throws UserError naming the file, if it is broken or missing */
function readOwn<T>(file: string): T {
  const fix = 'run the notebook again';
  return readJson(file, { fix, mostBytes: MOST_BYTES }) as T;
}

/** Read a notebook file. */
export function readNotebook(file: string): NotebookFile {
  return readOwn<NotebookFile>(file);
}

/** A saved table. */
export function readTable(folder: string, name: string): Table {
  return readOwn<Table>(join(folder, 'tables', `${name}.json`));
}

/** The record of the finished notebook `name`, or null. */
export function readRecord(folder: string, name: string): NotebookRecord | null {
  const file = join(folder, 'records', `${name}.json`);
  return existsSync(file) ? readOwn<NotebookRecord>(file) : null;
}

/** The manifest of the folder, or undefined. */
export function readManifest(folder: string): Manifest | undefined {
  const file = join(folder, 'manifest.json');
  return existsSync(file) ? readOwn<Manifest>(file) : undefined;
}

const TABLE_ENDINGS = ['json', 'csv', 'md', 'html', 'tex'];
const FIGURE_ENDINGS = ['json', 'svg'];

/** Remove the tables and figures that an earlier run of a notebook saved and the new one did not. */
export function removeStale(
  folder: string,
  before: NotebookRecord | null,
  after: NotebookRecord,
): void {
  const remove = (kind: string, name: string, endings: string[]): void => {
    for (const ending of endings) rmSync(join(folder, kind, `${name}.${ending}`), { force: true });
  };
  for (const name of before?.tables ?? []) {
    if (!after.tables.includes(name)) remove('tables', name, TABLE_ENDINGS);
  }
  for (const name of before?.figures ?? []) {
    if (!after.figures.includes(name)) remove('figures', name, FIGURE_ENDINGS);
  }
}

/** The first heading of a notebook, or its name. */
function titleOf(folder: string, name: string): string {
  const file = join(folder, 'notebooks', `${name}.ipynb`);
  if (!existsSync(file)) return name;
  const texts = readNotebook(file).cells.filter((cell) => cell.cell_type === 'markdown');
  const heading = texts.map((cell) => /^#\s+(.+)$/m.exec(joined(cell.source))?.[1]).find(Boolean);
  return heading ? heading.replace(/[*_`]/g, '').trim() : name;
}

/** One section per notebook with a record, in the order of their names. */
function readSections(folder: string): ReportSection[] {
  const records = join(folder, 'records');
  if (!existsSync(records)) return [];
  return readdirSync(records)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => readOwn<NotebookRecord>(join(records, file)))
    .map((record) => ({
      name: record.name,
      title: titleOf(folder, record.name),
      tables: record.tables.map((name) => readTable(folder, name)),
      figures: record.figures.map((name) => ({
        name,
        figure: readOwn<Figure>(join(folder, 'figures', `${name}.json`)),
      })),
    }));
}

/** Write `report.html` from the folder's content; returns its path. */
export function writeReport(folder: string, manifest: Manifest): string {
  const plotly = createRequire(__filename).resolve('plotly.js/dist/plotly-cartesian.min.js');
  const html = reportHtml({
    title: `MCKD: results of the preset ${manifest.preset}`,
    manifest,
    sections: readSections(folder),
    plotly: readFileSync(plotly, 'utf8'),
  });
  const file = join(folder, 'report.html');
  writeFileAtomic(file, html);
  return file;
}

/**
 * Write `ro-crate-metadata.json`, which describes tables, figures, notebooks and manifest of the folder to other
 * programs (RO-Crate 1.1).
 * @param root the kit's, for its CITATION.cff
 */
export function writeCrate(folder: string, manifest: Manifest, root: string): void {
  const files = (readdirSync(folder, { recursive: true }) as string[])
    .map((file) => file.split(sep).join('/'))
    .filter(isCrateFile)
    .sort()
    .map((path) => {
      const content = readFileSync(join(folder, path));
      return { path, bytes: content.length, sha256: sha256(content) };
    });
  const crate = roCrate({ manifest, citation: readCitation(join(root, 'CITATION.cff')), files });
  writeFileAtomic(join(folder, RO_CRATE_FILE), `${JSON.stringify(crate, null, 1)}\n`);
}
