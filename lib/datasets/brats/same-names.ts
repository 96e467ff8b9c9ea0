/** Cases of one name: several patients, or one that appears twice. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { UserError } from '../../base/errors';
import { MODALITIES } from '../../base/modality';
import { anyFile, type CaseFiles, type FoundCase } from './case-files';
import { someOf } from '../../base/words';

/**
 * Gives cases of one name in several folders the names of their folders, as many as are needed. A case that
 * appears twice is a fault.
 */
export function distinguish(
  root: string,
  cases: FoundCase[],
  faults: UserError[],
  notes: string[],
): void {
  const byName = new Map<string, FoundCase[]>();
  for (const files of cases) byName.set(files.name, [...(byName.get(files.name) ?? []), files]);
  const renamed: string[] = [];
  for (const [name, own] of byName) {
    if (own.length === 1) continue;
    const twin = own.slice(1).find((files) => sameContent(own[0], files));
    if (twin) {
      const places = [anyFile(own[0]), anyFile(twin)];
      faults.push(
        new UserError(
          `${root}: the case ${name} appears twice with the same voxels (${places.join(' and ')}); remove one of the two folders from the data set`,
          { code: 'AMBIGUOUS', file: places[1], field: 'case', value: name },
        ),
      );
      continue;
    }
    // A name that all cases have, such as `brain`, is no help.
    const kept = own.length < cases.length;
    const names = namesByFolder(own, root).map((folder) =>
      kept && !folder.endsWith(name) ? `${folder}-${name}` : folder,
    );
    own.forEach((files, i) => (files.name = names[i]));
    renamed.push(`${own.length} named ${name} are ${someOf(names)}`);
  }
  if (renamed.length > 0) {
    notes.push(`cases of one name in several folders are named by these: ${someOf(renamed)}`);
  }
}

/** The last folders of each case's path, as many as make them distinct, joined by `-`. */
function namesByFolder(cases: readonly CaseFiles[], root: string): string[] {
  const folders = cases.map((files) =>
    relative(dirname(resolve(root)), dirname(resolve(anyFile(files)))).split(sep),
  );
  const names = (count: number): string[] => folders.map((parts) => parts.slice(-count).join('-'));
  const longest = Math.max(...folders.map(({ length }) => length));
  let count = 1;
  while (count < longest && new Set(names(count)).size < cases.length) count += 1;
  return names(count);
}

/** Whether two cases are equal: the first scan that both have is the same file, byte for byte. */
function sameContent(one: CaseFiles, other: CaseFiles): boolean {
  const modality = MODALITIES.find((m) => one.scans[m] && other.scans[m]);
  const [a, b] = [one, other].map(
    ({ scans, labels }) => (modality ? scans[modality] : labels)?.file,
  );
  if (a === undefined || b === undefined || !existsSync(a) || !existsSync(b)) return false;
  return statSync(a).size === statSync(b).size && readFileSync(a).equals(readFileSync(b));
}
