/**
 * Tables of the kit and their renderers to HTML, Markdown, LaTeX and CSV; `frame.ts` has danfojs'. By hand: one model with
 * groups, marks and the best of a column for all formats, which no package has.
 */
export * from './types';
export {
  bestRows,
  cellText,
  cellValue,
  differenceText,
  differenceTo,
  errorBars,
  meanCell,
  tableNotes,
} from './format';
export { requireFiniteCells } from './finite';
export { escapeHtml, tableToHtml } from './html';
export { tableToCsv, tableToMarkdown, tableToRecords } from './text';
export { escapeLatex, tableToLatex, tableToLatexOutput } from './latex';
