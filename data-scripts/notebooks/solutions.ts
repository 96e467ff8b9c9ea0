/**
 * Solutions in the text of a notebook: cells with the tag "solution", each behind the cell that asks. The notebook is
 * made without them, and `notebooks/solutions/NN-name.ipynb` of the exercises with them.
 */

const SOLUTION = /^\/\/ %% tags=\["solution"\]\n/;
const MARKDOWN = /^\/\/ %% \[markdown\]\n/;
const CHECK = /\bcheck\(\s*['"`](\d\d\.\d+)['"`]/g;
/** The line of an exercise that waits for an answer. */
const OPEN = /^mckd\.check\('\d\d\.\d+', undefined\);\n/m;

/** The cells of a percent text, each with its first line; joined they are the text. */
function cellsOf(text: string): string[] {
  return text.split(/^(?=\/\/ %%)/m);
}

const isSolution = (cell: string): boolean => SOLUTION.test(cell);

/** The numbers of the exercises that a cell checks, in order. */
export function checkedIn(source: string): string[] {
  return Array.from(source.matchAll(CHECK), ([, id]) => id);
}

const checkedBy = (cell: string): string | undefined => checkedIn(cell).at(0);

/** The text of the notebook that readers get. */
export function withoutSolutions(text: string): string {
  return cellsOf(text)
    .filter((cell) => !isSolution(cell))
    .join('');
}

/**
 * A notebook's text with the solutions of another text behind the cells that ask.
 * @returns the text, and the numbers of exercises that it no longer asks
 */
export function withSolutionsOf(text: string, source: string): { text: string; lost: string[] } {
  const solutions = new Map(
    cellsOf(source)
      .filter(isSolution)
      .map((cell) => [checkedBy(cell) ?? '', `${cell.trimEnd()}\n\n`]),
  );
  const cells = cellsOf(text).map((cell) => {
    const id = MARKDOWN.test(cell) ? undefined : checkedBy(cell);
    const solution = id === undefined ? undefined : solutions.get(id);
    if (id === undefined || solution === undefined) return cell;
    solutions.delete(id);
    return `${cell.trimEnd()}\n\n${solution}`;
  });
  return { text: cells.join(''), lost: [...solutions.keys()] };
}

/** The text of the notebook with the solutions; undefined where there are none. */
export function solutionsText(text: string, name: string): string | undefined {
  const cells = cellsOf(text);
  const solved = cells.flatMap((cell, i) =>
    isSolution(cell)
      ? [`${cells[i - 2]}${answered(cells[i - 1], cell.replace(SOLUTION, '').trimEnd())}\n`]
      : [],
  );
  if (solved.length === 0) return undefined;
  const title = /^\/\/ # (.*)$/m.exec(text)?.[1] ?? name;
  const head =
    `// %% [markdown]\n// # Solutions: ${title}\n` +
    `// One way to answer each exercise of \`notebooks/${name}.ipynb\`. Made from its text by \`npx mckd notebook-text\`.\n\n` +
    `// %%\nimport * as mckd from '@mckd/lib';\n\n`;
  return `${head}${solved.join('\n')}`;
}

/** The cell that asks, with the solution in the place of the open check. */
function answered(cell: string, solution: string): string {
  return `${cell.replace(OPEN, '').trimEnd()}\n${solution}`;
}
