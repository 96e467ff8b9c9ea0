/** NIfTI: plain, as a pair, gzipped, and gzip bombs. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { readNifti, type Volume } from '../../formats/nifti';
import { bomb, makeNifti } from '../fixtures/nifti';
import type { RandomStream } from '../../base/random';
import { mutateBytes, unpacked } from './bytes';
import { setField } from './nifti-fields';
import { niftiReference, type NiftiReference } from './nifti-reference';
import type { FuzzTarget, Made } from './types';

const TYPES = [
  [2, 1],
  [256, 1],
  [512, 2],
  [4, 2],
  [768, 4],
  [8, 4],
  [1280, 8],
  [1024, 8],
  [16, 4],
  [64, 8],
];

interface Sound {
  bytes: Buffer;
  version: 1 | 2;
  littleEndian: boolean;
  headerBytes: number;
}

/** A valid file of a few voxels: any version, byte order, type, scaling and affine. */
function soundNifti(stream: RandomStream, pair: boolean): Sound {
  const version = stream.integer(2) === 0 ? 1 : 2;
  const littleEndian = stream.integer(3) > 0;
  const [datatype, size] = TYPES[stream.integer(TYPES.length)];
  const rank = 3 + stream.integer(3);
  const shape = Array.from({ length: rank }, (_, i) => 1 + stream.integer(i < 3 ? 4 : 2));
  const count = shape.reduce((product, n) => product * n, 1);
  const voxels = Uint8Array.from({ length: count * size }, () => stream.integer(256));
  // 64-bit integers beyond 2^53 are refused; most files should not be.
  if (size === 8 && datatype !== 64) {
    for (let i = 0; i < count; i++)
      voxels.fill(0, i * 8 + (littleEndian ? 4 : 0), i * 8 + (littleEndian ? 8 : 4));
  }
  const scaled = stream.integer(2) === 0;
  const affine = Array.from({ length: 12 }, (_, i) =>
    i % 5 === 0 ? 1.5 : i % 4 === 3 ? -40 : stream.uniform() / 4,
  );
  const bytes = makeNifti({
    version,
    littleEndian,
    dim: [rank, ...shape],
    datatype,
    bitpix: 8 * size,
    pixdim: [stream.integer(2) === 0 ? -1 : 1, 1, 1.5, 2],
    slope: scaled ? stream.normal() : 0,
    intercept: scaled ? stream.normal() * 10 : 0,
    qformCode: stream.integer(2),
    sformCode: stream.integer(2),
    qform: [0.1, -0.2, stream.uniform() / 2, -10, 20, 30],
    srow: affine,
    voxels,
    ...(pair ? { magic: `ni${version}`, voxelOffset: 0 } : {}),
  });
  return { bytes, version, littleEndian, headerBytes: version === 1 ? 348 : 540 };
}

/** A mix of mutations: one or two header fields, bytes anywhere, bytes of the voxels; one in twenty stays valid. */
function mutateNifti(
  stream: RandomStream,
  { bytes, version, littleEndian, headerBytes }: Sound,
): { bytes: Buffer; how: string } {
  const kind = stream.integer(20);
  if (kind === 0) return { bytes, how: 'sound' };
  if (kind < 12) {
    const copy = Buffer.from(bytes);
    const times = 1 + stream.integer(kind < 9 ? 1 : 3);
    const how = Array.from({ length: times }, () => setField(stream, copy, version, littleEndian));
    return { bytes: copy, how: how.join('; ') };
  }
  if (kind < 15) {
    const body = mutateBytes(stream, bytes.subarray(headerBytes + 4));
    return {
      bytes: Buffer.concat([bytes.subarray(0, headerBytes + 4), body.bytes]),
      how: `voxels: ${body.how}`,
    };
  }
  if (kind < 17) {
    const head = mutateBytes(stream, bytes.subarray(0, headerBytes));
    return {
      bytes: Buffer.concat([head.bytes, bytes.subarray(headerBytes)]),
      how: `header: ${head.how}`,
    };
  }
  return mutateBytes(stream, bytes);
}

/** The compared part of an image. */
function dataOf({ shape, values, affine }: Volume): NiftiReference {
  return { shape: [...shape], values: Array.from(values), affine: affine.slice(0, 3).flat() };
}

function expectedOf({
  'image.nii': plain,
  'image.nii.gz': packed,
}: Readonly<Record<string, Buffer>>): NiftiReference | undefined {
  const bytes = unpacked(packed ?? plain);
  return bytes && niftiReference(bytes, bytes, false);
}

const plain: FuzzTarget = {
  name: 'nifti',
  names: 'file',
  cost: 1,
  make(stream) {
    const { bytes, how } = mutateNifti(stream, soundNifti(stream, false));
    return { files: { 'image.nii': bytes }, how };
  },
  read: readNifti,
  data: dataOf,
  expected: expectedOf,
};

/** The header is mutated before it is packed, or the packed bytes are. */
const gzipped: FuzzTarget = {
  name: 'nifti-gzip',
  names: 'file',
  cost: 1,
  make(stream) {
    const sound = soundNifti(stream, false);
    const packed = stream.integer(2) === 0;
    const inside = packed ? { bytes: sound.bytes, how: '' } : mutateNifti(stream, sound);
    const whole = gzipSync(inside.bytes, { level: stream.integer(10) });
    if (!packed) return { files: { 'image.nii.gz': whole }, how: `packed after: ${inside.how}` };
    const outside = mutateBytes(stream, whole);
    return {
      files: { 'image.nii.gz': outside.bytes },
      how: `packed bytes: ${outside.how}`,
      // A gzip has a checksum: data that are read in spite of a mutation must be those that were packed.
      same: { 'image.nii.gz': whole },
    };
  },
  read: readNifti,
  data: dataOf,
  expected: expectedOf,
};

const pair: FuzzTarget = {
  name: 'nifti-pair',
  names: 'file',
  cost: 1,
  make(stream) {
    const sound = soundNifti(stream, true);
    const { bytes, how } = mutateNifti(stream, sound);
    const cut = Math.min(sound.headerBytes, bytes.length);
    return {
      files: { 'image.hdr': bytes.subarray(0, cut), 'image.img': bytes.subarray(cut) },
      how,
    };
  },
  read: readNifti,
  data: dataOf,
  expected: ({ 'image.hdr': header, 'image.img': image }) => niftiReference(header, image, true),
};

const MEGABYTE = 1024 * 1024;

/** A gzip of zeros after a header, with the promised size or another, that unpacks to a thousand times its size. */
function bombOf(stream: RandomStream): Made {
  const [datatype, size] = TYPES[stream.integer(TYPES.length)];
  const scaled = stream.integer(2) === 0;
  const megabytes = [1, 8, 60, 150, 310, 2000][stream.integer(6)];
  // Voxels that fill those megabytes: the last size follows from the others.
  const depth = Math.max(1, Math.floor((megabytes * MEGABYTE) / (512 * 512 * size)));
  const promise = ['keeps', 'keeps', 'more', 'less'][stream.integer(4)];
  const slices =
    promise === 'more' ? depth * 2 + 1 : promise === 'less' ? Math.ceil(depth / 2) : depth;
  const header = makeNifti({
    version: stream.integer(2) === 0 ? 1 : 2,
    dim: [3, 512, 512, Math.min(slices, 32767)],
    datatype,
    bitpix: 8 * size,
    slope: scaled ? 2 : 0,
    intercept: scaled ? 3 : 0,
    voxels: new Uint8Array(0),
  });
  const exact = depth * 512 * 512 * size;
  const bytes = Buffer.concat([
    gzipSync(header),
    bomb(exact - (exact % MEGABYTE)),
    ...(exact % MEGABYTE > 0 ? [gzipSync(Buffer.alloc(exact % MEGABYTE))] : []),
  ]);
  const facts = { megabytes, promise, datatype, scaled };
  return { files: { 'image.nii.gz': bytes }, how: `bomb ${JSON.stringify(facts)}` };
}

const bombs: FuzzTarget = {
  name: 'nifti-bomb',
  names: 'file',
  cost: 40,
  alone: true,
  make: bombOf,
  read: readNifti,
  data({ shape, values }: Volume) {
    const first = values[0];
    return {
      shape: [...shape],
      count: values.length,
      first,
      same: values.every((v) => v === first),
    };
  },
  // Only by its header and its size on disk: unpacking it here would disturb the measurement.
  expected({ 'image.nii.gz': bytes }) {
    const header = gunzipSync(bytes.subarray(0, bytes.indexOf(GZIP_START, 2)));
    const one = header.readInt32LE(0) === 348;
    const size = one ? header.readInt16LE(72) / 8 : header.readInt16LE(14) / 8;
    const shape = [1, 2, 3].map((i) =>
      one ? header.readInt16LE(40 + 2 * i) : Number(header.readBigInt64LE(16 + 8 * i)),
    );
    const count = shape.reduce((product, n) => product * n, 1);
    if (count * size > unpackedZeros(bytes)) return undefined;
    const first = (one ? header.readFloatLE(116) : header.readDoubleLE(184)) || 0;
    return { shape, count, first, same: true };
  },
};

const GZIP_START = Buffer.from([0x1f, 0x8b, 0x08]);

/** Unpacked size of all members except the first, from the last four bytes of each. */
function unpackedZeros(bytes: Buffer): number {
  let total = 0;
  let at = bytes.indexOf(GZIP_START, 2);
  while (at >= 0) {
    const next = bytes.indexOf(GZIP_START, at + 2);
    total += bytes.readUInt32LE((next < 0 ? bytes.length : next) - 4);
    at = next;
  }
  return total;
}

export const NIFTI_TARGETS: readonly FuzzTarget[] = [plain, gzipped, pair, bombs];
