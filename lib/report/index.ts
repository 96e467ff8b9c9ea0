/** Tables, figures, notebooks, manifests, pages. */
export { readCitation, type Citation } from './citation';
export { curvesFigure } from './figures/curves';
export {
  confusionFigure,
  imageGridFigure,
  type ConfusionOptions,
  type ImageGridOptions,
} from './figures/grids';
export type { Picture } from './figures/picture';
export { figureToPng, isOfPictures, type StillPng } from './figures/png';
export { figureToSvg, type StillOptions } from './figures/svg';
export type {
  Annotation,
  Axis,
  BarTrace,
  ColourScale,
  ErrorBar,
  Figure,
  Font,
  HeatmapTrace,
  ImageTrace,
  Layout,
  Line,
  ScatterTrace,
  Shape,
  Trace,
} from './figures/types';
export { reportHtml, type ReportOptions, type ReportSection } from './html-report';
export {
  buildManifest,
  configSha256,
  type DataRecord,
  type Manifest,
  type ManifestFacts,
  type NotebookRun,
  type TrainingRecord,
} from './manifest';
export {
  finalMarker,
  findKitRoot,
  saveTable,
  startNotebook,
  type Check,
  type NotebookRecord,
} from './notebook';
export {
  describeHardware,
  probeHardware,
  probeKit,
  probeOrigin,
  type Hardware,
  type KitState,
  type Origin,
  type Versions,
} from './origin';
export {
  isCrateFile,
  RO_CRATE_FILE,
  roCrate,
  type CrateEntity,
  type CrateFacts,
  type CrateFile,
  type RoCrate,
} from './ro-crate';
export {
  ALLOWED_SPREADS,
  compareWithReference,
  readRecordedRun,
  referenceTables,
  type MadeBy,
  type RecordedRun,
  type ReferenceTable,
  type TableComparison,
} from './reference';
export { tableToHtml } from './tables/html';
export { tableToCsv, tableToMarkdown } from './tables/text';
export type { DifferenceCell, Mark, MeanCell, PublishedCell, Row, Table } from './tables/types';
export { viewerPage, type ViewerPageOptions } from './viewer/page';
export {
  readViewerData,
  type ViewerData,
  type ViewerOptions,
  type ViewerVolume,
} from './viewer/volumes';
export {
  figureBundle,
  PLOTLY_MIME,
  tableBundle,
  type FigureBundle,
  type LiveFigure,
  type MimeBundle,
} from './display';
export type { AxisOptions } from './figures/theme';
export type { LabelColour, Overlay } from './figures/overlay';
