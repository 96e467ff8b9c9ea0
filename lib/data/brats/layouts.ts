/** How data sets name the files of a case. */
import { ReaderError } from '../../errors';
import { MODALITIES, type Modality } from '../../modality';
import { BRATS_CODES, LATER_BRATS_CODES, type LabelCodes } from './regions';

/** A scan or the label map. */
export type Role = Modality | 'labels';
export const ROLES: readonly Role[] = [...MODALITIES, 'labels'];

/** What follows the case's name in each file's name, before `.nii`, `.nii.gz` or `.hdr`. */
export interface FileLayout {
  name: string;
  endings: Readonly<Record<Role, readonly string[]>>;
  codes: LabelCodes;
}

/** The layouts that are known by themselves; the first that fits most files is taken. */
export const LAYOUTS: readonly FileLayout[] = [
  {
    // 2018, 2019, 2020, and 2021 as first distributed. Case 355 of 2020 has its labels as `_Segm`.
    name: 'brats2018',
    endings: {
      flair: ['_flair'],
      t1: ['_t1'],
      t1ce: ['_t1ce'],
      t2: ['_t2'],
      labels: ['_seg', '_Segm'],
    },
    codes: BRATS_CODES,
  },
  {
    name: 'brats2021',
    endings: { flair: ['-t2f'], t1: ['-t1n'], t1ce: ['-t1c'], t2: ['-t2w'], labels: ['-seg'] },
    codes: LATER_BRATS_CODES,
  },
  {
    // The collections of BraTS-like cases at The Cancer Imaging Archive.
    name: 'tcia',
    endings: {
      flair: ['_fla'],
      t1: ['_t1'],
      t1ce: ['_t1c'],
      t2: ['_t2'],
      labels: ['_seg', '_autoseg-simple'],
    },
    codes: BRATS_CODES,
  },
];

/**
 * A layout of one's own, from a pattern such as `flair=_fla,t1=_t1,t1ce=_t1c,t2=_t2,labels=_seg`: for
 * each scan the end of its file's name. Labels may be left out.
 *
 * @param codes the label codes of the data set
 * @param needed what may not be left out: the scans, unless told
 * @throws ReaderError for a part that is unknown, empty, given twice, or left out where it is needed
 */
export function layoutOfPattern(
  pattern: string,
  codes: LabelCodes = BRATS_CODES,
  needed: readonly Role[] = MODALITIES,
): FileLayout {
  const fault = (problem: string, value: unknown): ReaderError =>
    new ReaderError(
      `the pattern ${JSON.stringify(pattern)} ${problem}; write it like flair=_flair,t1=_t1,t1ce=_t1ce,t2=_t2,labels=_seg`,
      { field: 'pattern', value },
    );
  const endings: Partial<Record<Role, string[]>> = {};
  for (const part of pattern.split(',')) {
    const at = part.indexOf('=');
    const role = part.slice(0, Math.max(at, 0)).trim() as Role;
    const ending = part.slice(at + 1).trim();
    if (!ROLES.includes(role)) throw fault(`names ${JSON.stringify(role || part)}`, role || part);
    if (ending === '') throw fault(`has no ending for ${role}`, part);
    if (endings[role]) throw fault(`gives ${role} twice`, part);
    endings[role] = [ending];
  }
  const absent = needed.find((role) => !endings[role]);
  if (absent) throw fault(`leaves out ${absent}`, absent);
  const shown = Object.values(endings).flat();
  if (new Set(shown).size < shown.length) throw fault('gives two files the same ending', pattern);
  return {
    name: 'pattern',
    endings: { flair: [], t1: [], t1ce: [], t2: [], labels: [], ...endings },
    codes,
  };
}

/**
 * What a file is in a layout: whose scan it is. The longest ending wins, so that `_t1_seg` could not be
 * taken for another case's `_seg`.
 * @param stem the file's name without folder and extension
 */
export function roleOf(stem: string, layout: FileLayout): { name: string; role: Role } | undefined {
  const fits = ROLES.flatMap((role) => layout.endings[role].map((ending) => ({ role, ending })))
    .filter(({ ending }) => stem.endsWith(ending) && stem.length > ending.length)
    .sort((a, b) => b.ending.length - a.ending.length);
  if (fits.length === 0) return undefined;
  const [{ role, ending }] = fits;
  return { name: stem.slice(0, -ending.length), role };
}
