/** Assembles cases from the names of their files. */
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { UserError } from '../../base/errors';
import { MODALITIES } from '../../base/modality';
import { missingScans, type FoundCase, type FoundCases } from './case-files';
import { lookThrough, type ImageFile } from './folder';
import { someOf } from '../../base/words';
import { isKitResult } from './kit-result';
import { EDITIONS } from './label-codes';
import {
  editionCodes,
  EXTENSION,
  LAYOUTS,
  layoutOfPattern,
  roleOf,
  type FileLayout,
  type FileRole,
} from './layouts';

/** The note on images that belong to no case. */
export const UNREAD = 'have names that fit no case and are not read';

/** A file of a case. */
interface RoleFile {
  image: ImageFile;
  found: FileRole;
  layout: FileLayout;
}

interface Group extends FoundCase {
  folder: string;
}

/** The one label map of BraTS 2020 with an irregular name. */
const CASE_355 = { name: /^BraTS20_Training_355$/i, labels: /^W39_1998\.09\.19_Segm$/i };

/** The cases of a folder by their files' names. */
export function namedCases(folder: string, pattern?: string): FoundCases {
  const { images, notes } = lookThrough(folder);
  const faults: UserError[] = [];
  const loneLabels: string[] = [];
  const top = dirname(resolve(folder));
  const layouts = pattern === undefined ? LAYOUTS : [layoutOfPattern(pattern)];
  const placeOf = ({ file }: ImageFile): string =>
    relative(top, resolve(file)).split(sep).join('/').replace(EXTENSION, '');
  const layoutOf = layoutsByFolder(images, layouts, placeOf);
  const roles = images.flatMap((image): RoleFile[] => {
    const layout = layoutOf(image);
    const found = roleOf(placeOf(image), layout);
    return found ? [{ image, found, layout }] : [];
  });

  const groups = new Map<string, Group>();
  const add = (group: Group, { image: { file }, found: { role } }: RoleFile): void => {
    const other = role === 'labels' ? group.labels : group.scans[role];
    if (!other) {
      if (role === 'labels') group.labels = { file };
      else group.scans[role] = { file };
      return;
    }
    faults.push(
      new UserError(
        `case ${group.name} has two files for ${role} (${other.file} and ${file}); keep one of them`,
        { code: 'AMBIGUOUS', file, field: role, value: basename(file) },
      ),
    );
  };
  for (const one of roles) {
    if (one.found.role === 'labels') continue;
    const { key } = one.found;
    const group = groups.get(key) ?? startCase(top, one);
    groups.set(key, group);
    add(group, one);
  }
  joinModalityFolders(groups, notes);
  dropResults(groups, notes);

  const known = new Set(roles.map(({ image }) => image.file));
  const taken = new Set<string>();
  for (const { file, folder: place } of images.filter(({ stem }) => CASE_355.labels.test(stem))) {
    const beside = [...groups.values()].filter((group) => group.folder === place);
    if (beside.length !== 1 || !CASE_355.name.test(beside[0].name) || beside[0].labels) continue;
    beside[0].labels = { file };
    taken.add(file);
  }
  const unread = images.filter(({ file }) => !known.has(file) && !taken.has(file));
  if (unread.length > 0) {
    const shown = someOf(unread.map(({ file }) => relative(folder, file)));
    notes.push(`${unread.length} image(s) ${UNREAD}: ${shown}`);
  }
  for (const one of roles) {
    if (one.found.role !== 'labels') continue;
    const { file } = one.image;
    if (isKitResult(file)) {
      notes.push(
        `${file} is a segmentation that this kit wrote, and is not read as a ground truth`,
      );
      continue;
    }
    const own = groups.get(one.found.key) ?? ownerOf(one, groups);
    if (own) {
      add(own, one);
      if (own.folder !== one.image.folder && pattern === undefined) {
        notes.push(`${file} is read as the label map of ${own.name}, by its name`);
      }
    } else loneLabels.push(file);
  }
  return { cases: [...groups.values()].map(withoutFolder), faults, notes, loneLabels };
}

/** Folders that hold ground truth; others may hold predictions. */
const LABEL_FOLDER = /^(labels?|masks?|segs?|segmentations?|gts?|ground[ _-]?truths?|truths?)$/i;

/**
 * The case of a label map whose name differs from the scans beside it: its folder's only one; or, in a folder of label maps,
 * the one of its name.
 */
function ownerOf({ image, found }: RoleFile, groups: Map<string, Group>): Group | undefined {
  const beside = [...groups.values()].filter(({ folder }) => folder === image.folder);
  if (found.byFolder) return beside.length === 1 ? beside[0] : undefined;
  if (!LABEL_FOLDER.test(basename(image.folder))) return undefined;
  const named = [...groups.values()].filter(({ name }) => name === found.name);
  return named.length === 1 && !named[0].labels ? named[0] : undefined;
}

/** The layout that fits most scans of a file's folder, the first where several do; of label maps alone, most of them. */
function layoutsByFolder(
  images: readonly ImageFile[],
  layouts: readonly FileLayout[],
  placeOf: (image: ImageFile) => string,
): (image: ImageFile) => FileLayout {
  const byFolder = new Map<string, ImageFile[]>();
  for (const image of images) {
    const own = byFolder.get(image.folder) ?? [];
    own.push(image);
    byFolder.set(image.folder, own);
  }
  const chosen = new Map<string, FileLayout>();
  for (const [folder, own] of byFolder) {
    const fit = (layout: FileLayout): number => {
      const roles = own.map((image) => roleOf(placeOf(image), layout)?.role);
      const labels = roles.filter((role) => role === 'labels').length;
      return roles.filter((role) => role && role !== 'labels').length + labels / (own.length + 1);
    };
    const fits = layouts.map(fit);
    chosen.set(folder, layouts[fits.indexOf(Math.max(...fits))]);
  }
  return ({ folder }) => chosen.get(folder) ?? layouts[0];
}

function startCase(top: string, { image, found: { name }, layout }: RoleFile): Group {
  const folders = relative(top, resolve(image.file)).split(sep);
  const grade = (['HGG', 'LGG'] as const).find((grade) => folders.includes(grade));
  const codes = editionCodes(name, layout);
  return {
    name,
    layout: layout.name,
    ...(grade ? { grade } : {}),
    scans: {},
    ...('unknown' in codes
      ? { codes: EDITIONS.brats2018, unknownCodes: codes.unknown }
      : { codes }),
    folder: image.folder,
  };
}

function withoutFolder({
  name,
  layout,
  grade,
  scans,
  labels,
  codes,
  unknownCodes,
}: Group): FoundCase {
  return {
    name,
    layout,
    ...(grade ? { grade } : {}),
    scans,
    ...(labels ? { labels } : {}),
    codes,
    ...(unknownCodes === undefined ? {} : { unknownCodes }),
  };
}

/** If each modality has its own folder, a case's scans lie in several. */
function joinModalityFolders(groups: Map<string, Group>, notes: string[]): void {
  const byName = new Map<string, [string, Group][]>();
  for (const [key, group] of groups) {
    byName.set(group.name, [...(byName.get(group.name) ?? []), [key, group]]);
  }
  let joined = 0;
  for (const own of byName.values()) {
    const roles = own.flatMap(([, { scans }]) => Object.keys(scans));
    const single = own.every(([, { scans }]) => Object.keys(scans).length === 1);
    if (own.length < 2 || !single || new Set(roles).size < roles.length) continue;
    const [[, first], ...others] = own;
    for (const [key, { scans }] of others) {
      Object.assign(first.scans, scans);
      groups.delete(key);
    }
    joined += 1;
  }
  if (joined > 0)
    notes.push(
      `the scans of ${joined} cases lie in one folder per modality, and were joined by their names`,
    );
}

/** Removes the kit's results from cases that lack scans: a case with all four can have none among them. */
function dropResults(groups: Map<string, Group>, notes: string[]): void {
  for (const [key, group] of groups) {
    if (missingScans(group).length === 0) continue;
    for (const modality of MODALITIES) {
      const file = group.scans[modality]?.file;
      if (file === undefined || !isKitResult(file)) continue;
      delete group.scans[modality];
      notes.push(`${file} is a result that this kit wrote, and is not read as a scan`);
    }
    if (Object.keys(group.scans).length === 0) groups.delete(key);
  }
}
