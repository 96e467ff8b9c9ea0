/** File names and label codes of data sets of different years and sources. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MODALITIES, type Modality } from '@mckd/lib/base';
import { EDITIONS, type LabelCodes } from '@mckd/lib/datasets';
import { writeDecathlon, writeFour, writeNnunet, type FourInOne } from './described';
import type { ExpectedCase } from './expected-case';

export interface Naming {
  codes: LabelCodes;
  caseName: (i: number) => string;
  /** Path of a file in the data set's folder, without extension. */
  place: (name: string, role: Modality | 'labels') => string;
  folderOfCase?: (name: string) => string;
  extensions?: readonly string[];
  /** The folder itself, not a subfolder. */
  fixedPlace?: boolean;
  pattern?: string;
  /** Codes have to be stated: names don't give them. */
  codesStated?: boolean;
  stated?: string;
  /** The data set itself states which cases have labels. */
  listsLabels?: boolean;
  /** Files lie two folders deep, so that a case without labels may be a set for testing. */
  ownFolder?: boolean;
  /** One 4-D image holds the four scans. */
  fourInOne?: boolean;
  writeFour?: (four: FourInOne) => void;
  /** Writes the description of the data set. */
  finish?: (root: string, cases: readonly ExpectedCase[], extension: string) => void;
}

type Endings = Record<Modality | 'labels', string>;

const UNDERSCORE: Endings = {
  flair: '_flair',
  t1: '_t1',
  t1ce: '_t1ce',
  t2: '_t2',
  labels: '_seg',
};
const SINCE_2023: Endings = {
  flair: '-t2f',
  t1: '-t1n',
  t1ce: '-t1c',
  t2: '-t2w',
  labels: '-seg',
};
const TCIA: Endings = { ...UNDERSCORE, flair: '_fla', t1ce: '_t1c' };

const number = (i: number, digits: number): string => String(i + 1).padStart(digits, '0');

/** One folder per case, files named by the case's name and an ending. */
function folders(endings: Endings, caseName: (i: number) => string, codes: LabelCodes): Naming {
  return {
    codes,
    caseName,
    place: (name, role) => join(name, `${name}${endings[role]}`),
    folderOfCase: (name) => name,
  };
}

/** One case in three is of low grade. */
function gradeOf(name: string): 'HGG' | 'LGG' {
  return /_[258]_1$/.test(name) ? 'LGG' : 'HGG';
}

/** Files beside the folders of cases. */
function writeTables(...names: readonly string[]): (root: string) => void {
  return (root) => {
    for (const name of names) writeFileSync(join(root, name), 'ID,Age,Survival_days\n');
  };
}

const KINDS: Endings = {
  flair: 'FLAIR',
  t1: 'T1',
  t1ce: 'T1CE',
  t2: 'T2',
  labels: 'seg',
};

export const NAMINGS = {
  brats2018: {
    ...folders(UNDERSCORE, (i) => `Brats18_TCIA_${i}_1`, EDITIONS.brats2018),
    place: (name, role) => join(gradeOf(name), name, `${name}${UNDERSCORE[role]}`),
    folderOfCase: (name) => join(gradeOf(name), name),
    finish: writeTables('survival_data.csv'),
  },
  flat: {
    ...folders(UNDERSCORE, (i) => `P${i}`, EDITIONS.brats2018),
    place: (name, role) => `${name}${UNDERSCORE[role]}`,
    folderOfCase: undefined,
  },
  brats2020: folders(UNDERSCORE, (i) => `BraTS20_Training_${number(i, 3)}`, EDITIONS.brats2020),
  kaggle: {
    // Case 355's label map has an irregular name.
    ...folders(UNDERSCORE, (i) => `BraTS20_Training_${354 + i}`, EDITIONS.brats2020),
    place: (name, role) =>
      role === 'labels' && name.endsWith('_355')
        ? join(name, 'W39_1998.09.19_Segm')
        : join(name, `${name}${UNDERSCORE[role]}`),
    extensions: ['.nii'],
    finish: writeTables('survival_info.csv', 'name_mapping.csv'),
  },
  brats2021: folders(UNDERSCORE, (i) => `BraTS2021_${number(i, 5)}`, EDITIONS.brats2021),
  brats2023: folders(SINCE_2023, (i) => `BraTS-GLI-${number(i, 5)}-000`, EDITIONS.brats2023),
  brats2024: folders(SINCE_2023, (i) => `BraTS-GLI-${number(i, 5)}-100`, EDITIONS.brats2024),
  metastases: folders(SINCE_2023, (i) => `BraTS-MET-${number(i, 5)}-000`, EDITIONS.brats2023),
  children: {
    ...folders(SINCE_2023, (i) => `BraTS-PED-${number(i, 5)}-000`, {
      core: [2],
      oedema: [4],
      enhancing: [1],
    }),
    codesStated: true,
    stated: 'core=2+3,oedema=4,enhancing=1',
  },
  copiesWithThree: {
    ...folders(UNDERSCORE, (i) => `BraTS20_Training_${number(i, 3)}`, EDITIONS.brats2023),
    codesStated: true,
    stated: 'brats2023',
  },
  tcia: folders(TCIA, (i) => `TCGA-DU-${i}`, EDITIONS.brats2018),
  kinds: {
    ...folders(KINDS, (i) => `patient_${i}`, EDITIONS.brats2018),
    place: (name, role) => join(name, KINDS[role]),
  },
  brain: {
    ...folders(UNDERSCORE, (i) => `patient_${i}`, EDITIONS.brats2018),
    place: (name, role) => join(name, `brain${UNDERSCORE[role]}`),
  },
  ownEndings: {
    ...folders(
      { flair: '.f', t1: '.a', t1ce: '.b', t2: '.c', labels: '-Maske' },
      (i) => `Müller ${i}`,
      EDITIONS.brats2018,
    ),
    pattern: 'flair=.f,t1=.a,t1ce=.b,t2=.c,labels=-Maske',
  },
  trees: {
    codes: EDITIONS.brats2018,
    caseName: (i) => `S${i}`,
    place: (name, role) =>
      role === 'labels' ? join('masks', name) : join('images', `${name}_${role}`),
    pattern: 'flair=images/*_flair,t1=images/*_t1,t1ce=images/*_t1ce,t2=images/*_t2,labels=masks/*',
  },
  folderIsCase: {
    codes: EDITIONS.brats2018,
    caseName: (i) => `sub-${i}`,
    place: (name, role) => join(name, 'anat', role === 'labels' ? 'lesion' : `scan ${role}`),
    pattern:
      'flair=*/anat/scan flair,t1=*/anat/scan t1,t1ce=*/anat/scan t1ce,t2=*/anat/scan t2,labels=*/anat/lesion',
    folderOfCase: (name) => name,
    ownFolder: true,
  },
  decathlon: {
    codes: EDITIONS.decathlon,
    caseName: (i) => `BRATS_${number(i, 3)}`,
    place: (name) => join('labelsTr', name),
    extensions: ['.nii.gz', '.nii'],
    fixedPlace: true,
    listsLabels: true,
    fourInOne: true,
    writeFour,
    finish: writeDecathlon,
  },
  nnunet: {
    codes: EDITIONS.decathlon,
    caseName: (i) => `BraTS_${number(i, 3)}`,
    place: (name, role) =>
      role === 'labels'
        ? join('labelsTr', name)
        : join('imagesTr', `${name}_000${MODALITIES.indexOf(role)}`),
    extensions: ['.nii.gz'],
    fixedPlace: true,
    listsLabels: true,
    finish: writeNnunet,
  },
} satisfies Record<string, Naming>;

export type NamingName = keyof typeof NAMINGS;

export function namingOf(name: NamingName): Naming {
  return NAMINGS[name];
}
