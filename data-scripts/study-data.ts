/** The data that a command trains on: those of `--data`, or the preset's phantoms, under progress bars. */
import { resolve } from 'node:path';
import {
  ensurePhantom,
  findDataSet,
  hashDataSet,
  phantomSetName,
  studyOf,
  type BratsDataSet,
  type Config,
  type StudyData,
} from '@mckd/lib';
import { SingleBar } from 'cli-progress';
import type { DataOptions } from './commands/arguments';
import { phantomBar } from './phantom';

/**
 * Data that can be scored.
 * @throws ReaderError as `ensurePhantom` and `studyOf`
 */
export async function openStudyData(config: Config, options: DataOptions): Promise<StudyData> {
  const folder = await folderOf(config, options);
  const name = options.data === undefined ? phantomSetName(config) : undefined;
  return withReadingBar((onCase) => studyOf(folder, { name, ...findingOf(options), onCase }));
}

/**
 * Data to train on, scored or not.
 * @throws ReaderError as `ensurePhantom`, `findDataSet` and `hashDataSet`
 */
export async function openTrainingData(
  config: Config,
  options: DataOptions,
): Promise<{ folder: string; data: BratsDataSet; dataHash: string }> {
  const folder = await folderOf(config, options);
  const data = findDataSet(folder, findingOf(options));
  console.log(`${folder}: ${data.splits.description}`);
  const dataHash = await withReadingBar((onCase) => hashDataSet(data, { onCase }));
  return { folder, data, dataHash };
}

function findingOf({ pattern, splits, fold }: DataOptions) {
  return { pattern, lists: splits === undefined ? undefined : resolve(splits), fold };
}

/** What was given, or the folder of the preset's phantoms in the cache, made where it isn't there. */
async function folderOf({ brats }: Config, { data }: DataOptions): Promise<string> {
  if (data !== undefined) return resolve(data);
  const bar = phantomBar();
  try {
    return await ensurePhantom({ ...brats.phantom, onEvent: bar.show, say: console.log });
  } finally {
    bar.stop();
  }
}

/** Reading what the index of contents knows takes no time, and needs no bar. */
const QUICK_MS = 1000;

async function withReadingBar<T>(
  read: (onCase: (done: number, total: number) => void) => Promise<T>,
): Promise<T> {
  const bar = new SingleBar({
    format:
      'reading the data set, once on this machine |{bar}| {value}/{total} cases, {eta_formatted} left',
    noTTYOutput: true,
    notTTYSchedule: 10_000,
    hideCursor: true,
  });
  const started = performance.now();
  try {
    return await read((done, total) => {
      if (bar.isActive) bar.update(done);
      else if (performance.now() - started > QUICK_MS && done < total) bar.start(total, done);
    });
  } finally {
    bar.stop();
  }
}
