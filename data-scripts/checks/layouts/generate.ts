/**
 * Data sets in common layouts, tiny and seeded, with known content: for tests.
 */
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MODALITIES, type Modality, type RandomStream } from '@mckd/lib/base';
import { resultMark, type LabelCodes } from '@mckd/lib/datasets';
import { writeNifti, type DatatypeName } from '@mckd/lib/formats';
import { gridInAxes, gridOf, toAxes } from '@mckd/lib/volume';
import type { ExpectedCase } from './expected-case';
import { namingOf, NAMINGS, type Naming, type NamingName } from './namings';

/** [X, Y, Z] along LPS, all different. */
const SHAPE = [10, 12, 8];
const VOXELS = SHAPE[0] * SHAPE[1] * SHAPE[2];

export interface MadeLayout {
  /** A description, for messages. */
  description: string;
  folder: string;
  /** The commands' options that describe it. */
  options: string[];
  naming: NamingName;
  cases: ExpectedCase[];
  /** Kinds of faults that `mckd verify` should find, sorted; each once. */
  faults: string[];
  /** Words expected in a note of `mckd verify`, one each. */
  notes: RegExp[];
}

export interface MakeLayoutOptions {
  /** Default: random. */
  naming?: NamingName;
  /** Every case has its four scans and labels, in a folder without other files. */
  sound?: boolean;
}

/** Draws a data set and writes it. */
export function makeLayout(
  stream: RandomStream,
  folder: string,
  { naming: chosen, sound = false }: MakeLayoutOptions = {},
): MadeLayout {
  const pick = <T>(items: readonly T[]): T => items[stream.integer(items.length)];
  const often = (share: number): boolean => stream.uniform() < share && !sound;
  const name = chosen ?? pick(Object.keys(NAMINGS) as NamingName[]);
  const naming = namingOf(name);
  const extension = pick(naming.extensions ?? ['.nii.gz', '.nii', '.NII.GZ']);
  const axes = pick(['LPS', 'RAS', 'LAS', 'SPL']);
  const datatype = pick<DatatypeName>(['int16', 'float32']);
  const count = sound ? 4 : 2 + stream.integer(3);
  const depth = naming.fixedPlace || sound ? 0 : stream.integer(4);
  const root = join(folder, ...Array.from({ length: depth }, (_, i) => `level ${i}ä`));
  const stated = naming.codesStated ?? false;
  const made: MadeLayout = {
    description: `${name}, ${extension}, ${axes}, ${datatype}, ${depth} folders deep`,
    folder,
    options: [
      ...(naming.pattern === undefined ? [] : ['--pattern', naming.pattern]),
      ...(stated ? ['--labels', naming.stated ?? ''] : []),
    ],
    naming: name,
    cases: [],
    faults: [],
    notes: [],
  };
  const lacks = often(0.25) ? pick(MODALITIES) : undefined;
  const unlabelled = often(0.2);
  for (let i = 0; i < count; i++) {
    const missing = i === 0 && lacks !== undefined && !naming.fourInOne ? [lacks] : [];
    const withLabels = !(i === 1 && unlabelled);
    const expected = drawCase(stream, naming.caseName(i), missing, withLabels);
    made.cases.push(expected);
    writeCase(root, expected, { naming, extension, axes, datatype, nearly: often(0.3) });
  }
  if (lacks !== undefined && !naming.fourInOne) {
    made.faults.push('missing');
    made.description += `, a case without ${lacks}`;
  }
  if (unlabelled && !naming.listsLabels && !naming.ownFolder) made.faults.push('missing');
  naming.finish?.(root, made.cases, extension);
  if (!sound) addLitter(stream, made, { root, naming, extension });
  if (often(0.3)) linkCases(made, { root, folder, naming });
  made.faults = [...new Set(made.faults)].sort();
  return made;
}

function drawCase(
  stream: RandomStream,
  name: string,
  missing: readonly Modality[],
  withLabels: boolean,
): ExpectedCase {
  const scans: ExpectedCase['scans'] = {};
  for (const modality of MODALITIES) {
    // Background first, as in BraTS, and no two scans equal.
    const values = Int16Array.from({ length: VOXELS }, (_, i) =>
      i < VOXELS / 2 ? 0 : 50 + stream.integer(400),
    );
    if (!missing.includes(modality)) scans[modality] = values;
  }
  if (!withLabels) return { name, scans };
  const labels = Uint8Array.from({ length: VOXELS }, (_, i) =>
    i < (3 * VOXELS) / 4 ? 0 : [0, 1, 2, 4][stream.integer(4)],
  );
  return { name, scans, labels };
}

interface Writing {
  naming: Naming;
  extension: string;
  axes: string;
  datatype: DatatypeName;
  /** Labels as a scaled float has them. */
  nearly: boolean;
}

/** Voxel indices along LPS to mm, 1 x 1 x 1.5 mm. */
const AFFINE = [
  [-1, 0, 0, 90],
  [0, -1, 0, 126],
  [0, 0, 1.5, -72],
  [0, 0, 0, 1],
];

function writeCase(
  root: string,
  { name, scans, labels }: ExpectedCase,
  { naming, extension, axes, datatype, nearly }: Writing,
): void {
  const write = (place: string, values: ArrayLike<number>, type: DatatypeName): void => {
    const grid = gridOf(SHAPE, AFFINE);
    const volume = toAxes({ ...grid, values: Float32Array.from(values) }, axes);
    const { shape, affine } = gridInAxes(grid, axes);
    writeImage(join(root, place), extension, { shape, affine, values: volume.values, type });
  };
  if (naming.fourInOne) {
    naming.writeFour?.({ root, extension, axes, affine: AFFINE, shape: SHAPE, scans, name });
  } else {
    for (const modality of MODALITIES) {
      const values = scans[modality];
      if (values) write(naming.place(name, modality), values, datatype);
    }
  }
  if (!labels) return;
  const coded = inCodes(labels, naming);
  if (nearly) {
    write(naming.place(name, 'labels'), Float32Array.from(coded, nearlyWhole), 'float32');
  } else write(naming.place(name, 'labels'), coded, 'int16');
}

/** How nibabel stores 1 and 2 with an int16 header. */
function nearlyWhole(code: number): number {
  return code === 0 ? 0 : code + 1.5e-5 * code;
}

/** Labels in the data set's codes; if it has a code to ignore, some background has it. */
function inCodes(labels: Uint8Array, { codes }: Naming): Int16Array {
  const of: Record<number, number> = {
    0: 0,
    1: codes.core[0],
    2: codes.oedema[0],
    4: codes.enhancing[0],
  };
  const [ignored] = codes.ignore ?? [];
  return Int16Array.from(labels, (label, i) =>
    label === 0 && ignored !== undefined && i % 7 === 0 ? ignored : of[label],
  );
}

function writeImage(
  stem: string,
  extension: string,
  {
    shape,
    affine,
    values,
    type,
    description,
  }: {
    shape: readonly number[];
    affine: readonly (readonly number[])[];
    values: ArrayLike<number>;
    type: DatatypeName;
    description?: string;
  },
): void {
  mkdirSync(dirname(stem), { recursive: true });
  const small = `${stem}${extension.toLowerCase()}`;
  writeNifti(small, { shape, affine, values, datatype: type, description });
  if (small !== `${stem}${extension}`) renameSync(small, `${stem}${extension}`);
}

/** Other files, as in real data sets. */
function addLitter(
  stream: RandomStream,
  made: MadeLayout,
  { root, naming, extension }: { root: string; naming: Naming; extension: string },
): void {
  const often = (share: number): boolean => stream.uniform() < share;
  const [first] = made.cases;
  const beside = dirname(join(root, naming.place(first.name, 'labels')));
  mkdirSync(beside, { recursive: true });
  if (often(0.5)) writeFileSync(join(beside, `._${first.name}_flair${extension}`), 'macOS');
  if (often(0.3)) writeFileSync(join(root, 'readme.txt'), 'a text');
  if (often(0.3) && naming.pattern === undefined && !naming.listsLabels) {
    writeFileSync(join(root, 'more_cases.zip'), 'PK');
    made.notes.push(/more_cases\.zip; unpack/);
  }
  if (often(0.3) && !naming.listsLabels && naming.pattern === undefined) {
    // A result of this kit beside the scans of a case, named like a label map.
    const zeros = new Int16Array(VOXELS);
    const description = resultMark('segmentation', naming.codes as LabelCodes);
    const image = { shape: SHAPE, affine: AFFINE, values: zeros, type: 'int16' as const };
    writeImage(join(beside, 'mine_seg'), '.nii.gz', { ...image, description });
    made.description += ', a result among the data';
  }
}

/** Moves the cases, and replaces their folders by links. */
function linkCases(
  made: MadeLayout,
  { root, folder, naming }: { root: string; folder: string; naming: Naming },
): void {
  if (!naming.folderOfCase) return;
  for (const { name } of made.cases) {
    const own = join(root, naming.folderOfCase(name));
    const away = join(`${folder}-elsewhere`, naming.folderOfCase(name));
    mkdirSync(dirname(away), { recursive: true });
    renameSync(own, away);
    symlinkSync(away, own);
  }
  made.description += ', links to cases';
}
