/** `npm run data -- <set>`: fetches a public data set into the cache folder. */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { makeFolder, withFileInError, UserError, writeFileAtomic } from '@mckd/lib/base';
import {
  dataSource,
  dataSources,
  downloadFolder,
  exportAvMnist,
  fsddChecksums,
  requireKnown,
  verifyRecording,
  type AvMnistExport,
  type DataSource,
} from '@mckd/lib/datasets';
import { readArchive } from '@mckd/lib/formats';
import { withProgress } from '../terminal/progress';

/** The data sets that can be fetched. */
const DATA_SETS = ['av-mnist'] as const;

export interface FetchOptions {
  /** Address of the archive; default: `MCKD_FSDD_URL`, else the release's own. */
  url?: string;
  /** Default: `MCKD_CACHE`, else the user's cache folder. */
  cacheDirectory?: string;
  /** Tries in a row that bring no new recording before giving up. */
  tries?: number;
  /** Wait before the second try; doubles from try to try. */
  firstWaitMs?: number;
  /** A connection without data for so long is given up. */
  stallMs?: number;
  /** Where a line of text goes; default: the console. */
  say?: (line: string) => void;
}

/**
 * Fetches a data set. Complete recordings are kept, each new one is checked by its
 * sha256 before it gets its name, and those of an interrupted connection are kept for the next try.
 *
 * @returns where the recordings are, and how many
 * @throws UserError for an unknown set, a host that can't be reached, or a file that is not the published one
 */
export async function fetchDataSet(
  set: string,
  options: FetchOptions = {},
): Promise<FetchedRecordings> {
  requireDataSet(set);
  return fetchRecordings(options);
}

/**
 * Writes a data set as files for other programs: see `exportAvMnist`.
 * @throws UserError for an unknown set
 */
export async function exportDataSet(set: string, folder: string): Promise<AvMnistExport> {
  requireDataSet(set);
  return exportAvMnist(folder);
}

function requireDataSet(set: string): void {
  if (!(DATA_SETS as readonly string[]).includes(set)) {
    throw new UserError(
      `there is no data set ${JSON.stringify(set)}; the sets are: ${DATA_SETS.join(', ')}, phantom`,
      { code: 'BAD_VALUE', field: 'data set', value: set },
    );
  }
}

export interface FetchedRecordings {
  folder: string;
  recordings: number;
}

/** All data sets that the kit can use, as lines for a reader. */
export function listDataSets(): { dataSets: readonly DataSource[]; lines: string } {
  const dataSets = dataSources();
  return { dataSets, lines: dataSets.map(describeSource).join('\n\n') };
}

function describeSource(source: DataSource): string {
  const { id, name, use, layouts, page, licence, registration, command, download, why } = source;
  const reason = (field: string): string =>
    `not known: ${why[field] ?? why[field.split('.')[0]] ?? ''}`;
  const size =
    download.bytes === null ? reason('download.bytes') : `${(download.bytes / 1e6).toFixed(1)} MB`;
  const rows = {
    'used for': use,
    'files named as': layouts.join(', '),
    page: page ?? reason('page'),
    licence: licence ?? reason('licence'),
    registration,
    command: command ?? `none: ${why.command}`,
    download: download.address ?? reason('download.address'),
    sha256: download.sha256 ?? reason('download.sha256'),
    size,
  };
  const shown = Object.entries(rows).filter(([, value]) => value !== '');
  return [`${id}: ${name}`, ...shown.map(([title, value]) => `  ${title.padEnd(16)}${value}`)].join(
    '\n',
  );
}

function recordingsAddress(): string {
  const source = dataSource('fsdd');
  return requireKnown(source, 'download.address', source.download.address);
}

async function fetchRecordings(options: FetchOptions): Promise<FetchedRecordings> {
  const url = options.url ?? (process.env.MCKD_FSDD_URL || recordingsAddress());
  const { tries = 5, firstWaitMs = 1000, stallMs = 30_000, say = console.log } = options;
  const folder = downloadFolder(options.cacheDirectory);
  const total = fsddChecksums().size;
  const have = await wholeRecordings(folder);
  if (have.size === total) {
    say(`all ${total} recordings exist and are intact: ${folder}`);
    return { folder, recordings: total };
  }
  say(`${have.size} of ${total} recordings exist; fetching the rest from ${url}`);

  let fault = '';
  const bar = {
    format: 'recordings |{bar}| {value}/{total} | {eta_formatted} left',
    lineMs: 5000,
  };
  await withProgress(bar, async ({ show }) => {
    show(have.size, total);
    for (let failures = 0; failures < tries && have.size < total; failures++) {
      if (failures > 0) await wait(firstWaitMs * 2 ** (failures - 1));
      const before = have.size;
      try {
        await fetchOnce(url, folder, have, stallMs, () => show(have.size, total));
      } catch (error) {
        // An interrupted connection may look like a truncated archive.
        if (error instanceof UserError && error.details.field !== 'archive') throw error;
        fault = reasonOf(error);
        // A try with progress doesn't count: a slow connection finishes in the end.
        if (have.size > before) failures = 0;
      }
    }
  });
  if (have.size < total) {
    throw new UserError(
      `${url} can't be fetched (${fault}); ${have.size} of ${total} recordings are in ${folder} and are kept: ` +
        'run the command again when the host can be reached, or get the archive in another way and set MCKD_DATA to it',
      { code: 'DOWNLOAD', file: url, field: 'recordings', value: have.size },
    );
  }
  say(`all ${total} recordings are in ${folder}`);
  const { name, licence } = dataSource('fsdd');
  say(`${name}; ${licence}`);
  return { folder, recordings: total };
}

/** One pass over the archive; adds new, valid recordings to `folder` and `have`. */
async function fetchOnce(
  url: string,
  folder: string,
  have: Set<string>,
  stallMs: number,
  arrived: () => void,
): Promise<void> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(new Error(`no data for ${stallMs / 1000} s`)), stallMs);
  try {
    const response = await fetch(url, { signal: stop.signal });
    if (!response.ok || !response.body) {
      const status = `HTTP status ${response.status}`;
      // Too many requests and server errors may be temporary; anything else is not.
      if (response.status === 429 || response.status >= 500) throw new Error(status);
      throw new UserError(
        `${url} answered with ${status}; check MCKD_FSDD_URL, or get the archive in another way and set MCKD_DATA to it`,
        { code: 'DOWNLOAD', file: url, field: 'HTTP status', value: response.status },
      );
    }
    const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
    async function* watched(): AsyncGenerator<Uint8Array> {
      for await (const part of body) {
        timer.refresh();
        yield part as Uint8Array;
      }
    }
    const source = Readable.from(watched(), { objectMode: false });
    await readArchive(
      source,
      url,
      (name) => fsddChecksums().has(name) && !have.has(name),
      (name, bytes) => {
        verifyRecording(
          name,
          bytes,
          `${name} from ${url}`,
          'nothing was written for it; check MCKD_FSDD_URL',
        );
        writeFileAtomic(path.join(folder, name), bytes);
        have.add(name);
        arrived();
      },
    );
    const missing = [...fsddChecksums().keys()].find((name) => !have.has(name));
    if (missing) {
      throw new UserError(`${url} does not hold ${missing}; check MCKD_FSDD_URL`, {
        code: 'DOWNLOAD',
        file: url,
        field: 'recording',
        value: missing,
      });
    }
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}

/** Names of the intact recordings in the folder; others, and partial files, are deleted. */
async function wholeRecordings(folder: string): Promise<Set<string>> {
  const have = new Set<string>();
  withFileInError(folder, () => makeFolder(folder));
  const hourAgo = Date.now() - 3_600_000;
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    if (fsddChecksums().has(name)) {
      try {
        verifyRecording(name, await readFile(file), file, 'it is fetched again');
        have.add(name);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        await rm(file);
      }
    } else if (name.endsWith('.partial') && (await stat(file)).mtimeMs < hourAgo) {
      await rm(file);
    }
  }
  return have;
}

/** Node's fetch hides the reason ("fetch failed") in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause.message || error.cause.name : '';
  return cause ? `${error.message}: ${cause}` : error.message;
}
