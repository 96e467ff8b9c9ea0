/** Reads chosen files out of a .zip, as GitHub's "Download ZIP" gives it, bounded like `readArchive`. */
import { readFileSync, statSync } from 'node:fs';
import { unzipSync, type UnzipFileInfo } from 'fflate';
import { UserError } from '../base/errors';
import { showValue } from '../base/json';
import type { ArchiveVisitor } from './archive';

/** The whole public data set is 50 MB, and its longest recording 37 kB. */
const MAX_BYTES = 128 * 1024 * 1024;
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_ENTRIES = 50_000;

/**
 * Hands each wanted file of a zip to the visitor, one at a time, in the archive's order.
 *
 * @param wanted is this base name one for the visitor?
 * @throws UserError naming the archive and what is wrong; errors of the visitor pass unchanged
 */
export async function readZipFile(
  file: string,
  wanted: (name: string) => boolean,
  visit: ArchiveVisitor,
): Promise<void> {
  const tooMuch = (field: string, value: number, limit: number): UserError =>
    new UserError(
      `${file}: ${field} is ${value}, over the limit of ${limit}, so it is not the archive of the recordings; replace it`,
      { code: 'BAD_FILE', file, field, value },
    );
  let [entries, unpacked] = [0, 0];
  const names: string[] = [];
  const filter = ({ name, originalSize }: UnzipFileInfo): boolean => {
    entries += 1;
    if (entries > MAX_ENTRIES) throw tooMuch('the number of entries', entries, MAX_ENTRIES);
    if (name.endsWith('/') || !wanted(baseName(name))) return false;
    if (/^[\\/]|^[A-Za-z]:/.test(name) || name.split(/[\\/]/).includes('..')) {
      throw new UserError(
        `${file}: ${showValue(name)} leads outside of the archive's own folder; get the archive again`,
        { code: 'BAD_FILE', file, field: 'entry', value: name },
      );
    }
    if (originalSize > MAX_FILE_BYTES) {
      throw tooMuch(`the size of ${name}`, originalSize, MAX_FILE_BYTES);
    }
    unpacked += originalSize;
    if (unpacked > MAX_BYTES) throw tooMuch('the unpacked size in bytes', unpacked, MAX_BYTES);
    names.push(name);
    return true;
  };
  const contents = unpack(file, filter, tooMuch);
  for (const name of names) await visit(baseName(name), Buffer.from(contents[name]));
}

function baseName(name: string): string {
  return name.split('/').pop() ?? '';
}

function unpack(
  file: string,
  filter: (info: UnzipFileInfo) => boolean,
  tooMuch: (field: string, value: number, limit: number) => UserError,
): Record<string, Uint8Array> {
  try {
    const { size } = statSync(file);
    if (size > MAX_BYTES) throw tooMuch('its size in bytes', size, MAX_BYTES);
    return unzipSync(readFileSync(file), { filter });
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(
      `${file}: not a whole .zip archive (${reason}); get it again`,
      { code: 'BAD_FILE', file, field: 'archive', value: reason },
      { cause },
    );
  }
}
