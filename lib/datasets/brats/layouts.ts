/** How data sets name the files of a case. */
import { basename } from 'node:path';
import { UserError } from '../../base/errors';
import { MODALITIES, type Modality } from '../../base/modality';
import { EDITIONS, type Edition } from './label-codes';

/** A scan or the label map. */
export type Role = Modality | 'labels';
const ROLES: readonly Role[] = [...MODALITIES, 'labels'];

export interface FileLayout {
  name: string;
  /**
   * How each role's files are named, without `.nii`, `.nii.gz` or `.hdr`: a path with `*` for the case's name, which
   * may name folders (`images/*_flair`), or what follows the case's name (`_flair` is `*_flair`). If only the
   * folder distinguishes cases (`FLAIR`, or any `*` + `/FLAIR`), the folder's name is the case's.
   */
  places: Readonly<Record<Role, readonly string[]>>;
  /** Case-insensitive. */
  anyCase: boolean;
  /** The label codes of a case of this name; a sentence if they are unknown. */
  edition: (name: string) => Edition | { unknown: string };
}

/** The known layouts; the first that fits most files of a folder is used. */
export const LAYOUTS: readonly FileLayout[] = [
  {
    // 2018, 2019, 2020, and 2021 as first distributed.
    name: 'brats2018',
    places: {
      flair: ['*_flair'],
      t1: ['*_t1'],
      t1ce: ['*_t1ce'],
      t2: ['*_t2'],
      labels: ['*_seg'],
    },
    anyCase: true,
    edition: () => 'brats2018',
  },
  {
    name: 'brats2023',
    places: {
      flair: ['*-t2f'],
      t1: ['*-t1n'],
      t1ce: ['*-t1c'],
      t2: ['*-t2w'],
      labels: ['*-seg'],
    },
    anyCase: true,
    edition: laterEdition,
  },
  {
    // The collections of BraTS-like cases at The Cancer Imaging Archive, and others with a short T1ce.
    name: 'tcia',
    places: {
      flair: ['*_fla', '*_flair'],
      t1: ['*_t1'],
      t1ce: ['*_t1c', '*_t1gd'],
      t2: ['*_t2'],
      labels: ['*_seg', '*_autoseg-simple'],
    },
    anyCase: true,
    edition: () => 'brats2018',
  },
  {
    // One folder per case, its files named by their kind alone.
    name: 'folders',
    places: {
      flair: ['*/flair'],
      t1: ['*/t1'],
      t1ce: ['*/t1ce', '*/t1c', '*/t1gd'],
      t2: ['*/t2'],
      labels: ['*/seg'],
    },
    anyCase: true,
    edition: () => 'brats2018',
  },
];

/**
 * BraTS since 2023. Gliomas before treatment have 3 for the enhancing tumour, and so have metastases (MET), the
 * African set (SSA) and meningiomas (MEN); gliomas after treatment (2024) are recognised by the number of the visit, from
 * 100, and have a cavity, 4. The children's set (PED) has other codes in 2024 than in 2023, and radiotherapy's
 * meningiomas (MEN-RT) have one label and one scan.
 */
function laterEdition(name: string): ReturnType<FileLayout['edition']> {
  const [, task = 'GLI', visit = '000'] = /^BraTS-([A-Z]+(?:-RT)?)-\d+-(\d+)/i.exec(name) ?? [];
  switch (task.toUpperCase()) {
    case 'PED':
      return {
        unknown:
          "the label codes of BraTS' children (PED) differ between 2023 (0 to 3) and 2024 (1 enhancing, 2 and 3 core, 4 oedema); state them: --labels core=2+3,oedema=4,enhancing=1 for 2024",
      };
    case 'MEN-RT':
      return {
        unknown:
          "the label map of BraTS' meningiomas for radiotherapy (MEN-RT) is a target volume and has none of ET, WT and TC, which the kit is about; they are not read",
      };
    case 'GLI':
      return Number(visit) >= 100 ? 'brats2024' : 'brats2023';
    default:
      return 'brats2023';
  }
}

const EXAMPLE = 'flair=_flair,t1=_t1,t1ce=_t1ce,t2=_t2,labels=_seg';

/**
 * A user's layout, from a pattern such as `flair=_fla,t1=_t1,t1ce=_t1c,t2=_t2,labels=_seg`: for each kind of file
 * what follows the case's name in its name, or a path with `*` for the case's name, such as `flair=images/*_0000` or
 * `flair=*` + `/FLAIR`. Kinds that a data set doesn't have are left out.
 *
 * @throws UserError for a part that is unknown, empty or given twice, and where no file is named
 */
export function layoutOfPattern(pattern: string): FileLayout {
  const fault = (problem: string, value: unknown): UserError =>
    new UserError(
      `the pattern ${JSON.stringify(pattern)} ${problem}; write it like ${EXAMPLE}, or with * for the case's name: flair=images/*_flair,labels=masks/*, flair=*/FLAIR`,
      { code: 'BAD_VALUE', field: 'pattern', value },
    );
  const places: Partial<Record<Role, string[]>> = {};
  for (const part of pattern.split(',')) {
    const at = part.indexOf('=');
    const role = part.slice(0, Math.max(at, 0)).trim().toLowerCase() as Role;
    // The extension and a leading ./ or / are often written, and make no difference.
    const place = part
      .slice(at + 1)
      .trim()
      .replace(EXTENSION, '')
      .replace(/^\.?\//, '');
    if (!ROLES.includes(role)) throw fault(`names ${JSON.stringify(role || part)}`, role || part);
    if (place === '') throw fault(`has no ending for ${role}`, part);
    if (place.split('*').length > 2) throw fault(`has more than one * for ${role}`, part);
    if (place.includes('/') && !place.includes('*')) {
      throw fault(`has a folder and no * for the case's name for ${role}`, part);
    }
    if (places[role]) throw fault(`gives ${role} twice`, part);
    places[role] = [place.includes('*') ? place : `*${place}`];
  }
  const shown = Object.values(places).flat();
  if (new Set(shown).size < shown.length) throw fault('gives two kinds the same name', pattern);
  return {
    name: 'pattern',
    places: { flair: [], t1: [], t1ce: [], t2: [], labels: [], ...places },
    anyCase: false,
    edition: () => 'brats2018',
  };
}

/** Of images, case-insensitive. */
export const EXTENSION = /\.(nii\.gz|nii|hdr\.gz|hdr)$/i;

/** A file in a layout: its case and its role. */
export interface FileRole {
  role: Role;
  name: string;
  /** Equal for the files of one case. */
  key: string;
  /** The name is the folder's. */
  byFolder: boolean;
}

/**
 * The case and role of a file in a layout. The longest match wins, so that `_t1_seg` is not read as another case's `_seg`.
 * @param path of the file with `/` between folders, without extension
 */
export function roleOf(path: string, layout: FileLayout): FileRole | undefined {
  let best: (FileRole & { literal: number }) | undefined;
  for (const role of ROLES) {
    for (const place of layout.places[role]) {
      const literal = place.length - 1;
      if (best && literal <= best.literal) continue;
      const found = matched(path, place, layout.anyCase);
      if (found) best = { role, literal, ...found };
    }
  }
  if (!best) return undefined;
  const { role, name, key, byFolder } = best;
  return { role, name, key, byFolder };
}

function matched(
  path: string,
  place: string,
  anyCase: boolean,
): Omit<FileRole, 'role'> | undefined {
  const [before, after] = place.split('*');
  const same = (a: string, b: string): boolean =>
    anyCase ? a.toLowerCase() === b.toLowerCase() : a === b;
  if (path.length < after.length || !same(path.slice(path.length - after.length), after)) {
    return undefined;
  }
  const start = path.slice(0, path.length - after.length);
  const slash = start.lastIndexOf('/');
  const name = start.slice(slash + 1 + (before.includes('/') ? 0 : before.length));
  const head = start.slice(0, start.length - name.length);
  if (!same(head.slice(head.length - before.length), before) || head.length < before.length) {
    return undefined;
  }
  // Before `images/` there must be whole folders.
  const stem = head.slice(0, head.length - before.length);
  if (stem !== '' && !stem.endsWith('/')) return undefined;
  if (name !== '') {
    const byFolder = after.startsWith('/');
    return { name, key: `${stem}${name}${byFolder ? '/' : ''}`, byFolder };
  }
  const folder = basename(stem);
  return folder === '' ? undefined : { name: folder, key: stem, byFolder: true };
}

/** The codes of a case by its name and layout. */
export function editionCodes(name: string, layout: FileLayout) {
  const edition = layout.edition(name);
  return typeof edition === 'string' ? EDITIONS[edition] : edition;
}
