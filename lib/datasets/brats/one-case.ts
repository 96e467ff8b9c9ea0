/** The case of a command: by its folder, by one of its scans, by its name, or by its scans in any folders. */
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UserError, type UserErrorDetails } from '../../base/errors';
import { MODALITIES, type Modality } from '../../base/modality';
import { forShell } from '../../base/words';
import { collectCases, type CollectedCases, type FindCasesOptions } from './cases';
import type { CaseFiles } from './case-files';
import { hasDataSetJson } from './dataset-json';
import { imageFile } from './folder';
import { someOf } from '../../base/words';
import { BRATS_CODES, parseLabelCodes } from './label-codes';
import { LAYOUTS, roleOf } from './layouts';

export interface CaseChoice extends FindCasesOptions {
  /** Which of the folder's cases. */
  name?: string;
}

/** A case, and notes from the search for it. */
export interface FoundCase {
  files: CaseFiles;
  notes: string[];
}

/**
 * The case at a path: the only one in a folder, the one of a name, or the one that an image belongs to.
 * @throws UserError for a path without a case, and for a folder with several if no name is given
 */
export function caseAt(path: string, { name, ...finding }: CaseChoice = {}): FoundCase {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  const found = collectCases(isFile ? folderOfImage(path) : path, finding);
  const files = chosen(found.cases, path, isFile, name);
  // Faults of other cases don't matter here.
  const fault = found.faults.find(({ details }) => concerns(details, files));
  if (fault) throw fault;
  return { files, notes: notesOf(found, files) };
}

function chosen(
  cases: readonly CaseFiles[],
  path: string,
  isFile: boolean,
  name?: string,
): CaseFiles {
  const names = cases.map((one) => one.name);
  const own = isFile ? cases.filter((files) => hasFile(files, path)) : cases;
  const named = name === undefined ? own : own.filter((files) => files.name === name);
  if (named.length === 1) return named[0];
  if (isFile && own.length === 0) {
    throw new UserError(
      `${path} belongs to no case found beside it (${someOf(names)}); give the scans one by one instead of --case, in mckd segment and mckd view: --flair ${forShell(path)}`,
      { code: 'MISSING', file: path, field: 'case' },
    );
  }
  throw new UserError(
    name === undefined
      ? `${path} has ${own.length} cases (${someOf(names)}); choose one: --name ${forShell(names[0])}`
      : `${path} has no case ${name}; it has ${someOf(names)}`,
    { code: 'AMBIGUOUS', file: path, field: '--name', value: name ?? own.length },
  );
}

function hasFile({ scans, labels }: CaseFiles, path: string): boolean {
  const places = [...Object.values(scans), ...(labels ? [labels] : [])];
  return places.some(({ file }) => resolve(file) === resolve(path));
}

function concerns({ file, value }: UserErrorDetails, files: CaseFiles): boolean {
  return value === files.name || (file !== undefined && hasFile(files, file));
}

/** Notes that name the case or its folder; all of a folder with one case. */
function notesOf({ cases, notes }: CollectedCases, files: CaseFiles): string[] {
  return cases.length === 1 ? notes : notes.filter((note) => note.includes(files.name));
}

/** Where to search for the case of an image: beside it, or in the folder whose dataset.json lists it. */
function folderOfImage(file: string): string {
  const folder = dirname(resolve(file));
  const parent = dirname(folder);
  return !hasDataSetJson(folder) && hasDataSetJson(parent) ? parent : folder;
}

/**
 * A case of scans in any folders.
 * @param name of the case. Default: by the first file's name
 * @throws UserError if there is none
 */
export function caseOfScans(
  scans: Partial<Record<Modality, string>>,
  { name, labels }: Pick<CaseChoice, 'name' | 'labels'> = {},
): CaseFiles {
  const given = MODALITIES.flatMap((modality) => {
    const file = scans[modality];
    return file === undefined ? [] : [{ modality, file }];
  });
  if (given.length === 0) {
    throw new UserError(
      `no scan is given; name one or more: ${MODALITIES.map((m) => `--${m} FILE`).join(' ')}`,
      { code: 'MISSING', field: 'scans', value: 0 },
    );
  }
  const { stem } = imageFile(given[0].file);
  const named = LAYOUTS.map((layout) => roleOf(stem, layout)?.name).find(Boolean);
  return {
    name: name ?? named ?? stem,
    layout: 'given',
    scans: Object.fromEntries(given.map(({ modality, file }) => [modality, { file }])),
    codes: labels === undefined ? BRATS_CODES : parseLabelCodes(labels),
  };
}
