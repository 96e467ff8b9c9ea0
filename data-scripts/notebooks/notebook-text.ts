/**
 * Notebooks as text: `notebooks/NN-name.ts` (jupytext's percent format) beside `NN-name.ipynb`. The text is
 * edited, reviewed and type-checked; the notebook adds the outputs.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** The percent text of a notebook file, without its metadata. */
function textOf(root: string, notebook: string): string {
  const filter = ['--opt', 'notebook_metadata_filter=-all'];
  const text = jupytext(root, ['--quiet', '--to', 'ts:percent', ...filter, '-o', '-', notebook]);
  // jupytext adds an encoding line if a text is not ASCII.
  return text.replace(/^\/\/ -\*- coding: utf-8 -\*-\n/, '');
}

/** Make or refresh the notebooks from their texts; cells that did not change keep their outputs. */
export function notebooksFromText(options: TextOptions = {}): string[] {
  const { root, folder } = place(options);
  return names(folder, '.ts', options.only).map((name) => {
    const target = join(folder, `${name}.ipynb`);
    jupytext(root, [
      '--quiet',
      '--to',
      'ipynb',
      '--update',
      '--set-kernel',
      'tslab',
      join(folder, `${name}.ts`),
    ]);
    writeFileAtomic(target, notebookJson(readNotebook(target)));
    return target;
  });
}

/** Write the texts of notebooks that were changed in JupyterLab. */
export function textFromNotebooks(options: TextOptions = {}): string[] {
  const { root, folder } = place(options);
  return names(folder, '.ipynb', options.only).map((name) => {
    const target = join(folder, `${name}.ts`);
    writeFileAtomic(target, textOf(root, join(folder, `${name}.ipynb`)));
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
  return all.flatMap((name) => {
    const [text, notebook] = [join(folder, `${name}.ts`), join(folder, `${name}.ipynb`)];
    if (!existsSync(text)) return [`${name}.ts is missing beside ${name}.ipynb`];
    if (!existsSync(notebook)) return [`${name}.ipynb is missing beside ${name}.ts`];
    const [written, made] = [
      readFileSync(text, 'utf8').trimEnd(),
      textOf(root, notebook).trimEnd(),
    ];
    if (written === made) return [];
    return [
      `${name}.ts and ${name}.ipynb differ from line ${firstDifference(written, made)} of the text on`,
    ];
  });
}
