/** The data that a command trains on: those of `--data`, or the preset's phantoms, with progress bars. */
import { resolve } from 'node:path';
import { phantomSetName, studyOf, type BratsData, type StudyOfOptions } from '@mckd/lib/brats';
import type { Config } from '@mckd/lib/config';
import { ensurePhantom } from '@mckd/lib/datasets';
import type { DataOptions } from './options';
import { PHANTOM_BAR, showPhantoms } from './phantom';
import { withProgress, type ProgressOptions } from '../terminal/progress';
import type { Report } from '../terminal/report';

/**
 * Finds, hashes and checks them, with a progress bar.
 * @throws UserError as `ensurePhantom` and `studyOf`
 */
export async function openStudyData(
  config: Config,
  options: DataOptions,
  report: Report,
  reading: Pick<StudyOfOptions, 'scored' | 'onFound'> = {},
): Promise<BratsData> {
  const folder = await folderOf(config, options, report);
  const name = options.data === undefined ? phantomSetName(config) : undefined;
  const { skipCheck } = options;
  return withProgress(READING_BAR, ({ show }) =>
    studyOf(folder, { name, ...findingOf(options), ...reading, skipCheck, onCase: show }),
  );
}

function findingOf({ pattern, labels, splits, fold }: DataOptions) {
  return { pattern, labels, lists: splits === undefined ? undefined : resolve(splits), fold };
}

/** The given folder, or that of the preset's phantoms in the cache, made if missing. */
async function folderOf(
  { brats }: Config,
  { data }: DataOptions,
  { say }: Report,
): Promise<string> {
  if (data !== undefined) return resolve(data);
  return withProgress(PHANTOM_BAR, (bar) =>
    ensurePhantom({ ...brats.phantom, onEvent: (event) => showPhantoms(bar, event), say }),
  );
}

/** With cached hashes reading takes no time, and needs no bar. */
const READING_BAR: ProgressOptions = {
  format:
    'reading the data set, once on this machine |{bar}| {value}/{total} cases, {eta_formatted} left',
  lineMs: 10_000,
  afterMs: 1000,
};
