/** Searches a folder for images: links are followed, and what is skipped is named. */
import { readdirSync, realpathSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { someOf } from '../../base/words';
import { UserError } from '../../base/errors';
import { compareText } from '../../base/compare-text';
import { EXTENSION } from './layouts';

/** An image in a folder; its stem is the name without folder and extension. */
export interface ImageFile {
  file: string;
  folder: string;
  stem: string;
}

export interface FolderContents {
  /** In text order of their paths. */
  images: ImageFile[];
  /** What was skipped, and why, one sentence each. */
  notes: string[];
}

/** No data set is deeper; a link may lead to a whole disk. */
const DEEPEST = 16;
const ARCHIVE = /\.(zip|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz|zst)|7z|rar)$/i;
const OTHER_IMAGE = /\.(mha|mhd|nrrd|nhdr|mgz|mgh|dcm|ima)$/i;

export function imageFile(file: string): ImageFile {
  return { file, folder: dirname(file), stem: basename(file).replace(EXTENSION, '') };
}

/** @throws UserError for a path that can't be read */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw new UserError(
      `${path} can't be read (${(cause as Error).message}); check the path`,
      { code: 'CANNOT_READ', file: path },
      { cause },
    );
  }
}

/** The images of `lookThrough`. */
export function imageFiles(folder: string): ImageFile[] {
  return lookThrough(folder).images;
}

/**
 * All images in a folder and its subfolders. Links to files and folders are followed, each folder once. Hidden files, and
 * what macOS adds to archives, are skipped.
 * @throws UserError for a folder that can't be read
 */
export function lookThrough(folder: string): FolderContents {
  const images: ImageFile[] = [];
  const notes: string[] = [];
  const archives: string[] = [];
  const others: string[] = [];
  const seen = new Set<string>();
  const visit = (place: string, depth: number): void => {
    const real = withReadError(place, () => realpathSync(place));
    if (seen.has(real)) return;
    seen.add(real);
    if (depth > DEEPEST) {
      notes.push(`${place} is not searched: it is ${DEEPEST} folders deep`);
      return;
    }
    for (const name of withReadError(place, () => readdirSync(place)).sort(compareText)) {
      if (name.startsWith('.') || name === '__MACOSX') continue;
      const file = join(place, name);
      const facts = statOf(file);
      if (!facts) notes.push(`${file} is a broken link`);
      // Kaggle's copies have folders named *.nii.
      else if (facts.isDirectory()) visit(file, depth + 1);
      else if (EXTENSION.test(name)) images.push(imageFile(file));
      else if (ARCHIVE.test(name)) archives.push(file);
      else if (OTHER_IMAGE.test(name)) others.push(file);
    }
  };
  visit(folder, 0);
  if (archives.length > 0) {
    notes.push(`not searched, since packed: ${someOf(archives)}; unpack what belongs to the data`);
  }
  if (others.length > 0) {
    notes.push(`not read, since not NIfTI: ${someOf(others)}; convert what belongs to the data`);
  }
  return { images, notes };
}

/** What is at a path, links followed; undefined where a link leads nowhere. */
function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function withReadError<T>(folder: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new UserError(
      code === 'ENOTDIR'
        ? `${folder} is a file, not a folder${ARCHIVE.test(folder) ? '; unpack it and give the folder' : '; give its folder'}`
        : `${folder} can't be read (${message}); check the path`,
      { code: 'CANNOT_READ', file: folder },
      { cause },
    );
  }
}
