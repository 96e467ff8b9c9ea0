/** Label codes: the editions of BraTS differ, and so do copies of them. */
import { UserError } from '../../base/errors';
import type { VoxelArray } from '../../formats/nifti';

/** Codes of BraTS up to 2022, which the kit uses everywhere. */
export const LABELS = { background: 0, core: 1, oedema: 2, enhancing: 4 } as const;

/** Which codes a data set uses; 0 is background in all of them. */
export interface LabelCodes {
  /** Necrotic and non-enhancing core. */
  core: readonly number[];
  oedema: readonly number[];
  enhancing: readonly number[];
  /** Read as background: in none of the three regions, such as a resection cavity. */
  ignore?: readonly number[];
}

const PARTS = ['core', 'oedema', 'enhancing', 'ignore'] as const;
export type LabelPart = (typeof PARTS)[number];

/** BraTS 2018 to 2021. */
export const BRATS_CODES: LabelCodes = { core: [1], oedema: [2], enhancing: [4] };

/** The codes of editions and formats, by the names that `--labels` takes. */
export const EDITIONS = {
  brats2018: BRATS_CODES,
  brats2019: BRATS_CODES,
  brats2020: BRATS_CODES,
  brats2021: BRATS_CODES,
  /** The enhancing tumour became 3. */
  brats2023: { core: [1], oedema: [2], enhancing: [3] },
  /** Gliomas after treatment: 4 is the resection cavity, which is in none of ET, WT and TC. */
  brats2024: { core: [1], oedema: [2], enhancing: [3], ignore: [4] },
  /** The Decathlon's Task01, and nnU-Net's copies of BraTS. */
  decathlon: { core: [2], oedema: [1], enhancing: [3] },
} as const satisfies Record<string, LabelCodes>;

export type Edition = keyof typeof EDITIONS;

/** Codes are bytes. */
const MOST = 255;

const EXAMPLE = 'core=1,oedema=2,enhancing=3,ignore=4';

/**
 * Codes as in an option: an edition's name (`brats2023`), or each part's numbers, such as
 * `core=1,oedema=2,enhancing=3+4`.
 * @throws UserError for a part that is unknown, given twice or left out, and for a number with two meanings
 */
export function parseLabelCodes(text: string): LabelCodes {
  const name = text.trim().toLowerCase();
  if (name in EDITIONS) return EDITIONS[name as Edition];
  const fault = (problem: string, value: unknown): UserError =>
    new UserError(
      `--labels is ${JSON.stringify(text)}, which ${problem}; write ${EXAMPLE}, or one of ${Object.keys(EDITIONS).join(', ')}`,
      { code: 'BAD_VALUE', field: '--labels', value },
    );
  if (!text.includes('=')) throw fault('is no edition', text);
  const codes: Partial<Record<LabelPart, number[]>> = {};
  for (const piece of text.split(',')) {
    const [word, numbers = '', ...rest] = piece.split('=').map((part) => part.trim());
    const part = (word === 'edema' ? 'oedema' : word) as LabelPart;
    if (!PARTS.includes(part)) throw fault(`names ${JSON.stringify(word)}`, word);
    if (codes[part]) throw fault(`gives ${part} twice`, piece);
    if (rest.length > 0 || !/^\d+(\+\d+)*$/.test(numbers)) {
      throw fault(`has ${JSON.stringify(piece)} and should give ${part} whole numbers`, piece);
    }
    codes[part] = numbers.split('+').map(Number);
    const large = codes[part].find((code) => code > MOST);
    if (large !== undefined) throw fault(`gives ${part} ${large}, beyond ${MOST}`, piece);
  }
  const absent = (['core', 'oedema', 'enhancing'] as const).find((part) => !codes[part]);
  if (absent) throw fault(`leaves out ${absent}`, absent);
  const all = [0, ...Object.values(codes).flat()];
  const twice = all.find((code, i) => all.indexOf(code) !== i);
  if (twice !== undefined) throw fault(`gives ${twice} two meanings (0 is the background)`, twice);
  return codes as LabelCodes;
}

/** `core 1, oedema 2, enhancing 3 (4 ignored)`. */
export function describeLabelCodes({ core, oedema, enhancing, ignore }: LabelCodes): string {
  const said = [
    `core ${core.join('+')}`,
    `oedema ${oedema.join('+')}`,
    `enhancing ${enhancing.join('+')}`,
  ].join(', ');
  return ignore ? `${said} (${ignore.join(' and ')} ignored)` : said;
}

/** All codes with a meaning, from the lowest. */
export function knownCodes({ core, oedema, enhancing, ignore = [] }: LabelCodes): number[] {
  return [0, ...core, ...oedema, ...enhancing, ...ignore].sort((a, b) => a - b);
}

/** Rounding error of a code saved as a scaled float, at most. */
const ROUNDING = 1e-3;

/** A voxel's code; NaN if the value isn't within rounding of a whole number. */
export function codeOfValue(value: number): number {
  if (Number.isInteger(value)) return value;
  const code = Math.round(value);
  return Math.abs(value - code) <= ROUNDING ? code : NaN;
}

/** The option that states codes, for messages: predictions may have others than the data set. */
export type CodesOption = '--labels' | '--prediction-labels';

/** A label map in the kit's codes, and notes on it. */
export interface StandardLabels {
  /** [voxels] 0, 1, 2 or 4. */
  labels: Uint8Array;
  notes: string[];
}

/**
 * A data set's label map in the kit's codes (0, 1, 2, 4). Values within rounding of a whole number are rounded.
 * @throws UserError for a voxel whose label is in none of the codes, naming file, voxel, value and the fix
 */
export function standardLabels(
  values: VoxelArray,
  codes: LabelCodes,
  file: string,
  option: CodesOption = '--labels',
): StandardLabels {
  const table = new Map<number, number>([[0, LABELS.background]]);
  for (const code of codes.ignore ?? []) table.set(code, LABELS.background);
  for (const part of ['core', 'oedema', 'enhancing'] as const) {
    for (const code of codes[part]) table.set(code, LABELS[part]);
  }
  const labels = new Uint8Array(values.length);
  let [last, label, isRounded, rounded] = [0, 0, false, 0];
  for (let i = 0; i < labels.length; i++) {
    // Neighbours are mostly equal, so the table is rarely read.
    if (values[i] !== last) {
      last = values[i];
      const found = table.get(codeOfValue(last));
      if (found === undefined) throw unknownLabel(file, i, last, { codes, option });
      label = found;
      isRounded = !Number.isInteger(last);
    }
    labels[i] = label;
    if (isRounded) rounded += 1;
  }
  const notes =
    rounded === 0
      ? []
      : [`${file}: ${rounded} labels are within ${ROUNDING} of a whole number and were rounded`];
  return { labels, notes };
}

function unknownLabel(
  file: string,
  voxel: number,
  value: number,
  { codes, option }: { codes: LabelCodes; option: CodesOption },
): UserError {
  return new UserError(
    `${file}: voxel ${voxel} has label ${value}, and the codes are ${describeLabelCodes(codes)}; ${labelAdvice(value, codes, option)}`,
    { code: 'BAD_FILE', file, field: 'label', value },
  );
}

/** What to do about a value that the codes don't have. */
export function labelAdvice(
  value: number,
  codes: LabelCodes,
  option: CodesOption = '--labels',
): string {
  const has = (code: number): boolean => knownCodes(codes).includes(code);
  if (Number.isNaN(codeOfValue(value))) {
    return 'the map was interpolated or is no label map: resample it with nearest neighbour';
  }
  if (value === 3 && has(4)) {
    return `if 3 is the enhancing tumour, state it: ${option} brats2023 (or decathlon, where 1 is the oedema and 2 the core; or core=1+3,oedema=2,enhancing=4 as until 2015)`;
  }
  if (value === 4 && has(3)) {
    return `state what 4 is: ${option} brats2024 for the resection cavity of BraTS 2024, ${option} core=1,oedema=2,enhancing=3+4 for the enhancing tumour`;
  }
  if (value < 0 || value > MOST) {
    return `codes are whole numbers from 0 to ${MOST}: the map is damaged or no label map, so take another copy`;
  }
  const ignore = [...(codes.ignore ?? []), codeOfValue(value)];
  return `state what it is, such as ${option} ${statement({ ...codes, ignore })} where it is in no tumour region, or correct the map`;
}

/** Codes as `--labels` takes them. */
function statement(codes: LabelCodes): string {
  return PARTS.flatMap((part) => {
    const own = codes[part];
    return own && own.length > 0 ? [`${part}=${own.join('+')}`] : [];
  }).join(',');
}

/**
 * A label map in the kit's codes as another data set writes it: the first code of each part.
 * @param labels [voxels] 0, 1, 2 or 4; returned itself where nothing changes
 */
export function labelsInCodes(labels: Uint8Array, codes: LabelCodes): Uint8Array {
  const table = new Uint8Array(LABELS.enhancing + 1);
  for (const part of ['core', 'oedema', 'enhancing'] as const) table[LABELS[part]] = codes[part][0];
  const same = Object.values(LABELS).every((label) => table[label] === label);
  return same ? labels : labels.map((label) => table[label]);
}
