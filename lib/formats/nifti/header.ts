/**
 * The header of a NIfTI-1 or NIfTI-2 file, every field that we use checked.
 *
 * Fields come from the header parser of nifti-reader-js; the rest of that package is not used, because
 * it cuts a short file silently, gives empty data for absurd dims, doesn't apply the slope and unpacks
 * without a bound. Two things of the parser are replaced too: it takes the qform before the sform where
 * its code is higher (BraTS-like files have qform 2, sform 1), and its 64-bit integers are wrong for
 * negative and for large big-endian numbers.
 */
import { UserError } from '../../base/errors';
import { affineOfQForm, cornersApart, isUsableAffine, type Affine } from './affine';
import { datatypeOf, extraBytes, type Datatype } from './datatypes';

/** A header that has been checked. */
export interface NiftiHeader {
  version: 1 | 2;
  littleEndian: boolean;
  /** Sizes, fastest first: [X, Y, Z] or [X, Y, Z, channels]. */
  shape: number[];
  datatype: Datatype;
  /** Where the voxels start in their file, in bytes. */
  voxelOffset: number;
  /** The voxels are in an .img file beside this one. */
  pair: boolean;
  /** value = slope * stored + intercept. */
  slope: number;
  intercept: number;
  affine: Affine;
  /** Which of the header's three ways the affine came from. */
  affineFrom: 'sform' | 'qform' | 'pixdim';
  placement: Placement;
}

/**
 * The header's position of the image, in both of its forms: tools differ in which one they follow, so a result
 * that should lie on its scan in all of them has both of the scan's.
 */
export interface Placement {
  /** xyzt_units. */
  units: number;
  /** pixdim[0] to pixdim[3]: the qform's handedness and voxel sizes. */
  pixdim: readonly number[];
  qform: { code: number; quaternion: readonly number[]; offset: readonly number[] };
  /** Three rows of four. */
  sform: { code: number; rows: readonly (readonly number[])[] };
}

const HEADER_BYTES = { 1: 348, 2: 540 } as const;
/** Enough of a file to read either header. */
export const MOST_HEADER_BYTES = HEADER_BYTES[2];
/** Most bytes of voxels, stored or in memory: four BraTS scans in float64 are 286 MB. */
const MOST_VOXEL_BYTES = 320 * 1024 * 1024;
/** Extensions between header and voxels are notes, at most this long. */
const MOST_OFFSET_BYTES = 16 * 1024 * 1024;

/**
 * Reads and checks a header.
 *
 * @param bytes the first `MOST_HEADER_BYTES` of the file, unpacked (fewer where it is shorter)
 * @throws UserError naming the file, the field and its value
 */
export async function readHeader(bytes: Buffer, file: string): Promise<NiftiHeader> {
  const { version, littleEndian } = versionOf(bytes, file);
  const fault = (field: string, value: unknown, should: string): UserError =>
    new UserError(
      `${file}: ${field} is ${show(value)} and should be ${should}; get the file again or convert it`,
      { code: 'BAD_FILE', file, field, value },
    );
  const size = HEADER_BYTES[version];
  if (bytes.length < size) throw fault('length', bytes.length, `at least ${size} bytes`);

  // Given the header alone, the parser skips extensions, which it would read unchecked.
  const own = new Uint8Array(bytes.subarray(0, size)).buffer;
  const { NIFTI1, NIFTI2 } = await import('nifti-reader-js');
  const raw = version === 1 ? new NIFTI1() : new NIFTI2();
  raw.readHeader(own);

  const kind = raw.magic.slice(0, 3);
  if (kind !== `n+${version}` && kind !== `ni${version}`) {
    throw fault('magic', kind, `"n+${version}" or "ni${version}"`);
  }
  const view = new DataView(own);
  const integer64 = (at: number): number => Number(view.getBigInt64(at, littleEndian));
  const dims = version === 1 ? raw.dims : raw.dims.map((_, i) => integer64(16 + 8 * i));
  const offset = version === 1 ? raw.vox_offset : integer64(168);

  const datatype = datatypeOf(raw.datatypeCode, file);
  if (raw.numBitsPerVoxel !== 8 * datatype.bytes) {
    throw fault('bitpix', raw.numBitsPerVoxel, `${8 * datatype.bytes} for ${datatype.name}`);
  }
  // nifti1.h: a slope of 0 means "not scaled"; nibabel writes NaN for the same.
  const scaled = raw.scl_slope !== 0 && !Number.isNaN(raw.scl_slope);
  const shape = checkedShape(dims, datatype, scaled, fault);
  const pair = kind.startsWith('ni');
  const least = pair ? 0 : size + 4;
  if (!(Number.isInteger(offset) && offset >= least && offset <= MOST_OFFSET_BYTES)) {
    throw fault('vox_offset', offset, `a whole number from ${least} to ${MOST_OFFSET_BYTES}`);
  }

  if (scaled && !Number.isFinite(raw.scl_slope)) {
    throw fault('scl_slope', raw.scl_slope, 'a finite number');
  }
  if (scaled && !Number.isFinite(raw.scl_inter)) {
    throw fault('scl_inter', raw.scl_inter, 'a finite number');
  }
  const rows = [0, 1, 2].map((r) =>
    [0, 1, 2, 3].map((c) =>
      version === 1
        ? view.getFloat32(280 + 4 * (4 * r + c), littleEndian)
        : view.getFloat64(400 + 8 * (4 * r + c), littleEndian),
    ),
  );
  return {
    version,
    littleEndian,
    shape,
    datatype,
    voxelOffset: offset,
    pair,
    slope: scaled ? raw.scl_slope : 1,
    intercept: scaled ? raw.scl_inter : 0,
    ...inMillimetres(affineFrom(raw, rows, file, fault), raw.xyzt_units, fault),
    placement: {
      units: raw.xyzt_units,
      pixdim: raw.pixDims.slice(0, 4),
      qform: {
        code: raw.qform_code,
        quaternion: [raw.quatern_b, raw.quatern_c, raw.quatern_d],
        offset: [raw.qoffset_x, raw.qoffset_y, raw.qoffset_z],
      },
      sform: { code: raw.sform_code, rows },
    },
  };
}

type Fault = (field: string, value: unknown, should: string) => UserError;

function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

/** By the header's own size, in one byte order or the other. */
function versionOf(bytes: Buffer, file: string): Pick<NiftiHeader, 'version' | 'littleEndian'> {
  if (bytes.length >= 4) {
    for (const littleEndian of [true, false]) {
      const size = littleEndian ? bytes.readInt32LE(0) : bytes.readInt32BE(0);
      if (size === HEADER_BYTES[1]) return { version: 1, littleEndian };
      if (size === HEADER_BYTES[2]) return { version: 2, littleEndian };
    }
  }
  const value = bytes.length >= 4 ? bytes.readInt32LE(0) : undefined;
  throw new UserError(
    `${file}: sizeof_hdr is ${value ?? 'absent'} and should be 348 (NIfTI-1) or 540 (NIfTI-2), so it is no NIfTI file; check the path`,
    { code: 'BAD_FILE', file, field: 'sizeof_hdr', value },
  );
}

function checkedShape(dims: number[], datatype: Datatype, scaled: boolean, fault: Fault): number[] {
  const [count] = dims;
  if (!(count >= 1 && count <= 7)) throw fault('dim[0]', count, 'from 1 to 7');
  const shape = dims.slice(1, 1 + count);
  shape.forEach((size, i) => {
    if (!(size >= 1)) throw fault(`dim[${i + 1}]`, size, 'at least 1');
  });
  const voxels = shape.reduce((product, size) => product * size, 1);
  const kept = scaled || extraBytes(datatype, voxels, false) > 0 ? 8 : datatype.bytes;
  const bytes = kept * voxels;
  if (bytes > MOST_VOXEL_BYTES) {
    throw fault('dim', dims.slice(0, 1 + count), `at most ${MOST_VOXEL_BYTES} bytes of voxels`);
  }
  return shape;
}

/** Of the low three bits of xyzt_units, in mm; 0 is "unknown", which always means mm. */
const UNITS = new Map([
  [0, 1],
  [1, 1000],
  [2, 1],
  [3, 0.001],
]);

/** Few files are in metres or micrometres; read as mm, every distance would be off by a thousand. */
function inMillimetres(
  { affine, affineFrom }: Pick<NiftiHeader, 'affine' | 'affineFrom'>,
  units: number,
  fault: Fault,
): Pick<NiftiHeader, 'affine' | 'affineFrom'> {
  const unit = UNITS.get(units & 7);
  if (unit === undefined) {
    throw fault('xyzt_units', units, '2 for mm (or 1 for m, 3 for micrometres, 0 if not known)');
  }
  if (unit === 1) return { affine, affineFrom };
  const rows = affine.map((row, r) => (r < 3 ? row.map((cell) => cell * unit) : row));
  return { affine: rows, affineFrom };
}

interface RawPlacement {
  qform_code: number;
  sform_code: number;
  pixDims: number[];
  quatern_b: number;
  quatern_c: number;
  quatern_d: number;
  qoffset_x: number;
  qoffset_y: number;
  qoffset_z: number;
}

/**
 * How far apart a header's two forms put a corner at most, in mm; 0 if it has only one of them.
 * @param shape the three spatial sizes
 */
export function formsApart(
  { placement: { pixdim, qform, sform }, affine, affineFrom: from }: NiftiHeader,
  shape: readonly number[],
): number {
  if (from !== 'sform' || qform.code <= 0 || sform.code <= 0) return 0;
  const squares = qform.quaternion.reduce((sum, q) => sum + q * q, 0);
  const sizes = pixdim.slice(1);
  if (!(squares <= 1.001 && sizes.every((size) => size > 0))) return 0;
  const other = affineOfQForm(
    {
      quaternion: qform.quaternion,
      offset: qform.offset,
      voxelSize: sizes,
      handedness: pixdim[0] < 0 ? -1 : 1,
    },
    '',
  );
  return cornersApart(affine, other, shape);
}

/** The sform where there is one, else the qform, else the voxel sizes alone (nifti1.h, methods 3, 2, 1). */
function affineFrom(
  raw: RawPlacement,
  rows: number[][],
  file: string,
  fault: Fault,
): Pick<NiftiHeader, 'affine' | 'affineFrom'> {
  if (raw.sform_code > 0) {
    const affine = [...rows, [0, 0, 0, 1]];
    if (isUsableAffine(affine)) return { affine, affineFrom: 'sform' };
    throw fault('srow', rows, 'three independent directions of finite numbers');
  }
  const voxelSize = raw.pixDims.slice(1, 4);
  voxelSize.forEach((size, i) => {
    if (!(size > 0 && Number.isFinite(size))) throw fault(`pixdim[${i + 1}]`, size, 'above 0');
  });
  if (raw.qform_code > 0) {
    const quaternion = [raw.quatern_b, raw.quatern_c, raw.quatern_d];
    const offset = [raw.qoffset_x, raw.qoffset_y, raw.qoffset_z];
    const handedness = raw.pixDims[0] < 0 ? -1 : 1;
    const affine = affineOfQForm({ quaternion, offset, voxelSize, handedness }, file);
    if (isUsableAffine(affine)) return { affine, affineFrom: 'qform' };
    throw fault('qoffset', offset, 'finite numbers');
  }
  const affine = [0, 1, 2].map((r) => [0, 1, 2, 3].map((c) => (r === c ? voxelSize[r] : 0)));
  return { affine: [...affine, [0, 0, 0, 1]], affineFrom: 'pixdim' };
}
