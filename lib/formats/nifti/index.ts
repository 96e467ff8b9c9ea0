/** NIfTI-1 and NIfTI-2 images. */
export { axesOf, columnLengths, cornersApart, type Affine } from './affine';
export { type Datatype, type DatatypeName, type VoxelArray } from './datatypes';
export { formsApart, type NiftiHeader, type Placement } from './header';
export {
  checkNifti,
  filesOfImage,
  readNifti,
  readNiftiHeader,
  type Grid,
  type NiftiFacts,
  type Volume,
} from './read';
export { encodeNifti, writeNifti, type NiftiImage } from './write';
