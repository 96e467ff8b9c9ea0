/** Finds the cases of a BraTS-like data set: which files belong together. No voxel is read. */
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { UserError } from '../../base/errors';
import { MODALITIES } from '../../base/modality';
import { forShell } from '../../base/words';
import { compareText } from '../../base/compare-text';
import { anyFile, type CaseFiles } from './case-files';
import { hasDataSetJson, listedCases } from './dataset-json';
import { imageFiles } from './folder';
import { someOf } from '../../base/words';
import { parseLabelCodes } from './label-codes';
import { LAYOUTS } from './layouts';
import { namedCases, UNREAD } from './named-cases';
import { distinguish } from './same-names';

/** How a data set is described if its names don't say it. */
export interface FindCasesOptions {
  /** How files are named, if by none of the known layouts: see `layoutOfPattern`. */
  pattern?: string;
  /** The label codes, if names don't give them: see `parseLabelCodes`. */
  labels?: string;
}

/**
 * The cases under a folder, sorted by name: BraTS 2018 to 2024 (flat, or in folders of any depth), folders of files
 * that are named by their kind alone, the Decathlon's Task01, nnU-Net's folders, or files named by a pattern. The
 * folder may be a single case.
 *
 * @throws UserError when it has no case, one case twice, two files for one scan, or a data set that isn't read
 */
export function findCases(folder: string, options: FindCasesOptions = {}): CaseFiles[] {
  const { cases, faults } = collectCases(folder, options);
  if (faults.length > 0) throw faults[0];
  return cases;
}

/** Everything that was found in a folder. */
export interface CollectedCases {
  cases: CaseFiles[];
  /** Cases and scans that appear twice, wrong counts of lists, data sets that aren't read. */
  faults: UserError[];
  /** What was skipped or read in an unexpected way, one sentence each. */
  notes: string[];
  /** Files named as label maps that belong to no case. */
  loneLabels: string[];
}

/** As `findCases`, with every fault in a list; it throws only for a folder without any case. */
export function collectCases(folder: string, options: FindCasesOptions = {}): CollectedCases {
  const { pattern } = options;
  const stated = options.labels === undefined ? undefined : parseLabelCodes(options.labels);
  const own = pattern === undefined ? folderOfJson(folder) : undefined;
  const found = own === undefined ? namedCases(folder, pattern) : listedCases(own);
  const { faults, notes, loneLabels } = found;
  // A part of a Decathlon folder is described by the whole one's dataset.json.
  const inside = `${resolve(folder)}${sep}`;
  const cases =
    own === undefined || resolve(own) === resolve(folder)
      ? found.cases
      : found.cases.filter((files) => resolve(anyFile(files)).startsWith(inside));
  if (cases.length === 0) throw noCase(folder, notes, pattern);
  distinguish(folder, cases, faults, notes);
  for (const files of cases) {
    if (stated) files.codes = stated;
    else if (files.unknownCodes) faults.push(unknownCodes(files, files.unknownCodes));
    delete files.unknownCodes;
  }
  cases.sort((a, b) => compareText(a.name, b.name));
  return { cases, faults, notes, loneLabels };
}

/** In words, for readers of whole cases. */
export function loneLabelNotes({ loneLabels }: Pick<CollectedCases, 'loneLabels'>): string[] {
  return loneLabels.map(
    (file) =>
      `${file} is no case's label map: no case without one has this name; rename it after its case, or name it with --pattern ...,labels=...`,
  );
}

/** The folder whose dataset.json describes a folder: itself, or a parent. */
function folderOfJson(folder: string): string | undefined {
  if (hasDataSetJson(folder)) return folder;
  const parent = dirname(resolve(folder));
  const isPart = /^(images|labels)(Tr|Ts|Val)$/.test(basename(resolve(folder)));
  return isPart && hasDataSetJson(parent) ? parent : undefined;
}

function noCase(folder: string, notes: readonly string[], pattern?: string): UserError {
  const looked = pattern
    ? `files by the pattern ${pattern} (a name ends as the pattern says, before .nii, .nii.gz or .hdr)`
    : `files ending in ${LAYOUTS.map(({ places }) => MODALITIES.map((m) => places[m][0].replace('*/', 'folder/').replace('*', '')).join(' ')).join('; ')} (.nii, .nii.gz, .hdr), and a dataset.json`;
  const images = imageFiles(folder);
  const below = images.map((image) => dirname(image.folder)).find(hasDataSetJson);
  const seen = [
    ...(below === undefined ? [] : [`${forShell(below)} has a dataset.json: give that folder`]),
    ...(images.length === 0
      ? ['there is no NIfTI image in it']
      : [
          `there are ${images.length} images, such as ${someOf(images.map(({ file }) => relative(folder, file)))}`,
        ]),
    ...notes.filter((note) => !note.includes(UNREAD)),
  ];
  return new UserError(
    `${folder} has no case: looked for ${looked}; ${seen.join('; ')}. Check the folder, or give the naming: --pattern flair=_flair,t1=_t1,t1ce=_t1ce,t2=_t2,labels=_seg (or flair=*/FLAIR where the folder is the case)`,
    { code: 'MISSING', file: folder, field: 'cases', value: 0 },
  );
}

function unknownCodes(files: CaseFiles, why: string): UserError {
  return new UserError(`case ${files.name} (${anyFile(files)}): ${why}`, {
    code: 'BAD_FILE',
    file: anyFile(files),
    field: '--labels',
    value: files.name,
  });
}
