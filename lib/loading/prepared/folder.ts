/** The folder of prepared cases: its size, and eviction. */
import { closeSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { STORED_MAGIC } from './stored-case';

/** A prepared case is `<key>.prepared`; a partial file of a stopped process is `<key>.prepared.part-...`. */
const OWN = /^[0-9a-f]{64}\.prepared(\.part-\d+-\d+(-[0-9a-f]+)?)?$/;
/** No case takes this long to write, so an older partial file is abandoned. */
const STALE_MS = 60 * 60 * 1000;

export interface FolderUsage {
  folder: string;
  cases: number;
  bytes: number;
}

interface OwnFile {
  file: string;
  bytes: number;
  usedMs: number;
  part: boolean;
}

export function fileOfKey(folder: string, key: string): string {
  return join(folder, `${key}.prepared`);
}

/** The size of the folder's prepared cases on disk; 0 if there is no folder. */
export function folderUsage(folder: string): FolderUsage {
  const own = ownFiles(folder);
  return {
    folder,
    cases: own.filter(({ part }) => !part).length,
    bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/**
 * Evicts the least recently used cases until so many more bytes fit under the limit, and deletes
 * partial files of stopped processes. Only files that are prepared cases by name and content are deleted.
 *
 * @param most bytes that the folder may hold
 * @returns how many cases were deleted, and whether there is space now
 */
export function makeRoom(
  folder: string,
  needed: number,
  most: number,
): { deleted: number; fits: boolean } {
  const now = Date.now();
  const own = ownFiles(folder).filter(({ file, part, usedMs }) => {
    if (!part || now - usedMs < STALE_MS) return true;
    rmSync(file, { force: true });
    return false;
  });
  let held = own.reduce((sum, { bytes }) => sum + bytes, 0);
  let deleted = 0;
  if (needed > most) return { deleted, fits: false };
  for (const { file, bytes, part } of own.sort((a, b) => a.usedMs - b.usedMs)) {
    if (held + needed <= most) break;
    if (part || !isStored(file)) continue;
    rmSync(file, { force: true });
    held -= bytes;
    deleted += 1;
  }
  return { deleted, fits: held + needed <= most };
}

function ownFiles(folder: string): OwnFile[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => OWN.test(name))
    .flatMap((name) => {
      const file = join(folder, name);
      // Another process may have deleted it since.
      const facts = statSync(file, { throwIfNoEntry: false });
      if (!facts?.isFile()) return [];
      return [
        { file, bytes: facts.size, usedMs: facts.mtimeMs, part: !name.endsWith('.prepared') },
      ];
    });
}

function isStored(file: string): boolean {
  const magic = Buffer.alloc(STORED_MAGIC.length);
  try {
    const descriptor = openSync(file, 'r');
    try {
      readSync(descriptor, magic, 0, magic.length, 0);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return false;
  }
  return magic.toString('latin1') === STORED_MAGIC;
}
