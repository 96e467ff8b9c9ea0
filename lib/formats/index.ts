/** Files of formats that others define: NIfTI, safetensors, WAV, archives. */
export { readArchive, type ArchiveLimits, type ArchiveVisitor } from './archive';
export type { Datatype, DatatypeName, VoxelArray } from './nifti/datatypes';
export { readNifti, readNiftiHeader, type Grid, type NiftiFacts, type Volume } from './nifti/read';
export { writeNifti, type NiftiImage } from './nifti/write';
export { readSafetensors, type StoredTensor } from './safetensors/read';
export { encodeWav } from './wav';
export type { Affine } from './nifti/affine';
export type { NiftiHeader, Placement } from './nifti/header';
export type { TensorValues } from './safetensors/dtypes';
