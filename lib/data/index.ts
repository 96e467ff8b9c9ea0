/** The data sets: what notebooks and commands use of them. */
export {
  keepRecordings,
  loadAvMnist,
  type AvMnist,
  type AvMnistOptions,
  type AvMnistPairs,
} from './avmnist';
export { readArchive } from './archive';
export {
  caseAt,
  caseOfScans,
  collectCases,
  describeLabelCodes,
  EDITIONS,
  findCases,
  LABELS,
  labelsOfRegions,
  missingScans,
  parseLabelCodes,
  readCase,
  readLabelMap,
  regionMasks,
  REGIONS,
  writeSegmentation,
  type BratsCase,
  type CaseChoice,
  type CaseFiles,
  type FindCasesOptions,
  type ImagePlace,
  type LabelCodes,
  type ReadCaseOptions,
  type Region,
} from './brats';
export { defaultCacheDirectory } from './cache';
export { describeVolume, statisticsOf, type Statistics, type VolumeDescription } from './describe';
export { FSDD_SPEAKERS, fsddChecksums, verifyRecording } from './fsdd';
export {
  metaOrder,
  openLoader,
  trainingOrder,
  type Batch,
  type Loader,
  type LoaderOptions,
  type MetaOrderOptions,
  type OrderOptions,
  type SampleSettings,
  type TrainingOrderOptions,
} from './loader';
export { mfcc, MFCC_SIZE } from './mfcc';
export { mnist, MNIST_SIDE, type MnistPart, type MnistSet } from './mnist';
export {
  axesOf,
  readNifti,
  readNiftiHeader,
  writeNifti,
  type Affine,
  type DatatypeName,
  type Grid,
  type NiftiFacts,
  type NiftiHeader,
  type NiftiImage,
  type Volume,
  type VoxelArray,
} from './nifti';
export {
  describeNormalised,
  normalisationNotes,
  normaliseIntensity,
  type NormalisedDescription,
  type NormalisedScan,
} from './normalise';
export {
  BRATS_AXES,
  fromDepthFirst,
  gridInAxes,
  gridOf,
  toAxes,
  toDepthFirst,
  toGrid,
  type Oriented,
} from './orientation';
export {
  ensurePhantom,
  makePhantoms,
  type EnsurePhantomOptions,
  type MakePhantomsOptions,
  type PhantomEvent,
  type PhantomOptions,
} from './phantom';
export {
  defaultPreparedFolder,
  folderUsage,
  openPrepared,
  prepareCase,
  type CaseReader,
  type FolderUsage,
  type PreparedCases,
  type PreparedOptions,
  type PrepareOptions,
} from './prepared';
export {
  downloadFolder,
  findRecordings,
  loadRecordings,
  type Recording,
  type Recordings,
  type RecordingsOptions,
  type RecordingsPlace,
} from './recordings';
export {
  augment,
  cropSample,
  drawCrop,
  drawCropBox,
  drawMirror,
  drawSample,
  mirrorSample,
  NO_AUGMENTATION,
  PAPER_AUGMENTATION,
  PAPER_CROP,
  PAPER_MIRROR,
  PAPER_SAMPLING,
  resizeSample,
  type AugmentationOptions,
  type CropBox,
  type CropOptions,
  type MirroredAxes,
  type MirrorOptions,
  type PreparedCase,
  type Range,
  type Sample,
  type SamplingOptions,
  type Size3,
} from './sampling';
export {
  authorsSplit,
  readSplitList,
  readSplits,
  seededSplit,
  splitsOfFolder,
  type FolderSplits,
  type FolderSplitsOptions,
  type SeededSplitOptions,
  type SplitCase,
  type SplitFiles,
  type Splits,
} from './splits';
export { encodeWav, readWav, type Sound } from './wav';
export {
  verifyDataSet,
  type DataFault,
  type FaultKind,
  type Verification,
  type VerifyOptions,
} from './verify';
