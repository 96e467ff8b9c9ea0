/** Files of formats that others define: NIfTI, safetensors, WAV, archives. */
export { readArchive } from './archive';
export type { DatatypeName } from './nifti/datatypes';
export { readNifti, readNiftiHeader, type Volume } from './nifti/read';
export { writeNifti } from './nifti/write';
export { readSafetensors } from './safetensors/read';
export { encodeWav } from './wav';
