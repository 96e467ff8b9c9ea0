/** Tables of the kit and their renderers to HTML, Markdown, LaTeX, CSV and danfojs. */
export * from './tables/types';
export {
  bestRows,
  cellText,
  cellValue,
  differenceText,
  differenceTo,
  errorBars,
  meanCell,
  tableNotes,
} from './tables/format';
export { requireFiniteCells } from './tables/finite';
export { escapeHtml, tableToHtml } from './tables/html';
export { tableToCsv, tableToMarkdown, tableToRecords } from './tables/text';
export { escapeLatex, tableToLatex } from './tables/latex';
export { fromFrame, toFrame } from './tables/frame';
export type { FrameOptions } from './tables/frame';
