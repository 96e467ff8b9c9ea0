/** A command's output files: checked against what it reads, and tried, before the work. */
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { anyFile, type CaseFiles } from './case-files';
import { isKitResult } from './kit-result';
import { EXTENSION, LAYOUTS, layoutOfPattern, roleOf, type FileLayout } from './layouts';
import { UserError } from '../../base/errors';
import { tryFolder } from '../../base/try-place';
import { protectFiles, requireUnprotected } from '../../base/atomic-write';

export interface OutputOptions {
  /** Files that the command reads. */
  inputs?: readonly string[];
  /** Its cases: their files are read, too, and no result may be named like one of them. */
  cases?: readonly CaseFiles[];
  /** How the cases' files are named, if by none of the known layouts. */
  pattern?: string;
}

/**
 * Makes the folders of results, tries whether they can be written to, and refuses a result that would replace what the
 * command reads or be read as a scan or label map of one of its cases. The inputs are then protected from all later
 * writes of this process.
 *
 * @param files that are going to be written
 * @returns a sentence for each that exists and will be replaced
 * @throws UserError naming the file, and what to do
 */
export function prepareOutputs(
  files: readonly string[],
  { inputs = [], cases = [], pattern }: OutputOptions = {},
): string[] {
  protectFiles([...inputs, ...cases.flatMap(filesOf)]);
  const layouts = pattern === undefined ? LAYOUTS : [layoutOfPattern(pattern), ...LAYOUTS];
  const folders = new Map(
    cases.map((files) => [realFolder(dirname(resolve(anyFile(files)))), files.name]),
  );
  for (const file of files) {
    requireUnprotected(file);
    const folder = realFolder(dirname(resolve(file)));
    const owner = folders.get(folder) ?? caseIn(folder, layouts);
    if (owner !== undefined) requireOwnName(file, owner, layouts);
    if (existsSync(file) && statSync(file).isDirectory()) {
      throw new UserError(`${file} is a folder; give the name of a file`, {
        code: 'EXISTS',
        file,
        field: 'out',
      });
    }
  }
  for (const folder of new Set(files.map((file) => dirname(file)))) tryFolder(folder);
  return files.filter((file) => existsSync(file)).map((file) => `${file} is replaced`);
}

function filesOf({ scans, labels }: CaseFiles): string[] {
  return [...Object.values(scans), ...(labels ? [labels] : [])].map(({ file }) => file);
}

/** A folder's real path; undefined if it doesn't exist yet. */
function realFolder(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : folder;
}

/** The name of a case that has scans in a folder, whether the command reads it or not. */
function caseIn(folder: string, layouts: readonly FileLayout[]): string | undefined {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return undefined;
  for (const name of readdirSync(folder)) {
    const place = placeOf(folder, name);
    if (!EXTENSION.test(name) || isKitResult(join(folder, name))) continue;
    const found = layouts.map((layout) => roleOf(place, layout)).find(Boolean);
    if (found && found.role !== 'labels') return found.name;
  }
  return undefined;
}

/** As layouts need it: with the folder, without extension. */
function placeOf(folder: string, name: string): string {
  return `${basename(folder)}/${name.replace(EXTENSION, '')}`;
}

/** Beside a case's scans, a file that is named like one of them is read as one. */
function requireOwnName(file: string, owner: string, layouts: readonly FileLayout[]): void {
  if (!EXTENSION.test(file)) return;
  const place = placeOf(dirname(resolve(file)), basename(file));
  const role = layouts.map((layout) => roleOf(place, layout)?.role).find(Boolean);
  if (role === undefined) return;
  const what = role === 'labels' ? 'the ground truth' : `the ${role} scan`;
  throw new UserError(
    `${file} lies beside the scans of ${owner} and would be read as ${what} of a case; choose another folder, or a name such as ${owner}_mckd.nii.gz`,
    { code: 'EXISTS', file, field: 'out', value: basename(file) },
  );
}
