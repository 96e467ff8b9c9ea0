/** Used by all rooms: errors, files, JSON, locks, random streams, modalities, statistics, the machine. */
export { defaultCacheDirectory } from './cache';
export { canonical } from './canonical';
export { NUMERICS } from './numerics';
export { startChild, type Child, type Ending } from './child';
export { UserError, type ErrorCode, type UserErrorDetails } from './errors';
export { readJson, type JsonOptions } from './json';
export { takeLock, type Lease, type LockOptions } from './lock';
export { SHARE_OF_MEMORY, usableCores, usableMemory, type Gpu } from './machine';
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
export { mean, quantile, type Interval, type PairedVerdict } from './statistics';
export { tryPlace } from './try-place';
export { someOf } from './words';
export { makeFolder, withFileInError, writeFileAtomic, type WriteOptions } from './atomic-write';
