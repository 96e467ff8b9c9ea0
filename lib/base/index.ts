/** What everything stands on: errors, files, JSON, locks, random streams, modalities, statistics, the machine. */
export { defaultCacheDirectory } from './cache';
export { startChild } from './child';
export { UserError } from './errors';
export { readJson } from './json';
export { takeLock } from './lock';
export { usableCores } from './machine';
export {
  MODALITIES,
  MODALITY_NAMES,
  MODALITY_SUBSETS,
  subsetName,
  type Modality,
} from './modality';
export { randomStream, type RandomStream } from './random';
export { sha256 } from './sha256';
export { KIT_ROOT, shippedFile } from './shipped-file';
export { mean, quantile } from './statistics';
export { tryPlace } from './try-place';
export { someOf } from './words';
export { makeFolder, naming, writeFileWhole } from './write-file';
