/** Reads NIfTI-1 and NIfTI-2: `.nii`, `.nii.gz` and pairs of `.hdr` and `.img`, in both byte orders. */
import { existsSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { UserError } from '../../base/errors';
import { axesOf, type Affine } from './affine';
import { MOST_BEHIND, readHead, readVoxelBytes, type FileHead } from './bytes';
import { decodeVoxels, extraBytes, type DatatypeName, type VoxelArray } from './datatypes';
import { MOST_HEADER_BYTES, readHeader, type NiftiHeader, type Placement } from './header';

/** Where voxels lie in space. */
export interface Grid {
  /** Sizes, fastest first: [X, Y, Z] or [X, Y, Z, channels]. */
  shape: readonly number[];
  /** Voxel indices to mm. */
  affine: Affine;
  /** Where the three voxel axes lead, such as "LPS". */
  axes: string;
  /** The position in the file's header, if the grid is a file's own. */
  placement?: Placement;
}

/** An image as stored, with the slope and intercept applied. */
export interface Volume extends Grid {
  /** The file it came from, for messages. */
  file: string;
  /** The type in the file. */
  datatype: DatatypeName;
  /**
   * [X * Y * Z * ...], the first index fastest, as NIfTI stores it. In the file's own type if slope
   * and intercept are 1 and 0; else, and for 64-bit integers, float64.
   */
  values: VoxelArray;
  /** Notes on the image, one sentence each. */
  notes: readonly string[];
}

/** Header and position of the voxels of an image. */
export interface NiftiFacts extends Grid {
  file: string;
  header: NiftiHeader;
}

/**
 * The header of an image, without its voxels.
 * @param file `.nii`, `.nii.gz`, or either of a pair `.hdr` and `.img`
 * @throws UserError naming the file, the field and its value
 */
export async function readNiftiHeader(file: string): Promise<NiftiFacts> {
  const { facts } = await open(file);
  return facts;
}

/**
 * Reads an image.
 *
 * @param file `.nii`, `.nii.gz`, or either of a pair `.hdr` and `.img`
 * @throws UserError naming the file, the field and its value: for a header that is no scan's, voxels
 *   fewer than it promises, or a broken gzip. All before memory for the voxels is taken.
 */
export async function readNifti(file: string): Promise<Volume> {
  const { facts, head } = await open(file);
  const { header, shape, affine, axes } = facts;
  const imageFile = header.pair ? partner(facts.file, 'img') : facts.file;
  const place = header.pair ? await readHead(imageFile, 2) : head;
  const count = shape.reduce((product, size) => product * size, 1);
  const { datatype: type, voxelOffset: offset } = header;
  const { buffer, behind } = await readVoxelBytes(imageFile, place, {
    offset,
    voxels: count * type.bytes,
    extra: extraBytes(type, count, isScaled(header)),
    by: `dim [${shape.join(', ')}] of ${type.name} from byte ${offset}`,
  });
  const stored = decodeVoxels(buffer, type, header.littleEndian, imageFile);
  const values = isScaled(header) ? scale(stored, header, facts.file) : stored;
  const notes = behind > 0 ? [behindNote(imageFile, behind)] : [];
  return { file, datatype: type.name, shape, affine, axes, values, notes };
}

/**
 * Checks that an image is complete, without reading its voxels if possible: by its size, or by the length that a
 * gzip ends with. Else it is read.
 * @throws UserError as `readNifti` does
 */
export async function checkNifti(file: string): Promise<void> {
  const { facts, head } = await open(file);
  const { header, shape } = facts;
  const imageFile = header.pair ? partner(facts.file, 'img') : facts.file;
  const { gzipped, fileBytes } = header.pair ? await readHead(imageFile, 2) : head;
  const count = shape.reduce((product, size) => product * size, 1);
  const promised = header.voxelOffset + count * header.datatype.bytes;
  const length = gzipped ? await gzipLength(imageFile, fileBytes) : fileBytes;
  // Several gzips in one file, or bytes after one, end with another length.
  if (length !== promised) await readNifti(file);
}

/** The unpacked length at the end of a gzip with one member. */
async function gzipLength(file: string, fileBytes: number): Promise<number> {
  const handle = await openFile(file);
  try {
    const end = Buffer.alloc(4);
    await handle.read(end, 0, 4, Math.max(0, fileBytes - 4));
    return end.readUInt32LE(0);
  } finally {
    await handle.close();
  }
}

function behindNote(file: string, behind: number): string {
  const many =
    behind === MOST_BEHIND ? `${behind} or more bytes follow` : `${behind} byte(s) follow`;
  return `${file}: ${many} the voxels that the header promises, and are ignored`;
}

/**
 * The files of an image: itself, or both of a pair.
 * @throws UserError when the other of a pair is missing
 */
export function filesOfImage(file: string): string[] {
  if (/\.hdr(\.gz)?$/i.test(file)) return [file, partner(file, 'img')];
  if (/\.img(\.gz)?$/i.test(file)) return [partner(file, 'hdr'), file];
  return [file];
}

async function open(file: string): Promise<{ facts: NiftiFacts; head: FileHead }> {
  const headerFile = /\.img(\.gz)?$/i.test(file) ? partner(file, 'hdr') : file;
  const head = await readHead(headerFile, MOST_HEADER_BYTES);
  const header = await readHeader(head.bytes, headerFile);
  const named = /\.hdr(\.gz)?$/i.test(headerFile);
  if (header.pair !== named) {
    const value = header.pair ? 'that of a pair of .hdr and .img' : 'that of a single .nii';
    throw new UserError(`${headerFile}: the magic is ${value}; rename the file`, {
      code: 'BAD_FILE',
      file: headerFile,
      field: 'magic',
      value,
    });
  }
  const { shape, affine } = header;
  return { facts: { file: headerFile, header, shape, affine, axes: axesOf(affine) }, head };
}

/** The other file of a pair; gzipped or not. */
function partner(file: string, extension: 'hdr' | 'img'): string {
  const stem = file.replace(/\.(hdr|img)(\.gz)?$/i, '');
  const endings = [extension, `${extension}.gz`];
  const choices = [...endings, ...endings.map((one) => one.toUpperCase())].map(
    (ending) => `${stem}.${ending}`,
  );
  const found = choices.find((choice) => existsSync(choice));
  if (found) return found;
  throw new UserError(`${file}: ${choices[0]} is missing, and the two make one image; add it`, {
    code: 'MISSING',
    file: choices[0],
    field: 'pair',
  });
}

function isScaled({ slope, intercept }: NiftiHeader): boolean {
  return slope !== 1 || intercept !== 0;
}

/** @throws UserError for a number that becomes too large for float64 */
function scale(stored: VoxelArray, { slope, intercept }: NiftiHeader, file: string): VoxelArray {
  const values = new Float64Array(stored.length);
  for (let i = 0; i < values.length; i++) {
    values[i] = stored[i] * slope + intercept;
    if (!Number.isFinite(values[i]) && Number.isFinite(stored[i])) {
      throw new UserError(
        `${file}: voxel ${i} is ${stored[i]}, and with scl_slope ${slope} and scl_inter ${intercept} it is ${values[i]}; get the file again`,
        { code: 'NOT_FINITE', file, field: 'scl_slope', value: slope },
      );
    }
  }
  return values;
}
