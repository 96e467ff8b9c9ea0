/** Tables, figures, notebooks, manifests, pages. */
export { curvesFigure } from './figures/curves';
export { confusionFigure, imageGridFigure } from './figures/grids';
export { figureToSvg } from './figures/svg';
export type { Figure } from './figures/types';
export { reportHtml, type ReportSection } from './html-report';
export { buildManifest, configSha256, type Manifest, type NotebookRun } from './manifest';
export {
  finalMarker,
  findKitRoot,
  saveTable,
  startNotebook,
  type NotebookRecord,
} from './notebook';
export {
  describeHardware,
  probeHardware,
  probeKit,
  probeOrigin,
  type Hardware,
  type Origin,
} from './origin';
export { tableToHtml } from './tables/html';
export { tableToCsv, tableToMarkdown } from './tables/text';
export type { Row, Table } from './tables/types';
export { viewerPage } from './viewer/page';
export { readViewerData, type ViewerOptions } from './viewer/volumes';
