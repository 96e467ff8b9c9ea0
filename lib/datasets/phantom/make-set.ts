/** Makes a set of phantoms in a folder or in the cache. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../base/errors';
import { lockFile, takeLock } from '../../base/lock';
import { defaultCacheDirectory } from '../../base/cache';
import { prepareAnatomy, type AnatomyMaps } from './anatomy';
import {
  identityOf,
  manifestOf,
  readManifest,
  writeDescription,
  writeManifest,
  type PhantomManifest,
} from './description';
import { caseFolder, removeCases, removeLeftovers } from './files';
import { ICBM152, loadIcbm152 } from './icbm152';
import { phantomSettings, type PhantomOptions, type PhantomSettings } from './options';
import { defaultWorkers, makeCases } from './workers';

/** Progress of a set: first the amount of work, then one event per case. */
export type PhantomEvent =
  | { kind: 'plan'; done: number; total: number }
  | { kind: 'case'; name: string; done: number; total: number };

export interface MakePhantomsOptions extends PhantomOptions {
  /** Default: the ICBM 152 average brain, fetched once. */
  anatomy?: AnatomyMaps;
  /** The cache of the anatomy; default: `MCKD_CACHE`, else the user's cache folder. */
  cacheDirectory?: string;
  /** Replace another set of phantoms that is in the folder. */
  force?: boolean;
  /** Threads; default: one per core. The result doesn't depend on it. */
  workers?: number;
  /** Where a line of text goes. */
  say?: (line: string) => void;
}

/**
 * Makes a set in a folder. Existing cases are kept, so a run that was interrupted resumes, and a set
 * grows when more cases are requested. The same options give the same bytes (for one version of
 * Node, whose zlib packs the files). One process at a time works in a folder; another waits, then makes what is
 * missing.
 *
 * @throws UserError for a wrong option, a folder that holds something else, an anatomy that can't be
 *   fetched, or a full disk
 */
export async function* makePhantoms(
  directory: string,
  options: MakePhantomsOptions = {},
): AsyncGenerator<PhantomEvent> {
  const settings = phantomSettings(options);
  const record = options.anatomy ?? ICBM152;
  const manifest = manifestOf(settings, record, false);
  const check = (): void => checkFolder(directory, manifest, options.force ?? false);
  check();
  // Before the folder is made: this can fail for reasons outside of this machine.
  const anatomy =
    missingCases(directory, settings, options).length > 0
      ? (options.anatomy ?? (await loadIcbm152(options)))
      : options.anatomy;
  const release = await takeTurn(directory, options.say);
  try {
    check();
    yield* makeMissing(directory, { ...options, anatomy });
  } finally {
    release();
  }
}

/** A BraTS-sized set takes long, and its maker uses most of the cores. */
const LONGEST_TURN_MS = 3600_000;

/** Takes the folder's lock; reports if it waits for another process. */
async function takeTurn(directory: string, say: MakePhantomsOptions['say']): Promise<() => void> {
  try {
    return await takeLock(directory);
  } catch {
    if (existsSync(lockFile(directory)))
      say?.(`another process makes the phantoms in ${directory}; waiting for it`);
    return await takeLock(directory, { waitMs: LONGEST_TURN_MS });
  }
}

/** The numbers of the cases to make. */
function missingCases(
  directory: string,
  { cases }: Pick<PhantomSettings, 'cases'>,
  { force = false }: Pick<MakePhantomsOptions, 'force'>,
): number[] {
  const all = Array.from({ length: cases }, (_, index) => index);
  return all.filter((index) => force || !existsSync(caseFolder(directory, index)));
}

async function* makeMissing(
  directory: string,
  options: MakePhantomsOptions,
): AsyncGenerator<PhantomEvent> {
  const { force = false } = options;
  const settings = phantomSettings(options);
  const { cases: total, grid, seed } = settings;
  const record = options.anatomy ?? ICBM152;
  const manifest = manifestOf(settings, record, false);
  const missing = missingCases(directory, settings, options);
  const maps = missing.length > 0 ? (options.anatomy ?? (await loadIcbm152(options))) : undefined;

  if (force) removeCases(directory);
  removeLeftovers(directory);
  writeManifest(directory, manifest);
  writeDescription(directory, settings, record);
  let done = total - missing.length;
  yield { kind: 'plan', done, total };
  if (maps) {
    const anatomy = prepareAnatomy(maps, grid.spacing);
    const workers = options.workers ?? defaultWorkers(grid);
    for await (const name of makeCases({ directory, anatomy, grid, seed }, missing, workers)) {
      done += 1;
      yield { kind: 'case', name, done, total };
    }
  }
  writeManifest(directory, { ...manifest, complete: true });
}

/** @throws UserError for a folder that holds something else, unless it may be replaced */
function checkFolder(directory: string, wanted: PhantomManifest, force: boolean): void {
  const found = readManifest(directory);
  if (!found) {
    const lock = path.basename(lockFile(directory));
    const all = existsSync(directory) ? readdirSync(directory) : [];
    const others = all.filter((name) => !name.startsWith(lock));
    if (others.length === 0) return;
    throw new UserError(
      `${directory} holds ${others[0]} and no phantoms; choose a new or empty folder`,
      { code: 'EXISTS', file: directory, value: others[0] },
    );
  }
  const { cases, size, seed } = found.options;
  const same = identityOf(found) === identityOf(wanted) && cases <= wanted.options.cases;
  if (same || force) return;
  throw new UserError(
    `${directory} holds other phantoms (${cases} cases of ${size.join(' x ')}, seed ${seed}, format ${found.formatVersion}); choose another folder, or replace them with --force`,
    {
      code: 'EXISTS',
      file: path.join(directory, 'manifest.json'),
      field: 'options',
      value: found.options,
    },
  );
}

export interface EnsurePhantomOptions extends Omit<MakePhantomsOptions, 'force'> {
  /** Called as the set is made; not if it exists. */
  onEvent?: (event: PhantomEvent) => void;
}

/**
 * The folder of a set in the cache, made if missing (2.5 mm: about half a second per case on
 * each core).
 * @throws UserError as `makePhantoms`
 */
export async function ensurePhantom(options: EnsurePhantomOptions = {}): Promise<string> {
  const { cacheDirectory = defaultCacheDirectory(), onEvent } = options;
  const settings = phantomSettings(options);
  const wanted = manifestOf(settings, options.anatomy ?? ICBM152, true);
  const { testCases, metaValidationCases, cases, size } = wanted.options;
  const key = createHash('sha256')
    .update(JSON.stringify([identityOf(wanted), cases, testCases, metaValidationCases]))
    .digest('hex')
    .slice(0, 12);
  const directory = path.join(cacheDirectory, 'phantom', `${cases}-of-${size.join('x')}-${key}`);
  const indices = Array.from({ length: cases }, (_, index) => index);
  const whole =
    readManifest(directory)?.complete &&
    indices.every((index) => existsSync(caseFolder(directory, index)));
  if (whole) return directory;
  for await (const event of makePhantoms(directory, options)) onEvent?.(event);
  return directory;
}
