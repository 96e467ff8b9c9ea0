/**
 * Writes NIfTI-1 (`.nii`, `.nii.gz`) atomically, the same bytes for the same image. By hand: nifti-reader-js only
 * reads, and npm has no maintained writer.
 */
import { gzipSync } from 'node:zlib';
import { UserError } from '../../base/errors';
import { writeFileAtomic } from '../../base/atomic-write';
import { columnLengths, isUsableAffine, qFormOfAffine, type Affine } from './affine';
import { DATATYPES, encodeVoxels, type Datatype, type DatatypeName } from './datatypes';
import type { Placement } from './header';

/** The image to write. */
export interface NiftiImage {
  /** Sizes, fastest first; up to seven. */
  shape: readonly number[];
  /** [voxels], the first index fastest. */
  values: ArrayLike<number>;
  /** Voxel indices to mm; kept as float32. */
  affine: Affine;
  /** The type in the file; values must fit it exactly, unless it is a float. */
  datatype: DatatypeName;
  /** Both forms of another file, instead of the affine's own. */
  placement?: Placement;
  /** The description (`descrip`), at most 79 bytes of Latin-1. */
  description?: string;
}

const HEADER_BYTES = 348;
const VOXEL_OFFSET = 352;
const MILLIMETRES = 2;
/** "Scanner anatomical": a place in the scanner's coordinates. */
const SCANNER = 1;

/**
 * Writes an image.
 *
 * @param file ending in `.nii` or `.nii.gz`
 * @throws UserError for another ending, a shape that the values don't fill, or a value that the type can't hold
 */
export function writeNifti(file: string, image: NiftiImage): void {
  if (!/\.nii(\.gz)?$/.test(file)) {
    throw new UserError(`${file} should end in .nii or .nii.gz; choose such a name`, {
      code: 'BAD_VALUE',
      file,
    });
  }
  const bytes = encodeNifti(image, file);
  writeFileAtomic(file, file.endsWith('.gz') ? gzip(bytes) : bytes);
}

/** The bytes of a `.nii` file, little-endian. */
export function encodeNifti(image: NiftiImage, file = 'the image'): Buffer {
  const { shape, values, affine } = image;
  const type = DATATYPES.find(({ name }) => name === image.datatype) as Datatype;
  const fault = (field: string, value: unknown, should: string): UserError =>
    new UserError(`${file}: ${field} is ${JSON.stringify(value)} and should be ${should}`, {
      code: 'BAD_VALUE',
      file,
      field,
      value,
    });
  const sizesFit = shape.every((size) => Number.isInteger(size) && size >= 1 && size <= 32767);
  if (!(sizesFit && shape.length >= 1 && shape.length <= 7)) {
    throw fault('shape', shape, 'one to seven sizes from 1 to 32767');
  }
  const count = shape.reduce((product, size) => product * size, 1);
  if (values.length !== count) throw fault('number of values', values.length, String(count));
  if (!isUsableAffine(affine)) throw fault('affine', affine, 'three independent directions');

  const header = Buffer.alloc(VOXEL_OFFSET);
  header.writeInt32LE(HEADER_BYTES, 0);
  header.write('r', 38, 'latin1');
  [shape.length, ...shape].forEach((size, i) => header.writeInt16LE(size, 40 + 2 * i));
  for (let i = shape.length + 1; i < 8; i++) header.writeInt16LE(1, 40 + 2 * i);
  header.writeInt16LE(type.code, 70);
  header.writeInt16LE(8 * type.bytes, 72);
  const { units, pixdim, qform, sform } = image.placement ?? placementOf(affine);
  [...pixdim, 1, 1, 1, 1].forEach((size, i) => header.writeFloatLE(size, 76 + 4 * i));
  header.writeFloatLE(VOXEL_OFFSET, 108);
  header.writeFloatLE(1, 112);
  header.writeUInt8(units, 123);
  header.write((image.description ?? '').slice(0, 79), 148, 'latin1');
  header.writeInt16LE(qform.code, 252);
  header.writeInt16LE(sform.code, 254);
  [...qform.quaternion, ...qform.offset].forEach((q, i) => header.writeFloatLE(q, 256 + 4 * i));
  sform.rows.flat().forEach((cell, i) => header.writeFloatLE(cell, 280 + 4 * i));
  header.write('n+1', 344, 'latin1');
  return Buffer.concat([header, encodeVoxels(values, type, file)]);
}

/** The sform holds the affine; so does the qform, if its axes are at right angles. */
function placementOf(affine: Affine): Placement {
  const qform = qFormOfAffine(affine);
  return {
    units: MILLIMETRES,
    pixdim: [qform?.handedness ?? 1, ...columnLengths(affine)],
    qform: qform
      ? { code: SCANNER, quaternion: qform.quaternion, offset: qform.offset }
      : { code: 0, quaternion: [0, 0, 0], offset: [0, 0, 0] },
    sform: { code: SCANNER, rows: affine.slice(0, 3) },
  };
}

/** Gzip without time or operating system in its header, so that bytes don't depend on them. */
function gzip(bytes: Buffer): Buffer {
  const packed = gzipSync(bytes, { level: 6 });
  packed.writeUInt32LE(0, 4);
  packed[9] = 255;
  return packed;
}
