/** A case in a browser. */
export { viewerPage, type ViewerPageOptions } from './page';
export { readViewerData, type ViewerData, type ViewerOptions, type ViewerVolume } from './volumes';
