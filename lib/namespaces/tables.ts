/** Tables of one's own numbers, as text and as danfojs frames. */
export { fromFrame, toFrame, type FrameOptions } from '../report/tables/frame';
export { tableToCsv as toCsv, tableToMarkdown as toMarkdown } from '../report/tables/text';
export {
  readingPathsTable as readingPaths,
  type NotebookMinutes,
} from '../report/notebook-minutes';
export { versionsTable as versions } from '../report/versions-table';
export type { Cell, Column, Row } from '../report/tables/types';
