import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bestRows,
  cellText,
  differenceTo,
  meanCell,
  tableNotes,
  tableToCsv,
  tableToHtml,
  tableToLatex,
  tableToLatexOutput,
  tableToMarkdown,
  type Cell,
  type PublishedCell,
  type Table,
} from './index';
import { fromFrame, toFrame } from './frame';
import { pairedVerdict } from '../../base/statistics';

const printed: PublishedCell = { value: 94.22, source: 'a page', mark: 'S' };
const unknown: PublishedCell = { value: null, source: 'the paper', mark: 'not verified' };
const ours = meanCell([93, 94, 96]);

function sample(): Table {
  return {
    name: 'accuracy',
    title: 'Accuracy & more',
    caption: 'Test: <450> pairs, 5 % kept_back.',
    columns: [
      { key: 'rate', title: 'rate' },
      { key: 'printed', title: 'MCKD', group: 'published', best: 'highest' },
      { key: 'ours', title: 'MCKD', group: 'ours', best: 'highest' },
      { key: 'difference', title: 'ours − published', group: 'difference' },
    ],
    rows: [
      { rate: '5 %', printed: unknown, ours, difference: differenceTo(ours, unknown) },
      { rate: '10 % | "x"', printed, ours: 94.222, difference: differenceTo(94.222, printed) },
      { rate: 'a, b', printed: null, ours: { mean: 94.218, n: 1 }, difference: null },
    ],
  };
}

test('mean and sample standard deviation', () => {
  assert.equal(ours.n, 3);
  assert.ok(Math.abs(ours.mean - 94.3333333) < 1e-6);
  // numpy.std([93, 94, 96], ddof=1) = 1.5275252
  assert.ok(Math.abs((ours.sd ?? 0) - 1.5275252) < 1e-6);
  assert.deepEqual(meanCell([7]), { mean: 7, sd: undefined, n: 1 });
});

test('a difference needs a number on both sides', () => {
  assert.equal(differenceTo(ours, unknown), null);
  assert.equal(differenceTo(NaN, printed), null);
  assert.ok(Math.abs((differenceTo(95, printed)?.difference ?? 0) - 0.78) < 1e-9);
});

test('a number that is not finite is in no table: an error names the cell', () => {
  const renderers = [tableToCsv, tableToHtml, tableToLatex, tableToMarkdown, toFrame];
  const cells = [
    NaN,
    meanCell([1, Infinity]),
    { difference: NaN },
    { kind: 'open', difference: 1, interval: [-Infinity, 1] } as const,
  ];
  for (const cell of cells) {
    const table = sample();
    table.rows[1].ours = cell;
    for (const render of renderers) {
      assert.throws(
        () => render(table),
        /table accuracy: the cell "ours: MCKD" of row 2 \("10 % \| "x""\) is (NaN|-?Infinity) and/,
      );
    }
  }
});

test('cells as text', () => {
  const column = { key: 'k', title: 't' };
  assert.equal(cellText(ours, column), '94.33 ± 1.53');
  assert.equal(cellText({ mean: 94.2, n: 1 }, column), '94.20');
  assert.equal(cellText(printed, column), '94.22 [S]');
  assert.equal(cellText(-0.001, column), '0.00');
  assert.equal(cellText(-1.5, { ...column, digits: 1 }), '−1.5');
  assert.equal(
    cellText({ kind: 'open', difference: 0.5, interval: [-0.25, 1.25] }, column),
    '+0.50 [−0.25, +1.25]',
  );
  assert.equal(
    cellText({ kind: 'worse', difference: -0.5, interval: [-0.75, -0.25] }, column),
    '−0.50 [−0.75, −0.25] *',
  );
  assert.equal(cellText({ difference: 0.0001 }, column), '0.00');
  assert.equal(cellText(null, column), '');
});

test('verdicts: notes explain the mark, and say that one seed is no evidence', () => {
  const of = (...verdicts: Cell[]): Table => ({
    ...sample(),
    columns: [{ key: 'd', title: 'difference' }],
    rows: verdicts.map((d) => ({ d })),
  });
  const one = of(pairedVerdict([2], [1]));
  assert.deepEqual(tableNotes(one), ['One seed: differences, not evidence.']);
  assert.match(tableToMarkdown(one), /\| \+1\.00 \|[^]*One seed: differences, not evidence\./);
  const several = of(pairedVerdict([2, 2.001], [1, 1]), pairedVerdict([2, 2], [1, 1]));
  assert.match(tableNotes(several).join(' '), /^\*: .* does not hold 0\. .*same for every seed\.$/);
  const [head, better, same] = tableToCsv(several).split('\r\n');
  assert.equal(head, 'difference,difference low,difference high,difference verdict');
  assert.match(better, /^1\.00\d*,0\.99\d*,1\.00\d*,better$/);
  assert.equal(same, '1,,,untested');
});

test('the best of each row among some columns is bold', () => {
  const cell = (value: number): PublishedCell => ({ value, source: 's', mark: 'V1' });
  const table: Table = {
    ...sample(),
    columns: ['a', 'b', 'c', 'ours'].map((key) => ({ key, title: key })),
    rows: [
      { a: cell(1), b: cell(3), c: unknown, ours: 9 },
      { a: cell(2.001), b: unknown, c: cell(2.002), ours: 1 },
      { a: unknown, b: unknown, c: unknown, ours: 5 },
    ],
    bestInRow: [{ columns: ['a', 'b', 'c'], best: 'highest' }],
  };
  const bold = (one: Table): number[][] => one.columns.map((column) => [...bestRows(one, column)]);
  assert.deepEqual(bold(table), [[1], [0], [1], []]);
  assert.deepEqual(bold({ ...table, notCompared: [1] }), [[], [0], [], []]);
  const lowest: Table = { ...table, bestInRow: [{ columns: ['a', 'b', 'c'], best: 'lowest' }] };
  assert.deepEqual(bold(lowest), [[0, 1], [], [1], []]);
  assert.match(
    tableToMarkdown(table),
    /\| 1\.00 \\\[V1\\\] \| \*\*3\.00 \\\[V1\\\]\*\* \| not verified \| 9\.00 \|/,
  );
});

test('an unverified cell never shows a number, whatever its value', () => {
  const wrong: PublishedCell = { value: 12.34, source: 's', mark: 'not verified' };
  const table: Table = {
    ...sample(),
    rows: [{ rate: '5 %', printed: wrong, ours: 1, difference: differenceTo(ours, wrong) }],
  };
  for (const text of [
    tableToHtml(table),
    tableToMarkdown(table),
    tableToLatex(table),
    tableToCsv(table),
  ]) {
    assert.ok(!text.includes('12.34'), text);
    assert.ok(text.includes('not verified'), text);
  }
});

test('the best of a column as printed: equal printed numbers are all best, left-out rows are not', () => {
  const table = sample();
  assert.deepEqual([...bestRows(table, table.columns[2])], [0]);
  assert.deepEqual([...bestRows({ ...table, notCompared: [0] }, table.columns[2])], [1, 2]);
  assert.deepEqual([...bestRows(table, { ...table.columns[2], best: 'lowest' })], [1, 2]);
  assert.deepEqual([...bestRows(table, table.columns[1])], [1]);
  assert.deepEqual([...bestRows(table, table.columns[0])], []);
});

test('HTML: escaped, grouped, with source, mark, bold and notes', () => {
  const html = tableToHtml(sample());
  assert.ok(html.includes('Accuracy &amp; more'));
  assert.ok(html.includes('&lt;450&gt;'));
  assert.ok(html.includes('10 % | &quot;x&quot;'));
  assert.ok(html.includes('<th colspan="1" style="text-align:center">published</th>'));
  assert.ok(html.includes('<span title="a page [S]">94.22&nbsp;<sup>S</sup></span>'));
  assert.ok(html.includes('<strong>94.33&nbsp;±&nbsp;1.53</strong>'));
  assert.ok(html.includes('secondary: quoted by another page'));
  assert.ok(html.includes('Sources: a page.'));
  assert.ok(html.includes('over 3 runs') || html.includes('over 1 or 3 runs'));
});

test('Markdown: one line per row, pipes escaped', () => {
  const lines = tableToMarkdown(sample()).split('\n');
  const rows = lines.filter((line) => line.startsWith('|'));
  assert.equal(rows.length, 5);
  for (const row of rows) assert.equal(row.replace(/\\\|/g, '').split('|').length, 6, row);
  assert.equal(rows[0], '| rate | published: MCKD | ours: MCKD | difference: ours − published |');
  assert.ok(rows[2].includes('**94.33 ± 1.53**'));
});

test('LaTeX: booktabs, escapes, groups', () => {
  const tex = tableToLatex(sample());
  for (const part of [
    '\\toprule',
    '\\midrule',
    '\\bottomrule',
    '\\label{tab:accuracy}',
    '\\begin{tabular}{lrrr}',
    '\\cmidrule(lr){2-2}',
    '5 \\%',
    'kept\\_back',
    '\\textless{}450\\textgreater{}',
    'Accuracy \\& more',
    '\\textbf{94.33 $\\pm$ 1.53}',
    '94.22\\textsuperscript{S}',
    '\\textit{not verified}',
  ]) {
    assert.ok(tex.includes(part), `${part} in ${tex}`);
  }
  const body = tex.split('\n').filter((line) => line.endsWith('\\\\'));
  for (const line of body) assert.equal(line.replace(/\\&/g, '').split('&').length, 4, line);
});

test('LaTeX where it stands: the same rows in a box no larger than the page, title and caption around it', () => {
  const [whole, output] = [tableToLatex(sample()), tableToLatexOutput(sample())];
  const rows = (tex: string): string =>
    tex.slice(tex.indexOf('\\begin{tabular}'), tex.indexOf('\\end{tabular}'));
  assert.equal(rows(output), rows(whole));
  const [title, box, caption] = output.split(/(?=\\noindent)/).slice(-3);
  assert.ok(title.includes('\\textbf{Accuracy \\& more}'), title);
  assert.ok(box.startsWith('\\noindent\\adjustbox{max width=\\linewidth'), box);
  assert.ok(caption.includes('secondary: quoted by another page'), caption);
  for (const floating of ['\\begin{table}', '\\caption', '\\label'])
    assert.ok(!output.includes(floating), floating);
});

test('CSV: unrounded, quoted, spread and marks in columns of their own', () => {
  const [head, first, second, third] = tableToCsv(sample()).split('\r\n');
  assert.equal(
    head,
    'rate,published: MCKD,published: MCKD mark,published: MCKD source,ours: MCKD,ours: MCKD sd,ours: MCKD runs,difference: ours − published',
  );
  assert.ok(first.startsWith('5 %,,not verified,the paper,94.33333333333333,1.5275'));
  assert.ok(second.startsWith('"10 % | ""x""",94.22,S,a page,94.222,,,'));
  assert.ok(third.startsWith('"a, b",,,,94.218,,1,'));
});

test('danfojs frames: out and in', () => {
  const frame = toFrame(sample());
  assert.deepEqual(frame.shape, [3, 8]);
  const back = fromFrame(frame, { name: 'back', title: 'back', caption: '' });
  assert.equal(back.rows[1]['published: MCKD'], 94.22);
  assert.equal(back.rows[0]['published: MCKD'], null);
  assert.equal(back.rows[0]['published: MCKD mark'], 'not verified');
  assert.equal(back.columns.length, 8);
});
