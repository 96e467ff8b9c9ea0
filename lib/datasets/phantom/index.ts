/** Phantoms: synthetic brains with gliomas, used when BraTS is not available. */
export { prepareAnatomy, type Anatomy, type AnatomyMaps } from './anatomy';
export { isPhantomName, makePhantomCase, phantomName, type PhantomCase } from './case';
export { isPhantomSet, readManifest, splitsOf, type PhantomManifest } from './description';
export { gridOfSize, gridOfSpacing, type PhantomGrid } from './grid';
export { loadIcbm152, type Icbm152Options } from './icbm152';
export {
  ensurePhantom,
  makePhantoms,
  type EnsurePhantomOptions,
  type MakePhantomsOptions,
  type PhantomEvent,
} from './make-set';
export { phantomSettings, type PhantomOptions, type PhantomSettings } from './options';
export { type Grade } from './tumour-plan';
