/** Files of formats that others define: NIfTI, WAV, archives. */
export { readArchive } from './archive';
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
export { encodeWav, readWav, type Sound } from './wav';
