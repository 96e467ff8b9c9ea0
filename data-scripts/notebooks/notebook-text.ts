/**
 * Notebooks as text: `notebooks/NN-name.ts` (jupytext's percent format) beside `NN-name.ipynb`. The text is
 * edited, reviewed and type-checked; the notebook adds the outputs. Solutions of exercises are in the text only, and are
 * made to notebooks of their own.
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { UserError, writeFileAtomic } from '@mckd/lib/base';
import { findKitRoot } from '@mckd/lib/report';
import { environmentPython } from './execute';
import { joined, type NotebookCell, type NotebookFile } from './faults';
import { notebookJson } from './notebook-json';
import { readNotebook } from './results';
import { solutionsText, withoutSolutions, withSolutionsOf } from './solutions';

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
    const copies = notebooks.map((_, i) => join(folder, `${i}.ipynb`));
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

/** A notebook to be made, and the text that it is made of. */
interface Made {
  target: string;
  text: string;
}

/** The notebook of a text, and the one with its solutions if it has any. */
function madeOf(folder: string, name: string): Made[] {
  const text = readFileSync(join(folder, `${name}.ts`), 'utf8');
  const solutions = solutionsText(text, name);
  const own = { target: join(folder, `${name}.ipynb`), text: withoutSolutions(text) };
  if (solutions === undefined) return [own];
  return [own, { target: join(folder, SOLUTIONS, `${name}.ipynb`), text: solutions }];
}

/** The folder of solutions in that of notebooks. */
const SOLUTIONS = 'solutions';

/**
 * Make or refresh the notebooks from their texts, and `solutions/NN-name.ipynb` of those with solutions; cells that did
 * not change keep their outputs.
 * @returns the files of notebooks
 */
export function notebooksFromText(options: TextOptions = {}): string[] {
  const { root, folder } = place(options);
  const all = names(folder, '.ts', options.only).flatMap((name) => madeOf(folder, name));
  const work = mkdtempSync(join(tmpdir(), 'mckd-notebooks-'));
  try {
    const copies = all.map(({ target, text }, i) => {
      mkdirSync(join(work, String(i)));
      const copy = join(work, String(i), basename(target));
      if (existsSync(target)) copyFileSync(target, copy);
      writeFileSync(copy.replace(/ipynb$/, 'ts'), text);
      return copy;
    });
    const made = ['--quiet', '--to', 'ipynb', '--update', '--set-kernel', 'tslab'];
    jupytext(root, [...made, ...copies.map((copy) => copy.replace(/ipynb$/, 'ts'))]);
    return all.map(({ target }, i) => {
      const before = existsSync(target) ? readNotebook(target).cells : [];
      writeFileAtomic(target, notebookJson(withoutOld(readNotebook(copies[i]), before)));
      return target;
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Without the outputs of code that is new: jupytext also keeps those of cells that are only similar. */
function withoutOld(notebook: NotebookFile, before: readonly NotebookCell[]): NotebookFile {
  const known = new Set(before.map(({ source }) => joined(source)));
  const cells = notebook.cells.map((cell) =>
    cell.cell_type === 'code' && !known.has(joined(cell.source))
      ? { ...cell, outputs: [], execution_count: null }
      : cell,
  );
  return { ...notebook, cells };
}

/**
 * Write the texts of notebooks that were changed in JupyterLab; solutions stay.
 * @throws UserError for a solution whose exercise the notebook no longer has
 */
export function textFromNotebooks(options: TextOptions = {}): string[] {
  const { root, folder } = place(options);
  const all = names(folder, '.ipynb', options.only).map((name) => join(folder, name));
  const texts = textsOf(
    root,
    all.map((file) => `${file}.ipynb`),
  );
  return all.map((file, i) => {
    const target = `${file}.ts`;
    const source = existsSync(target) ? readFileSync(target, 'utf8') : '';
    const { text, lost } = withSolutionsOf(texts[i], source);
    if (lost.length > 0)
      throw new UserError(
        `${target} has a solution of ${lost.join(', ')}, but no cell of the notebook checks it; ` +
          'remove the solution first, or put the exercise back',
        { code: 'MISMATCH', file: target, field: lost[0] },
      );
    writeFileAtomic(target, text);
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
  const made = paired.flatMap((name) => madeOf(folder, name));
  const there = made.filter(({ target }) => existsSync(target));
  const texts = textsOf(
    root,
    there.map(({ target }) => target),
  );
  const missing = all.flatMap((name) => {
    if (!has(name, 'ts')) return [`${name}.ts is missing beside ${name}.ipynb`];
    return has(name, 'ipynb') ? [] : [`${name}.ipynb is missing beside ${name}.ts`];
  });
  const differing = made.flatMap(({ target, text }) => {
    const file = relative(folder, target);
    if (!existsSync(target)) return [`${file} is missing`];
    const found = texts[there.findIndex((one) => one.target === target)].trimEnd();
    const written = text.trimEnd();
    if (written === found) return [];
    const name = basename(target, '.ipynb');
    return [
      `${name}.ts and ${file} differ from line ${firstDifference(written, found)} of the text on`,
    ];
  });
  return [...missing, ...differing];
}
