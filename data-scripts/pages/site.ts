/** The sources of the book: copies of the kit's notebooks and pages, in the same folders, with what they link to. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { PLOTLY_MIME, type Figure } from '@mckd/lib/report';
import { joined, type NotebookCell, type NotebookFile } from '../notebooks/faults';
import { readNotebook } from '../notebooks/results';

/** The pages of results, in the order of the contents. */
const RESULTS = ['results', 'claims', 'deviations', 'benchmarks', 'how-a-step-runs', 'reliability'];

interface Stage {
  /** The kit's root. */
  root: string;
  folder: string;
  /** Pages and files that are there, by their path in the kit. */
  done: Set<string>;
}

/** README.md of the kit is the first page. */
const nameOf = (path: string): string => (path === 'README.md' ? 'index.md' : path);

function place(stage: Stage, path: string): string {
  const target = join(stage.folder, nameOf(path));
  mkdirSync(dirname(target), { recursive: true });
  return target;
}

/** Copies a page or a file with everything that it links to; what is there already stays. */
function add(stage: Stage, path: string): void {
  if (stage.done.has(path)) return;
  stage.done.add(path);
  if (path.endsWith('.md')) {
    const text = readFileSync(join(stage.root, path), 'utf8');
    writeFileSync(place(stage, path), withLinks(stage, path, text));
  } else if (path.endsWith('.ipynb')) addNotebook(stage, path);
  else copyFileSync(join(stage.root, path), place(stage, path));
}

/** Targets of links and pictures. */
const LINK = /(!?\[(?:[^\]\\]|\\.)*\])\(([^)\s]+)\)/g;

/** A page's text: links to files of the kit are followed, and those to folders become text. */
function withLinks(stage: Stage, path: string, text: string): string {
  return text.replace(LINK, (whole, label: string, target: string) => {
    if (/^([a-z]+:|#)/.test(target)) return whole;
    const [file, anchor] = target.split('#');
    const found = posix.normalize(posix.join(posix.dirname(path), file));
    const there = join(stage.root, found);
    const isFile = !found.startsWith('..') && existsSync(there) && statSync(there).isFile();
    if (!isFile) return label.slice(1, -1);
    add(stage, found);
    const link = posix.relative(posix.dirname(path), nameOf(found));
    return `${label}(${link}${anchor ? `#${anchor}` : ''})`;
  });
}

function addNotebook(stage: Stage, path: string): void {
  const notebook = readNotebook(join(stage.root, path));
  const solution = isSolution(path);
  const cells = notebook.cells.map((cell) => {
    if (cell.cell_type === 'markdown')
      return { ...cell, source: withLinks(stage, path, joined(cell.source)) };
    // A reader opens a solution after trying.
    const tags = solution ? ['hide-input', 'hide-output'] : [];
    const mystnb = { image: { alt: titlesOf(cell) } };
    return { ...cell, metadata: { ...cell.metadata, tags, mystnb } };
  });
  const made: NotebookFile = { ...notebook, cells };
  writeFileSync(place(stage, path), JSON.stringify(made));
}

/** The titles of a cell's figures, for readers who don't see them. */
function titlesOf({ outputs = [] }: NotebookCell): string {
  const figures = outputs.flatMap(({ data }) => (data?.[PLOTLY_MIME] as Figure | undefined) ?? []);
  return figures.map(({ layout }) => layout.title?.text ?? 'figure').join('; ');
}

const isSolution = (path: string): boolean => path.startsWith('notebooks/solutions/');

function notebooksIn(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder))
    .filter((file) => /^\d\d-.*\.ipynb$/.test(file))
    .sort()
    .map((file) => `${folder}/${file}`);
}

function contents(caption: string, paths: readonly string[]): string {
  if (paths.length === 0) return '';
  const pages = paths.map((path) => path.replace(/\.(md|ipynb)$/, ''));
  return ['', '```{toctree}', `:caption: ${caption}`, ':hidden:', '', ...pages, '```', ''].join(
    '\n',
  );
}

const API_PAGE = `# API

Every function, type and constant of the library has a page of its own, made from its source:

<p><a class="reference external" href="api/index.html">the pages of <code>@mckd/lib</code></a></p>

In a notebook, \`import * as mckd from '@mckd/lib'\` gives all of them: those of the two tasks as \`mckd.brats\` and \`mckd.avmnist\`.
`;

/**
 * Writes the sources of the book.
 * @param root the kit's
 * @param folder is made; it should be empty
 */
export function writeSiteSources(root: string, folder: string): void {
  const stage: Stage = { root, folder, done: new Set() };
  const lessons = notebooksIn(root, 'notebooks');
  const solutions = notebooksIn(root, 'notebooks/solutions');
  const results = RESULTS.map((name) => `lib/recorded/${name}.md`);
  for (const path of ['README.md', ...lessons, ...solutions, ...results]) add(stage, path);
  writeFileSync(join(folder, 'api.md'), API_PAGE);
  const listed = new Set(['README.md', ...lessons, ...solutions, ...results]);
  const others = [...stage.done].filter((path) => path.endsWith('.md') && !listed.has(path)).sort();
  const index = join(folder, 'index.md');
  const parts = [
    contents('Notebooks', lessons),
    contents('Solutions', solutions),
    contents('Results', results),
    contents('Reference', [...others, 'api']),
  ];
  writeFileSync(index, readFileSync(index, 'utf8') + parts.join(''));
}
