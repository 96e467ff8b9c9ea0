/** Text files from other programs: UTF-8 or UTF-16, with or without a byte order mark, any line endings. */
import { readFileSync } from 'node:fs';
import { UserError } from './errors';

/**
 * The text of bytes. A byte order mark gives the encoding; without one, UTF-16 is recognised by its zero bytes.
 * @throws TypeError for bytes that are no such text
 */
export function decodeText(bytes: Uint8Array): string {
  const encoding = encodingOf(bytes);
  return new TextDecoder(encoding, { fatal: true }).decode(bytes);
}

/** @throws TypeError for bytes that are no UTF-8; a byte order mark is text like any other */
export function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const [a, b] = bytes;
  if ((a === 0xff && b === 0xfe) || (a !== 0 && b === 0)) return 'utf-16le';
  if ((a === 0xfe && b === 0xff) || (a === 0 && b !== 0 && b !== undefined)) return 'utf-16be';
  return 'utf-8';
}

/**
 * The lines of a text file, without line endings.
 * @throws UserError naming the file, when it can't be read or is no text
 */
export function readLines(file: string): string[] {
  const text = withReadError(file, () => decodeText(readFileSync(file)));
  return text.split(/\r\n|\n|\r/);
}

function withReadError<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const what =
      cause instanceof TypeError
        ? 'is no text in UTF-8 or UTF-16; save it as UTF-8'
        : `can't be read (${(cause as Error).message}); check the path`;
    throw new UserError(`${file} ${what}`, { code: 'CANNOT_READ', file }, { cause });
  }
}
