/** The safetensors format: named tensors in a file that holds no code. By hand: npm has no maintained package for it. */
export { toFloat16, type DtypeName, type TensorValues } from './dtypes';
export { FLOATS, readFloats, type FloatsWanted } from './floats';
export { type SafetensorsHeader, type TensorPlace } from './header';
export { openSafetensors, readSafetensors, type SafetensorsFile, type StoredTensor } from './read';
export {
  CHECKSUM_BYTES,
  writeSafetensors,
  type SafetensorsOptions,
  type TensorToWrite,
} from './write';
