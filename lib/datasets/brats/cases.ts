/** Finds the cases of a BraTS-like data set: which files belong together. No voxel is read. */
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { UserError } from '../../base/errors';
import { MODALITIES } from '../../base/modality';
import { forShell } from '../../base/words';
import { byText } from '../../base/text-order';
import { anyFile, type CaseFiles } from './case-files';
import { hasDataSetJson, listedCases } from './dataset-json';
import { imageFiles } from './folder';
import { someOf } from '../../base/words';
import { parseLabelCodes } from './label-codes';
import { LAYOUTS } from './layouts';
import { namedCases, UNREAD } from './named-cases';
import { distinguish } from './same-names';

/** How a data set is described where its names don't say it. */
export interface FindCasesOptions {
  /** How files are named, where it isn't one of the known ways: see `layoutOfPattern`. */
  pattern?: string;
  /** What the label codes are, where names don't tell: see `parseLabelCodes`. */
  labels?: string;
}

/**
 * The cases under a folder, sorted by name: BraTS 2018 to 2024 (flat, or in folders of any depth), folders of files
 * that are called by their kind alone, the Decathlon's Task01, nnU-Net's folders, or files named by a pattern. The
 * folder may be a single case.
 *
 * @throws UserError when it has no case, one case twice, two files for one scan, or a data set that isn't read
 */
export function findCases(folder: string, options: FindCasesOptions = {}): CaseFiles[] {
  const { cases, faults } = collectCases(folder, options);
  if (faults.length > 0) throw faults[0];
  return cases;
}

/** All that a folder has. */
export interface CollectedCases {
  cases: CaseFiles[];
  /** Cases and scans that are there twice, lists that don't count what they list, data sets that aren't read. */
  faults: UserError[];
  /** What was left out or read in a way that one might not expect, a sentence each. */
  notes: string[];
  /** Files called as label maps that belong to no case. */
  loneLabels: string[];
}

/** As `findCases`, with every fault in a list; only a folder without any case is thrown. */
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
  cases.sort((a, b) => byText(a.name, b.name));
  return { cases, faults, notes, loneLabels };
}

/** In words, for who reads cases and not label maps alone. */
export function loneLabelNotes({ loneLabels }: Pick<CollectedCases, 'loneLabels'>): string[] {
  return loneLabels.map(
    (file) =>
      `${file} is no case's label map: no case without one is called so; call it as its case, or name it with --pattern ...,labels=...`,
  );
}

/** The folder whose dataset.json describes a folder: itself, or the one it is a part of. */
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
    `${folder} has no case: looked for ${looked}; ${seen.join('; ')}. Check the folder, or say how files are named: --pattern flair=_flair,t1=_t1,t1ce=_t1ce,t2=_t2,labels=_seg (or flair=*/FLAIR where the folder is the case)`,
    { file: folder, field: 'cases', value: 0 },
  );
}

function unknownCodes(files: CaseFiles, why: string): UserError {
  return new UserError(`case ${files.name} (${anyFile(files)}): ${why}`, {
    file: anyFile(files),
    field: '--labels',
    value: files.name,
  });
}
