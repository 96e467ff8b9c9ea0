/** Small NIfTI files made field by field, for tests of readers; independent of the kit's own writer. */
import { gzipSync } from 'node:zlib';

export interface MadeNifti {
  version?: 1 | 2;
  littleEndian?: boolean;
  magic?: string;
  /** dim[0] .. dim[7]; what is left out is 1. */
  dim?: number[];
  datatype?: number;
  bitpix?: number;
  /** pixdim[0] .. pixdim[7]; what is left out is 1. */
  pixdim?: number[];
  voxelOffset?: number;
  slope?: number;
  intercept?: number;
  qformCode?: number;
  sformCode?: number;
  /** b, c, d, then the offset. */
  qform?: number[];
  /** Twelve numbers, row by row. */
  srow?: number[];
  /** What follows the header (and its padding to `voxelOffset`). */
  voxels?: Uint8Array;
}

/** The bytes of a header, padded to the offset, and the voxels. 2 x 3 x 4 of uint8 by default. */
export function makeNifti(made: MadeNifti = {}): Buffer {
  const { version = 1, littleEndian: le = true, voxels = new Uint8Array(24) } = made;
  const headerBytes = version === 1 ? 348 : 540;
  const { voxelOffset = headerBytes + 4, datatype = 2, bitpix = 8 } = made;
  const header = Buffer.alloc(headerBytes);
  const view = new DataView(header.buffer, header.byteOffset, headerBytes);
  const real = (at: number, value: number): void =>
    version === 1 ? view.setFloat32(at, value, le) : view.setFloat64(at, value, le);
  const code = (at: number, value: number): void =>
    version === 1 ? view.setInt16(at, value, le) : view.setInt32(at, value, le);
  const width = version === 1 ? 4 : 8;
  const at =
    version === 1
      ? { datatype: 70, dim: 40, pixdim: 76, slope: 112, codes: 252, qform: 256, srow: 280 }
      : { datatype: 12, dim: 16, pixdim: 104, slope: 176, codes: 344, qform: 352, srow: 400 };
  view.setInt32(0, headerBytes, le);
  header.write(made.magic ?? `n+${version}`, version === 1 ? 344 : 4, 'latin1');
  view.setInt16(at.datatype, datatype, le);
  view.setInt16(at.datatype + 2, bitpix, le);
  for (let i = 0; i < 8; i++) {
    const size = (made.dim ?? [3, 2, 3, 4])[i] ?? 1;
    if (version === 1) view.setInt16(at.dim + 2 * i, size, le);
    else view.setBigInt64(at.dim + 8 * i, BigInt(size), le);
    real(at.pixdim + width * i, made.pixdim?.[i] ?? 1);
  }
  if (version === 1) view.setFloat32(108, voxelOffset, le);
  else view.setBigInt64(168, BigInt(voxelOffset), le);
  real(at.slope, made.slope ?? 0);
  real(at.slope + width, made.intercept ?? 0);
  code(at.codes, made.qformCode ?? 0);
  code(at.codes + (version === 1 ? 2 : 4), made.sformCode ?? 0);
  made.qform?.forEach((value, i) => real(at.qform + width * i, value));
  made.srow?.forEach((value, i) => real(at.srow + width * i, value));
  const padding = made.magic?.startsWith('ni') ? 0 : voxelOffset - headerBytes;
  const gap = Buffer.alloc(Number.isFinite(padding) ? Math.min(Math.max(padding, 0), 1024) : 4);
  return Buffer.concat([header, gap, voxels]);
}

/** A gzip of `bytes` bytes of zeros, made of copies of one packed megabyte (gzips may be joined). */
export function bomb(bytes: number): Buffer {
  const megabyte = gzipSync(Buffer.alloc(1024 * 1024));
  return Buffer.concat(new Array<Buffer>(Math.ceil(bytes / 1024 / 1024)).fill(megabyte));
}
