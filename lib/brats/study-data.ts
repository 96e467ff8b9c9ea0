/** The data that a study of a preset stands on: phantoms, or the real cases that a person has. */
import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Config } from '../config';
import { findCases, missingScans, type CaseFiles } from '../data/brats';
import { ensurePhantom, type EnsurePhantomOptions } from '../data/phantom';
import { ReaderError } from '../errors';
import { hashDataSet } from './comparison';
import type { BratsPlace } from './task';
import { findDataSet, type BratsDataSet } from './data';

/** A data set for training and tables. */
export interface StudyData extends BratsDataSet {
  folder: string;
  /** `hashDataSet` of it. */
  sha256: string;
  /** Made-up cases, whose scores are never set against published ones. */
  phantom: boolean;
  /** In words, for captions. */
  description: string;
}

/** How phantoms are made where they are not there yet. */
export interface StudyDataOptions extends Pick<
  EnsurePhantomOptions,
  'anatomy' | 'cacheDirectory' | 'onEvent' | 'say'
> {
  /** Where a person's own data are; default: `MCKD_DATA`. */
  dataDirectory?: string;
}

/** Fewer cases than these make no training and test set. */
const FEWEST = 20;

/**
 * The data of a preset: `paper` trains on the real cases under `MCKD_DATA`, every other preset on its phantoms,
 * which are made where they are not in the cache.
 *
 * @throws ReaderError for preset `paper` without enough labelled real cases; and as `ensurePhantom`
 */
export async function studyData(
  config: Config,
  { dataDirectory, ...making }: StudyDataOptions = {},
): Promise<StudyData> {
  if (config.preset === 'paper') return realData(dataDirectory);
  const { phantom } = config.brats;
  const folder = await ensurePhantom({ say: console.log, ...phantom, ...making });
  return studyOf(folder, { phantom: true, name: `phantom of ${phantom.cases} cases` });
}

function realData(dataDirectory = process.env.MCKD_DATA ?? ''): StudyData {
  const labelled = realCases(dataDirectory).filter(({ labels }) => labels);
  if (labelled.length < FEWEST) {
    throw new ReaderError(
      `preset paper trains on real BraTS cases, and MCKD_DATA (${dataDirectory || 'not set'}) holds ${labelled.length} with all ` +
        `four scans and labels; set it to the folder of the data set, or take preset quick or standard, which make phantoms`,
      { field: 'MCKD_DATA', value: dataDirectory },
    );
  }
  return studyOf(dataDirectory, { phantom: false, name: basename(dataDirectory) });
}

/** A data set's folder as the data of a study. */
export function studyOf(
  folder: string,
  { phantom, name, pattern }: { phantom: boolean; name: string; pattern?: string },
): StudyData {
  const data = findDataSet(folder, { pattern });
  const { train, metaValidation, test } = data.splits;
  return {
    ...data,
    folder,
    sha256: hashDataSet(folder, data),
    phantom,
    description: `${name} (${train.length} to train on, ${metaValidation.length} for the meta step, ${test.length} for the test)`,
  };
}

/** The cases under a folder that have all four scans, such as those of a person's own; none where there is none. */
export function realCases(dataDirectory = process.env.MCKD_DATA ?? ''): CaseFiles[] {
  if (!existsSync(dataDirectory) || !statSync(dataDirectory).isDirectory()) return [];
  try {
    return findCases(dataDirectory).filter((files) => missingScans(files).length === 0);
  } catch (error) {
    const none = error instanceof ReaderError && error.facts.field === 'cases';
    if (none) return [];
    throw error;
  }
}

/** Where the trainings of a study lie in a results folder: notebooks and `mckd compare` share them. */
export function studyPlace(
  resultsDirectory: string,
  { folder, sha256 }: StudyData,
): Pick<BratsPlace, 'directory' | 'data' | 'dataHash'> {
  return { directory: join(resultsDirectory, 'brats', 'runs'), data: folder, dataHash: sha256 };
}
