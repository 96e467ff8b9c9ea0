/** Finds the cases of a BraTS-like data set: which files belong together. Nothing of them is read. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { ReaderError } from '../../errors';
import { MODALITIES, MODALITY_NAMES, type Modality } from '../../modality';
import { byText } from '../text-order';
import { decathlonCases } from './decathlon';
import { LAYOUTS, layoutOfPattern, roleOf, type FileLayout, type Role } from './layouts';
import type { LabelCodes } from './regions';

/** An image, or one channel of a 4-D image. */
export interface ImagePlace {
  file: string;
  channel?: number;
}

/** The files of one case. */
export interface CaseFiles {
  name: string;
  /** The layout's name, or "decathlon". */
  layout: string;
  /** By the folder the case is in, where there are such folders. */
  grade?: 'HGG' | 'LGG';
  /** Those that are there. */
  scans: Partial<Record<Modality, ImagePlace>>;
  labels?: ImagePlace;
  /** What the numbers in the label map mean. */
  codes: LabelCodes;
}

export interface FindCasesOptions {
  /** How files are named, where it isn't one of the known ways: see `layoutOfPattern`. */
  pattern?: string;
}

const EXTENSION = /\.(nii\.gz|nii|hdr\.gz|hdr)$/;
/** Folders deep: `<download>/HGG/<case>/<file>` and one to spare. */
const DEEPEST = 4;

/**
 * The cases under a folder, sorted by name: BraTS 2018 to 2020 (flat, or in HGG and LGG), 2021 and
 * later, the Decathlon's Task01, or files named by a pattern. The folder may be a single case.
 *
 * @throws ReaderError when it has no case, a case twice, or two files for one scan
 */
export function findCases(folder: string, options: FindCasesOptions = {}): CaseFiles[] {
  const { cases, faults } = collectCases(folder, options);
  if (faults.length > 0) throw faults[0];
  return cases;
}

/** All that a folder has. */
export interface CollectedCases {
  cases: CaseFiles[];
  /** Cases and scans that are there twice, and lists that don't count what they list. */
  faults: ReaderError[];
  /** Label maps that belong to no case. */
  loneLabels: string[];
}

/** As `findCases`, with every fault in a list; only a folder without any case is thrown. */
export function collectCases(folder: string, { pattern }: FindCasesOptions = {}): CollectedCases {
  const faults: ReaderError[] = [];
  const loneLabels: string[] = [];
  const decathlon = pattern === undefined && existsSync(join(folder, 'dataset.json'));
  const cases = decathlon
    ? decathlonCases(folder, faults)
    : namedCases(folder, faults, loneLabels, pattern);
  cases.sort((a, b) => byText(a.name, b.name));
  cases.forEach(({ name, ...files }, i) => {
    if (i === 0 || cases[i - 1].name !== name) return;
    const places = [anyFile(cases[i - 1]), anyFile({ name, ...files })];
    faults.push(
      new ReaderError(
        `${folder}: the case ${name} is there twice (${places.join(' and ')}); remove one`,
        { file: places[1], field: 'case', value: name },
      ),
    );
  });
  if (cases.length === 0) throw noCase(folder, pattern);
  return { cases, faults, loneLabels };
}

/** One file of a case, for messages. */
export function anyFile({ name, scans, labels }: CaseFiles): string {
  return MODALITIES.map((m) => scans[m]?.file).find(Boolean) ?? labels?.file ?? name;
}

/** The modalities that a case has no scan of. */
export function missingScans({ scans }: Pick<CaseFiles, 'scans'>): Modality[] {
  return MODALITIES.filter((modality) => !scans[modality]);
}

/** @throws ReaderError naming the case and the scans it lacks, where it lacks any */
export function requireAllScans(files: CaseFiles): void {
  const missing = missingScans(files);
  if (missing.length === 0) return;
  const names = missing.map((modality) => MODALITY_NAMES[modality]).join(', ');
  throw new ReaderError(
    `case ${files.name} has no ${names} (beside ${anyFile(files)}); add the file, or allow missing scans where it is to be segmented`,
    { file: anyFile(files), field: 'scans', value: missing },
  );
}

function noCase(folder: string, pattern?: string): ReaderError {
  const known = LAYOUTS.map(({ endings }) => MODALITIES.map((m) => endings[m][0]).join(' '));
  const looked = pattern
    ? `files by the pattern ${pattern}`
    : `files ending in ${known.join('; ')}`;
  return new ReaderError(
    `${folder} has no case: looked for ${looked} (.nii, .nii.gz, .hdr), and for a dataset.json; check the folder or give a pattern such as flair=_flair,t1=_t1,t1ce=_t1ce,t2=_t2,labels=_seg`,
    { file: folder, field: 'cases', value: 0 },
  );
}

/** An image in a folder; its stem is the name without folder and extension. */
export interface ImageFile {
  file: string;
  folder: string;
  stem: string;
}

function namedCases(
  folder: string,
  faults: ReaderError[],
  loneLabels: string[],
  pattern?: string,
): CaseFiles[] {
  const files = imageFiles(folder);
  const layouts = pattern === undefined ? LAYOUTS : [layoutOfPattern(pattern)];
  const layoutOf = layoutsByFolder(files, layouts);

  const groups = new Map<string, CaseFiles>();
  const otherLabels: ImageFile[] = [];
  const add = (key: string, name: string, role: Role, image: ImageFile): void => {
    const { file } = image;
    const files = groups.get(key) ?? startCase(folder, key, name, layoutOf(image));
    groups.set(key, files);
    const other = role === 'labels' ? files.labels : files.scans[role];
    if (other) {
      faults.push(
        new ReaderError(
          `case ${name} has two files for ${role} (${other.file} and ${file}); remove one`,
          { file, field: role, value: basename(file) },
        ),
      );
    } else if (role === 'labels') files.labels = { file };
    else files.scans[role] = { file };
  };
  for (const image of files) {
    const found = roleOf(image.stem, layoutOf(image));
    if (found && found.role !== 'labels') {
      add(join(image.folder, found.name), found.name, found.role, image);
    }
  }
  for (const image of files) {
    const found = roleOf(image.stem, layoutOf(image));
    if (found?.role !== 'labels') continue;
    const key = join(image.folder, found.name);
    if (groups.has(key)) add(key, found.name, 'labels', image);
    else otherLabels.push(image);
  }
  // A label map under a name of its own, beside one case without labels, is that case's.
  for (const image of otherLabels) {
    const beside = [...groups].filter(([key]) => join(key, '..') === image.folder);
    if (beside.length === 1 && !beside[0][1].labels) {
      add(beside[0][0], beside[0][1].name, 'labels', image);
    } else loneLabels.push(image.file);
  }
  return [...groups.values()];
}

/** The layout that fits most scans of a file's folder, the first where several do. */
function layoutsByFolder(
  files: readonly ImageFile[],
  layouts: readonly FileLayout[],
): (image: ImageFile) => FileLayout {
  const stems = new Map<string, string[]>();
  for (const { folder, stem } of files) stems.set(folder, [...(stems.get(folder) ?? []), stem]);
  const chosen = new Map<string, FileLayout>();
  for (const [folder, own] of stems) {
    const scansIn = (layout: FileLayout): number =>
      own.filter((stem) => (roleOf(stem, layout)?.role ?? 'labels') !== 'labels').length;
    chosen.set(
      folder,
      layouts.reduce((a, b) => (scansIn(b) > scansIn(a) ? b : a)),
    );
  }
  return ({ folder }) => chosen.get(folder) ?? layouts[0];
}

function startCase(root: string, key: string, name: string, layout: FileLayout): CaseFiles {
  const folders = relative(root, key).split(sep);
  const grade = (['HGG', 'LGG'] as const).find((grade) => folders.includes(grade));
  return {
    name,
    layout: layout.name,
    ...(grade ? { grade } : {}),
    scans: {},
    codes: layout.codes,
  };
}

export function imageFile(file: string): ImageFile {
  return { file, folder: dirname(file), stem: basename(file).replace(EXTENSION, '') };
}

/** Image files of a folder and those below, in text order; hidden ones left out. */
export function imageFiles(folder: string, depth = 0): ImageFile[] {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    throw new ReaderError(
      `${folder} can't be read (${(cause as Error).message}); check the path`,
      { file: folder },
      { cause },
    );
  }
  return entries
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => byText(a.name, b.name))
    .flatMap((entry) => {
      const file = join(folder, entry.name);
      // Kaggle's copies have folders that are called *.nii.
      if (entry.isDirectory()) return depth < DEEPEST ? imageFiles(file, depth + 1) : [];
      if (!EXTENSION.test(entry.name)) return [];
      return [imageFile(file)];
    });
}
