/** The 1,500 spoken digits, and those of other speakers beside them: found, checked one by one, and read. */
import { existsSync, readdirSync, statSync, type Dirent } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../base/errors';
import { readArchiveFile } from '../../formats/archive';
import { defaultCacheDirectory } from '../../base/cache';
import { fsddChecksums, isOfUnseenSpeaker, verifyRecording } from './fsdd';
import { decode, type Recording, type Recordings } from './recording';
import { loadSyntheticRecordings } from './synthetic-speech';
import { compareText } from '../../base/compare-text';
import { someOf } from '../../base/words';
import { readZipFile } from '../../formats/zip-archive';

export interface RecordingsOptions {
  /** An archive or a folder that holds the recordings at some depth; default: `MCKD_DATA`. */
  dataDirectory?: string;
  /** Where downloads and synthetic speech are kept; default: `MCKD_CACHE`, else the user's cache folder. */
  cacheDirectory?: string;
}

/** Where a set of wav files is. */
export interface RecordingsPlace {
  kind: 'archive' | 'folder';
  path: string;
}

/** Folders below the data directory that are searched. */
const SEARCH_DEPTH = 4;

const DESCRIPTION =
  '1,500 recordings of the Free Spoken Digit Dataset (speakers jackson, nicolas and theo)';

/**
 * All recordings, from the first of: the data directory, the download in the cache, synthetic speech.
 * Each published recording is checked by its own sha256; an incomplete set is never returned. Other speakers have no
 * list of checksums: whatever is there is read, and is a part of the data's sha256.
 *
 * @throws UserError naming the file that is missing, corrupt or of another format, and the fix
 */
export async function loadRecordings(options: RecordingsOptions = {}): Promise<Recordings> {
  // An empty MCKD_DATA counts as unset.
  const dataDirectory = options.dataDirectory ?? (process.env.MCKD_DATA || undefined);
  const cacheDirectory = options.cacheDirectory ?? defaultCacheDirectory();
  const found = dataDirectory === undefined ? undefined : searchRecordings(dataDirectory);
  const place = found?.place ?? downloadedRecordings(cacheDirectory);
  if (!place) {
    const speech = await loadSyntheticRecordings({ cacheDirectory });
    return { ...speech, description: speech.description + (found ? searchNote(found) : '') };
  }
  const files = place.kind === 'archive' ? await fromArchive(place) : await fromFolder(place);
  const all = [...files].map(([name, { file, bytes }]) => decode(name, bytes, file));
  const isUnseen = ({ name }: Recording): boolean => isOfUnseenSpeaker(`${name}.wav`);
  return {
    recordings: all.filter((one) => !isUnseen(one)),
    unseen: all.filter(isUnseen),
    provenance: 'real',
    description: DESCRIPTION,
  };
}

/** The folder of the cache that `npm run data -- av-mnist` fills. */
export function downloadFolder(cacheDirectory: string = defaultCacheDirectory()): string {
  return path.join(cacheDirectory, 'fsdd');
}

/** The result of a search for recordings. */
export interface FoundRecordings {
  place?: RecordingsPlace;
  /** Archives that were not searched, since their names don't say that they hold spoken digits. */
  otherArchives: string[];
}

/** For captions of synthetic speech, if a data directory was searched first. */
export function searchNote({ otherArchives }: FoundRecordings): string {
  if (otherArchives.length === 0) return ' (the data directory holds no recordings)';
  const some = someOf(otherArchives.map((file) => path.basename(file)));
  return ` (the data directory holds no recordings; not searched, since without "fsdd" or "spoken-digit" in the name: ${some})`;
}

/**
 * Looks for the recordings: the path itself, then its folders, nearest first and in the order of
 * their names. A folder of wav files comes before an archive beside it.
 *
 * @returns without a place if the path exists and holds none
 * @throws UserError when the path doesn't exist, or is a file that is no archive
 */
export function searchRecordings(dataDirectory: string): FoundRecordings {
  const root = path.resolve(dataDirectory);
  if (!existsSync(root)) {
    throw new UserError(
      `${root} does not exist; set MCKD_DATA to the folder or archive of the recordings, or leave it unset`,
      { code: 'MISSING', file: root, field: 'MCKD_DATA', value: dataDirectory },
    );
  }
  if (!statSync(root).isDirectory()) {
    if (isArchiveName(root)) return { place: { kind: 'archive', path: root }, otherArchives: [] };
    throw new UserError(
      `${root} is neither a folder nor a .zip, .tar, .tar.gz or .tgz archive; set MCKD_DATA to one that is`,
      { code: 'BAD_VALUE', file: root, field: 'MCKD_DATA', value: dataDirectory },
    );
  }
  const otherArchives: string[] = [];
  let level = [root];
  for (let depth = 0; depth <= SEARCH_DEPTH && level.length > 0; depth++) {
    const below: string[] = [];
    let archive: string | undefined;
    for (const folder of level) {
      const entries = entriesOf(folder);
      if (entries.some((entry) => fsddChecksums().has(entry.name))) {
        return { place: { kind: 'folder', path: folder }, otherArchives };
      }
      for (const entry of entries) {
        const whole = path.join(folder, entry.name);
        if (entry.isDirectory() || (entry.isSymbolicLink() && isFolder(whole))) {
          if (!entry.name.startsWith('.') && entry.name !== 'node_modules') below.push(whole);
        } else if (isArchiveName(entry.name)) {
          if (/fsdd|spoken[-_]?digit/i.test(entry.name)) archive ??= whole;
          else otherArchives.push(whole);
        }
      }
    }
    if (archive) return { place: { kind: 'archive', path: archive }, otherArchives };
    level = below;
  }
  return { otherArchives };
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => compareText(a.name, b.name));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(
      `${folder} can't be read (${reason}); check its permissions`,
      { code: 'CANNOT_READ', file: folder },
      { cause },
    );
  }
}

function isFolder(link: string): boolean {
  return statSync(link, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isArchiveName(name: string): boolean {
  return /\.(tar|tar\.gz|tgz|zip)$/i.test(name);
}

/** The finished download, if there is one; an unfinished one is an error, not a silent change of data. */
function downloadedRecordings(cacheDirectory: string): RecordingsPlace | undefined {
  const folder = downloadFolder(cacheDirectory);
  if (!existsSync(folder)) return undefined;
  const there = readdirSync(folder).filter((name) => fsddChecksums().has(name)).length;
  if (there === 0) return undefined;
  if (there < fsddChecksums().size) {
    throw new UserError(
      `${folder} holds ${there} of ${fsddChecksums().size} recordings, an unfinished download; ` +
        'finish it with `npm run data -- av-mnist`, or delete the folder to use synthetic speech',
      { code: 'BAD_FILE', file: folder, field: 'recordings', value: there },
    );
  }
  return { kind: 'folder', path: folder };
}

interface WavFile {
  /** Where it came from, for messages. */
  file: string;
  bytes: Buffer;
}

async function fromFolder(place: RecordingsPlace): Promise<Map<string, WavFile>> {
  const files = new Map<string, WavFile>();
  const read = (file: string): Promise<Buffer> =>
    readFile(file).catch((cause: Error) => {
      throw new UserError(`${file} can't be read (${cause.message}); check its permissions`, {
        code: 'CANNOT_READ',
        file,
      });
    });
  for (const name of fsddChecksums().keys()) {
    const file = path.join(place.path, name);
    if (!existsSync(file)) throw missing(name, place, files.size);
    const bytes = await read(file);
    verifyRecording(
      name,
      bytes,
      file,
      'copy it again, or delete it and run `npm run data -- av-mnist`',
    );
    files.set(name, { file, bytes });
  }
  const unseen = readdirSync(place.path).filter(isOfUnseenSpeaker).sort(compareText);
  for (const name of unseen) {
    const file = path.join(place.path, name);
    files.set(name, { file, bytes: await read(file) });
  }
  return files;
}

async function fromArchive(place: RecordingsPlace): Promise<Map<string, WavFile>> {
  const found = new Map<string, WavFile>();
  const read = /\.zip$/i.test(place.path) ? readZipFile : readArchiveFile;
  await read(
    place.path,
    (name) => fsddChecksums().has(name) || isOfUnseenSpeaker(name),
    (name, bytes) => {
      const file = `${name} in ${place.path}`;
      if (found.has(name)) {
        throw new UserError(`${file}: it appears twice; get the archive again`, {
          code: 'BAD_FILE',
          file,
          field: 'copies',
          value: 2,
        });
      }
      if (!isOfUnseenSpeaker(name)) verifyRecording(name, bytes, file, 'get the archive again');
      found.set(name, { file, bytes });
    },
  );
  // In the list's order, not the archive's.
  const files = new Map<string, WavFile>();
  for (const name of fsddChecksums().keys()) {
    const file = found.get(name);
    if (!file)
      throw missing(name, place, [...found.keys()].filter((one) => !isOfUnseenSpeaker(one)).length);
    files.set(name, file);
  }
  for (const name of [...found.keys()].filter(isOfUnseenSpeaker).sort(compareText))
    files.set(name, found.get(name) as WavFile);
  return files;
}

function missing(name: string, place: RecordingsPlace, found: number): UserError {
  const count = place.kind === 'archive' ? ` (it holds ${found} of ${fsddChecksums().size})` : '';
  return new UserError(
    `${path.join(place.path, name)} is missing${count}; get the recordings again with \`npm run data -- av-mnist\``,
    { code: 'MISSING', file: path.join(place.path, name), field: 'recording', value: name },
  );
}
