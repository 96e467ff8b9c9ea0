/**
 * Notebooks as text: `notebooks/NN-name.ts` (jupytext's percent format) beside `NN-name.ipynb`. The text is
 * edited, reviewed and type-checked; the notebook adds the outputs.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { UserError, writeFileAtomic } from '@mckd/lib/base';
import { findKitRoot } from '@mckd/lib/report';
import { environmentPython } from './execute';
import { notebookJson } from './notebook-json';
import { readNotebook } from './results';

export interface TextOptions {
  /** Numbers or names such as `06`. Default: all notebooks. */
  only?: string[];
  /** The kit's root. Default: found from this file. */
  root?: string;
  /** The folder of notebooks. Default: `notebooks` of the kit. */
  notebookDirectory?: string;
}

interface Place {
  root: string;
  folder: string;
}

function place({ root = findKitRoot(__dirname), notebookDirectory }: TextOptions): Place {
  return { root, folder: notebookDirectory ?? join(root, 'notebooks') };
}

function jupytext(root: string, args: string[]): string {
  try {
    return execFileSync(environmentPython(root), ['-m', 'jupytext', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new UserError(`jupytext ${args.join(' ')} failed: ${(stderr ?? String(error)).trim()}`, {
      code: 'PROCESS',
    });
  }
}

/** The names of the folder's files `NN-name.<ending>`, narrowed to `only`. */
function names(folder: string, ending: string, only: readonly string[] = []): string[] {
  const found = readdirSync(folder)
    .filter((file) => /^\d\d-/.test(file) && file.endsWith(ending) && !file.endsWith('.d.ts'))
    .map((file) => file.slice(0, -ending.length))
    .sort();
  const chosen = found.filter(
    (name) => only.length === 0 || only.some((word) => name.startsWith(word)),
  );
  if (chosen.length > 0) return chosen;
  throw new UserError(`${folder} has no ${only.join(' or ') || 'NN-name'}${ending}`, {
    code: 'MISSING',
    file: folder,
  });
}

/** The percent texts of notebook files, without their metadata, in order. One process makes all: most of its time is its start. */
function textsOf(root: string, notebooks: readonly string[]): string[] {
  // Without a file, jupytext reads stdin.
  if (notebooks.length === 0) return [];
  const folder = mkdtempSync(join(tmpdir(), 'mckd-text-'));
  try {
    const copies = notebooks.map((file) => join(folder, basename(file)));
    for (const [i, file] of notebooks.entries()) {
      // The text has no outputs.
      const { cells, ...others } = readNotebook(file);
      const bare = cells.map((cell) =>
        cell.cell_type === 'code' ? { ...cell, outputs: [] } : cell,
      );
      writeFileSync(copies[i], JSON.stringify({ ...others, cells: bare }));
    }
    const filter = ['--opt', 'notebook_metadata_filter=-all'];
    jupytext(root, ['--quiet', '--to', 'ts:percent', ...filter, ...copies]);
    return copies.map((copy) =>
      // jupytext adds an encoding line if a text is not ASCII.
      readFileSync(copy.replace(/ipynb$/, 'ts'), 'utf8').replace(
        /^\/\/ -\*- coding: utf-8 -\*-\n/,
        '',
      ),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Make or refresh the notebooks from their texts; cells that did not change keep their outputs. */
export function notebooksFromText(options: TextOptions = {}): string[] {
  const { root, folder } = place(options);
  const all = names(folder, '.ts', options.only).map((name) => join(folder, name));
  const made = ['--quiet', '--to', 'ipynb', '--update', '--set-kernel', 'tslab'];
  jupytext(root, [...made, ...all.map((file) => `${file}.ts`)]);
  return all.map((file) => {
    const target = `${file}.ipynb`;
    writeFileAtomic(target, notebookJson(readNotebook(target)));
    return target;
  });
}

/** Write the texts of notebooks that were changed in JupyterLab. */
export function textFromNotebooks(options: TextOptions = {}): string[] {
  const { root, folder } = place(options);
  const all = names(folder, '.ipynb', options.only).map((name) => join(folder, name));
  const texts = textsOf(
    root,
    all.map((file) => `${file}.ipynb`),
  );
  return all.map((file, i) => {
    const target = `${file}.ts`;
    writeFileAtomic(target, texts[i]);
    return target;
  });
}

function firstDifference(a: string, b: string): number {
  const [left, right] = [a.split('\n'), b.split('\n')];
  return left.findIndex((line, index) => line !== right[index]) + 1 || left.length + 1;
}

/** One sentence for every notebook whose text and cells differ, or whose pair is missing. */
export function outOfStep(options: TextOptions = {}): string[] {
  const { root, folder } = place(options);
  const { only = [] } = options;
  const files = readdirSync(folder).filter(
    (file) =>
      /^\d\d-.*\.(ts|ipynb)$/.test(file) &&
      (only.length === 0 || only.some((word) => file.startsWith(word))),
  );
  const all = [...new Set(files.map((file) => file.replace(/\.(ts|ipynb)$/, '')))].sort();
  const has = (name: string, ending: string): boolean => files.includes(`${name}.${ending}`);
  const paired = all.filter((name) => has(name, 'ts') && has(name, 'ipynb'));
  const texts = textsOf(
    root,
    paired.map((name) => join(folder, `${name}.ipynb`)),
  );
  return all.flatMap((name) => {
    if (!has(name, 'ts')) return [`${name}.ts is missing beside ${name}.ipynb`];
    if (!has(name, 'ipynb')) return [`${name}.ipynb is missing beside ${name}.ts`];
    const written = readFileSync(join(folder, `${name}.ts`), 'utf8').trimEnd();
    const made = texts[paired.indexOf(name)].trimEnd();
    if (written === made) return [];
    return [
      `${name}.ts and ${name}.ipynb differ from line ${firstDifference(written, made)} of the text on`,
    ];
  });
}
