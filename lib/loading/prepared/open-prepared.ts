/**
 * Prepared cases, from memory, from disk, or made on first use: preparing takes a second or two per
 * case and would otherwise be repeated for every crop.
 */
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { UserError } from '../../base/errors';
import { defaultCacheDirectory } from '../../base/cache';
import type { CaseFiles } from '../../datasets/brats';
import type { PreparedCase } from '../sampling/sample';
import type { Size3 } from '../../volume/size';
import { caseKey } from './case-key';
import { readerOf, requireSlab, type CaseReader } from './case-reader';
import { contentHashes } from './content-hashes';
import { fileOfKey, folderUsage, makeRoom, type FolderUsage } from './folder';
import { prepareCase, type PrepareOptions } from './prepare';
import {
  bytesInMemory,
  DamagedFile,
  openStored,
  readStoredRegions,
  readStoredSlab,
  storedBytes,
  writeStored,
} from './stored-case';

export interface PreparedOptions extends PrepareOptions {
  /** The folder of prepared cases; default: `prepared` in the kit's cache. */
  folder?: string;
  /** Bytes that this folder may hold; the least recently used cases are evicted. A BraTS case is 152 MB. */
  mostBytes?: number;
  /** Bytes of cases kept in memory. A case larger than an eighth of it is read from the disk, slab by slab. */
  memoryBytes?: number;
}

const GIBIBYTE = 2 ** 30;
/** All 285 cases of BraTS 2018 are 43 GB. */
const MOST_BYTES = 64 * GIBIBYTE;
/** Default limit of the cases in memory. */
export const MEMORY_BYTES = GIBIBYTE / 2;
/** With fewer cases than this in memory, a needed one is rarely among them. */
const LEAST_IN_MEMORY = 8;

export interface PreparedCases {
  names: readonly string[];
  /**
   * A case, which is prepared first if necessary.
   * @throws UserError as `prepareCase` does, for an unknown name, or if the folder can't be written
   */
  open(name: string): Promise<CaseReader>;
  /**
   * The same, whole and in memory; the caller's own.
   * @throws UserError as `open`
   */
  whole(name: string): Promise<PreparedCase>;
  /** The content of the folder, of this data set and of others. */
  usage(): FolderUsage;
}

/** The default folder of prepared cases. */
export function defaultPreparedFolder(): string {
  return join(defaultCacheDirectory(), 'prepared');
}

/**
 * Opens cases for reading; nothing is read before one is requested.
 *
 * A case is identified by the content of its images, so a changed file is prepared again. A damaged file in
 * the folder is made again. Several processes and threads may share the folder.
 *
 * @param onNote called with what was repaired or deleted
 * @throws UserError for two cases of one name
 */
export function openPrepared(
  cases: readonly CaseFiles[],
  options: PreparedOptions = {},
  onNote: (note: string) => void = () => undefined,
): PreparedCases {
  const {
    folder = defaultPreparedFolder(),
    mostBytes = MOST_BYTES,
    memoryBytes = MEMORY_BYTES,
  } = options;
  const byName = new Map(cases.map((files) => [files.name, files]));
  if (byName.size < cases.length) {
    const twice = cases.find((files, i) => cases.findIndex((o) => o.name === files.name) < i);
    throw new UserError(`two cases are named ${twice?.name}; rename one`, {
      code: 'AMBIGUOUS',
      field: 'case',
      value: twice?.name,
    });
  }
  const hashes = contentHashes(join(folder, 'content-hashes.json'));
  const files = new Map<string, string>();
  const inMemory = new LRUCache<string, PreparedCase>({
    maxSize: Math.max(1, Math.floor(memoryBytes)),
  });
  const fits = (size: Size3): boolean => LEAST_IN_MEMORY * bytesInMemory(size) <= memoryBytes;

  const make = async (from: CaseFiles, file: string): Promise<PreparedCase> => {
    const made = await prepareCase(from, options);
    const bytes = storedBytes(made);
    const room = makeRoom(folder, bytes, mostBytes);
    if (room.deleted > 0) {
      onNote(`${folder}: ${room.deleted} prepared cases deleted to stay within ${mostBytes} bytes`);
    }
    if (room.fits) writeStored(file, made);
    else onNote(`${folder}: no room for ${from.name} (${bytes} bytes) within ${mostBytes} bytes`);
    hashes.save();
    return made;
  };
  const keep = (made: PreparedCase): CaseReader => {
    if (fits(made.size)) inMemory.set(made.name, made, { size: bytesInMemory(made.size) });
    return readerOf(made);
  };

  const prepared: PreparedCases = {
    names: cases.map(({ name }) => name),
    usage: () => folderUsage(folder),
    async whole(name) {
      const reader = await prepared.open(name);
      const { box } = reader;
      return { name, ...(await reader.slab(0, reader.size[0])), ...(box ? { box } : {}) };
    },
    async open(name) {
      const from = byName.get(name);
      if (!from) {
        throw new UserError(`${name} is no case of the data set; check the list it is in`, {
          code: 'MISSING',
          field: 'case',
          value: name,
        });
      }
      const kept = inMemory.get(name);
      if (kept) return readerOf(kept);
      const file = files.get(name) ?? fileOfKey(folder, await caseKey(from, options, hashes));
      files.set(name, file);
      const repaired = async (error: unknown): Promise<CaseReader> => {
        if (!(error instanceof DamagedFile)) throw error;
        onNote(`${error.message}: ${name} is prepared again`);
        return keep(await make(from, file));
      };
      try {
        const stored = openStored(file);
        if (!stored) return keep(await make(from, file));
        markUsed(file);
        const { size, box } = stored;
        const place = box ? { box } : {};
        if (fits(size)) return keep({ name, ...readStoredSlab(stored, 0, size[0]), ...place });
        const reading = async <T>(read: () => T, again: (whole: CaseReader) => Promise<T>) => {
          try {
            return read();
          } catch (error) {
            return again(await repaired(error));
          }
        };
        return {
          name,
          size,
          ...place,
          regions: () =>
            reading(
              () => readStoredRegions(stored),
              (whole) => whole.regions(),
            ),
          slab: async (from, to) => {
            requireSlab(name, size, from, to);
            return reading(
              () => readStoredSlab(stored, from, to),
              (whole) => whole.slab(from, to),
            );
          },
        };
      } catch (error) {
        return repaired(error);
      }
    },
  };
  return prepared;
}

function markUsed(file: string): void {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch {
    // A read-only folder still works; its cases are then never deleted.
  }
}
