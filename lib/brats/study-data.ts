/** The data of a preset: phantoms, or the user's real cases. */
import { existsSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Config } from '../config';
import { findCases, missingScans, type CaseFiles, type FindCasesOptions } from '../datasets/brats';
import { ensurePhantom, type EnsurePhantomOptions } from '../datasets/phantom';
import { UserError } from '../base/errors';
import {
  findDataSet,
  type BratsData,
  type BratsDataSet,
  type FindDataSetOptions,
} from './data-set';
import { checkData, requireFiles } from './check-data';
import { hashDataSet, type HashDataSetOptions } from './hash-data-set';
import { requireScorable } from './scorable';

/** How a folder's data are found, split and read. */
export interface StudyOfOptions extends FindDataSetOptions, Pick<HashDataSetOptions, 'onCase'> {
  /** In words; default: the folder's name. */
  name?: string;
  /** Don't read headers and label maps of all cases first: see `checkData`. */
  skipCheck?: boolean;
  /** False: test cases without labels will do, since there is only training. Default: true. */
  scored?: boolean;
  /** Called before any file is read. */
  onFound?: (data: BratsDataSet & Pick<BratsData, 'folder'>) => void;
}

/** How missing phantoms are made, and real data found. */
export interface StudyDataOptions
  extends
    StudyOfOptions,
    Pick<EnsurePhantomOptions, 'anatomy' | 'cacheDirectory' | 'onEvent' | 'say'> {
  /** The folder of the user's data; default: `MCKD_DATA`. */
  dataDirectory?: string;
}

/**
 * The data of a preset: `paper` trains on the real cases under `MCKD_DATA`, every other preset on its phantoms,
 * which are made if they are not in the cache.
 *
 * @throws UserError for preset `paper` without labelled real cases; and as `ensurePhantom` and `studyOf`
 */
export async function studyData(
  config: Config,
  {
    dataDirectory,
    anatomy,
    cacheDirectory,
    onEvent,
    say = console.log,
    ...finding
  }: StudyDataOptions = {},
): Promise<BratsData> {
  if (config.preset === 'paper') {
    return studyOf(realFolder(dataDirectory), { ...ownLayout(), ...finding });
  }
  const { phantom } = config.brats;
  const making = { anatomy, cacheDirectory, onEvent, say };
  const folder = await ensurePhantom({ ...phantom, ...making });
  return studyOf(folder, { name: phantomSetName(config), ...finding });
}

/** The name of the preset's phantoms in captions. */
export function phantomSetName({ brats: { phantom } }: Config): string {
  return `phantom of ${phantom.cases} cases`;
}

function realFolder(dataDirectory = process.env.MCKD_DATA ?? ''): string {
  const labelled = realCases(dataDirectory).filter(({ labels }) => labels);
  if (labelled.length >= FEWEST) return dataDirectory;
  throw new UserError(
    `preset paper trains on real BraTS cases, and MCKD_DATA (${dataDirectory || 'not set'}) holds ${labelled.length} with all ` +
      `four scans and labels, while at least ${FEWEST} are needed (for training, meta-validation, testing); set it to the ` +
      `folder of the data set, or use preset quick or standard, which make phantoms`,
    { code: 'MISSING', field: 'MCKD_DATA', value: dataDirectory },
  );
}

/** One case for each part of a split. */
const FEWEST = 3;

/**
 * A data set's folder as the data of a training or experiment: found, hashed and checked once. Everything after this takes
 * the value.
 *
 * @throws UserError as `findDataSet`, `requireScorable` (or `requireFiles`, unless `scored`), `hashDataSet` and
 *   `checkData`
 */
export async function studyOf(
  folder: string,
  {
    name = basename(resolve(folder)),
    onFound,
    onCase,
    skipCheck = false,
    scored = true,
    ...finding
  }: StudyOfOptions = {},
): Promise<BratsData> {
  const data = findDataSet(folder, finding);
  onFound?.({ ...data, folder });
  if (scored) requireScorable(data);
  else requireFiles(data);
  const sha256 = await hashDataSet(data, { onCase });
  if (!skipCheck) await checkData(data, sha256, { onCase });
  return {
    ...data,
    folder,
    sha256,
    description: `${name} (${partsOf(data)})`,
  };
}

/** Without a path, since captions of committed notebooks contain it. */
function partsOf({ splits: { train, metaValidation, test, source, rule } }: BratsDataSet): string {
  const counts = `${train.length} for training, ${metaValidation.length} for the meta step, ${test.length} for testing`;
  return source === 'lists' ? counts : `${counts}; ${rule}`;
}

/** How the user's data are described to the notebooks: like `--pattern` and `--labels` of the commands. */
function ownLayout(): FindCasesOptions {
  return { pattern: process.env.MCKD_PATTERN, labels: process.env.MCKD_LABELS };
}

/** The cases under a folder that have all four scans, such as the user's own; none if there is no folder. */
export function realCases(dataDirectory = process.env.MCKD_DATA ?? ''): CaseFiles[] {
  if (!existsSync(dataDirectory) || !statSync(dataDirectory).isDirectory()) return [];
  try {
    return findCases(dataDirectory, ownLayout()).filter(
      (files) => missingScans(files).length === 0,
    );
  } catch (error) {
    const none = error instanceof UserError && error.details.field === 'cases';
    if (none) return [];
    throw error;
  }
}
