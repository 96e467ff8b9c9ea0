/** The IDX format of MNIST: a magic number, the dimensions, then unsigned bytes in C order. */
import { UserError } from '../base/errors';

/** One IDX file of unsigned bytes. */
export interface IdxFile {
  /** Sizes, outermost first: [N] for labels, [N, height, width] for images. */
  dimensions: number[];
  /** All values in C order; a view on the bytes that were read, not a copy. */
  values: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/**
 * Reads one IDX file from its bytes.
 *
 * @param bytes the whole file
 * @param file its path, for messages
 * @param expected the dimensions that the caller needs; another count is an error
 * @throws UserError for a wrong magic number, other dimensions, or fewer or more bytes than promised
 */
export function readIdx(bytes: Uint8Array, file: string, expected: number[]): IdxFile {
  const again = 'install the npm packages again';
  const magic = (UNSIGNED_BYTE << 8) | expected.length;
  const headerBytes = 4 + 4 * expected.length;
  if (bytes.length < headerBytes) {
    throw new UserError(
      `${file}: the header needs ${headerBytes} bytes and the file has ${bytes.length}; ${again}`,
      { code: 'BAD_FILE', file, field: 'length', value: bytes.length },
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = view.getUint32(0);
  if (found !== magic) {
    throw new UserError(
      `${file}: the magic number is ${found} and should be ${magic} (unsigned bytes in ${expected.length} dimension(s)); ${again}`,
      { code: 'BAD_FILE', file, field: 'magic number', value: found },
    );
  }
  const dimensions = expected.map((_, i) => view.getUint32(4 + 4 * i));
  dimensions.forEach((size, i) => {
    if (size !== expected[i]) {
      throw new UserError(
        `${file}: dimension ${i} is ${size} and should be ${expected[i]}; ${again}`,
        { code: 'BAD_FILE', file, field: `dimension ${i}`, value: size },
      );
    }
  });
  const promised = headerBytes + dimensions.reduce((product, size) => product * size, 1);
  if (bytes.length !== promised) {
    const fault = bytes.length < promised ? 'is cut off' : 'is too long';
    throw new UserError(
      `${file} ${fault}: it has ${bytes.length} bytes and its header promises ${promised}; ${again}`,
      { code: 'BAD_FILE', file, field: 'length', value: bytes.length },
    );
  }
  return { dimensions, values: bytes.subarray(headerBytes) };
}
