/** Data sets that describe themselves in dataset.json: the Decathlon's Task01, and nnU-Net's folders. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../base/errors';
import { readJson, showValue } from '../../base/json';
import { MODALITIES, type Modality } from '../../base/modality';
import type { CaseFiles, FoundCases } from './case-files';
import { imageFiles } from './folder';
import { someOf } from '../../base/words';
import type { LabelCodes } from './label-codes';

const path = z.string().min(1);

/** The Decathlon: 4-D images, listed. */
const decathlonSchema = z.object({
  modality: z.record(z.string(), z.string()),
  labels: z.record(z.string(), z.string()),
  training: z.array(z.object({ image: path, label: path })),
  test: z.array(path).default([]),
  numTraining: z.number().optional(),
  numTest: z.number().optional(),
});

const code = z.union([z.int(), z.array(z.int())]);

/** nnU-Net, version 2: one image per channel, NAME_0000 and so on, found by their names. */
const nnunetSchema = z.object({
  channel_names: z.record(z.string(), z.string()),
  labels: z.record(z.string(), code),
  file_ending: z.string().default('.nii.gz'),
  numTraining: z.number().optional(),
});

/** By their names, in lower case, without separators. */
const CHANNELS = new Map<string, Modality>([
  ['flair', 'flair'],
  ['t2flair', 'flair'],
  ['t2f', 'flair'],
  ['t1', 't1'],
  ['t1w', 't1'],
  ['t1n', 't1'],
  ['t1gd', 't1ce'],
  ['t1c', 't1ce'],
  ['t1ce', 't1ce'],
  ['t2', 't2'],
  ['t2w', 't2'],
]);

/** Likewise, without optional words. */
const PARTS = new Map<string, keyof LabelCodes | 'background'>([
  ['background', 'background'],
  ['edema', 'oedema'],
  ['oedema', 'oedema'],
  ['snfh', 'oedema'],
  ['ed', 'oedema'],
  ['nonenhancing', 'core'],
  ['necrotic', 'core'],
  ['necrosis', 'core'],
  ['ncr', 'core'],
  ['netc', 'core'],
  ['ncrnet', 'core'],
  ['necroticnonenhancing', 'core'],
  ['enhancing', 'enhancing'],
  ['et', 'enhancing'],
  ['cavity', 'ignore'],
  ['resectioncavity', 'ignore'],
  ['rc', 'ignore'],
]);
const LEFT_OUT = ['and', 'core', 'peritumoral', 'peritumoural', 'the', 'tumor', 'tumour'];

/** Labels of nested regions, as nnU-Net names them. */
const REGION_NAMES: Record<'whole' | 'core' | 'enhancing', readonly string[]> = {
  whole: ['wholetumor', 'wholetumour', 'whole', 'wt'],
  core: ['tumorcore', 'tumourcore', 'core', 'tc'],
  enhancing: ['enhancingtumor', 'enhancingtumour', 'enhancing', 'et'],
};

const wordsOf = (name: string): string[] => name.toLowerCase().split(/[\s_/-]+/);

type Fault = (field: string, value: unknown, should: string) => UserError;

/** Whether a folder describes itself. */
export function hasDataSetJson(folder: string): boolean {
  return existsSync(join(folder, 'dataset.json'));
}

/**
 * The cases that a dataset.json lists, with a fault for each count that isn't that of its list.
 * @throws UserError naming the file and the entry, when it can't be read or names a channel or label that is
 *   none of BraTS
 */
export function listedCases(folder: string): FoundCases {
  const file = join(folder, 'dataset.json');
  const fault: Fault = (field, value, should) =>
    new UserError(
      `${file}: ${field} is ${showValue(value)} and should be ${should}; correct it, or give the naming instead: --pattern flair=...,labels=... and --labels`,
      { code: 'BAD_FILE', file, field, value },
    );
  const json = readJson(file, { fix: 'correct it, or get the file again' });
  const isNnunet = typeof json === 'object' && json !== null && 'channel_names' in json;
  return isNnunet
    ? nnunetCases(folder, checked(nnunetSchema, json, file), fault)
    : decathlonCases(folder, checked(decathlonSchema, json, file), fault);
}

function checked<T>(schema: z.ZodType<T>, json: unknown, file: string): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue.path.join('.');
  throw new UserError(
    `${file}: ${field || 'the content'}: ${issue.message}; it is neither the Decathlon's nor nnU-Net's: correct it, or give the naming: --pattern flair=_flair,...`,
    { code: 'BAD_FILE', file, field },
  );
}

function countFaults(fault: Fault, counts: [string, number | undefined, number][]): UserError[] {
  return counts
    .filter(([, count, listed]) => count !== undefined && count !== listed)
    .map(([field, count, listed]) => fault(field, count, `${listed}, the length of its list`));
}

/** Channel number of each modality. */
function channelsOf(
  names: Record<string, string>,
  field: string,
  fault: Fault,
): { channels: Partial<Record<Modality, number>>; others: string[] } {
  const channels: Partial<Record<Modality, number>> = {};
  const others: string[] = [];
  for (const [channel, name] of Object.entries(names)) {
    if (!/^\d+$/.test(channel)) throw fault(`${field} "${channel}"`, name, 'numbered from 0');
    const modality = CHANNELS.get(wordsOf(name).join(''));
    if (!modality) others.push(name);
    else if (channels[modality] !== undefined) {
      throw fault(`${field} "${channel}"`, name, `another, since ${modality} is given already`);
    } else channels[modality] = Number(channel);
  }
  if (Object.keys(channels).length === 0) {
    throw fault(field, names, 'such that one is FLAIR, T1w, T1gd or T2w');
  }
  return { channels, others };
}

function otherChannels(others: readonly string[]): string[] {
  return others.length === 0 ? [] : [`channels that are not read: ${someOf(others)}`];
}

function decathlonCases(
  folder: string,
  data: z.infer<typeof decathlonSchema>,
  fault: Fault,
): FoundCases {
  const { channels, others } = channelsOf(data.modality, 'modality', fault);
  // Task01 is one data set, whose channels are known.
  const absent = MODALITIES.find((modality) => channels[modality] === undefined);
  if (others.length > 0) {
    throw fault('modality', others[0], 'FLAIR, T1w, T1gd or T2w, each once');
  }
  if (absent) throw fault('modality', data.modality, `such that ${absent} is included`);
  const codes = codesOf(data.labels, fault);
  const one = (image: string, label?: string): CaseFiles => ({
    name: basename(image).replace(/\.nii(\.gz)?$/, ''),
    layout: 'decathlon',
    scans: Object.fromEntries(
      MODALITIES.flatMap((m) => {
        const channel = channels[m];
        return channel === undefined ? [] : [[m, { file: join(folder, image), channel }]];
      }),
    ),
    ...(label === undefined ? {} : { labels: { file: join(folder, label) } }),
    codes,
  });
  return {
    cases: [
      ...data.training.map(({ image, label }) => one(image, label)),
      ...data.test.map((image) => one(image)),
    ],
    faults: countFaults(fault, [
      ['numTraining', data.numTraining, data.training.length],
      ['numTest', data.numTest, data.test.length],
    ]),
    notes: [],
    loneLabels: [],
  };
}

function nnunetCases(folder: string, data: z.infer<typeof nnunetSchema>, fault: Fault): FoundCases {
  if (!/^\.nii(\.gz)?$/.test(data.file_ending)) {
    throw fault('file_ending', data.file_ending, '.nii.gz or .nii, the images that are read');
  }
  const { channels, others } = channelsOf(data.channel_names, 'channel_names', fault);
  const codes = nnunetCodes(data.labels, fault);
  const cases: CaseFiles[] = [];
  const counts: number[] = [];
  const notes = otherChannels(others);
  const loneLabels: string[] = [];
  for (const [images, labels] of [
    ['imagesTr', 'labelsTr'],
    ['imagesTs', 'labelsTs'],
  ]) {
    const own = new Map<string, CaseFiles>();
    for (const { file, stem } of filesOf(join(folder, images))) {
      const [, name, digits] = /^(.+)_(\d{4})$/.exec(stem) ?? [];
      const modality = MODALITIES.find((m) => channels[m] === Number(digits));
      if (name === undefined || !modality) continue;
      const files = own.get(name) ?? { name, layout: 'nnunet', scans: {}, codes };
      files.scans[modality] = { file };
      own.set(name, files);
    }
    for (const { file, stem } of filesOf(join(folder, labels))) {
      const files = own.get(stem);
      if (files) files.labels = { file };
      else loneLabels.push(file);
    }
    counts.push(own.size);
    cases.push(...own.values());
  }
  return {
    cases,
    faults: countFaults(fault, [['numTraining', data.numTraining, counts[0]]]),
    notes,
    loneLabels,
  };
}

function filesOf(folder: string) {
  return existsSync(folder) ? imageFiles(folder) : [];
}

/** Codes by their parts' names; each part appears once. */
function codesOf(labels: Record<string, string>, fault: Fault): LabelCodes {
  const found: Partial<Record<keyof LabelCodes, number[]>> = {};
  for (const [number, name] of Object.entries(labels)) {
    if (!/^\d+$/.test(number)) throw fault(`labels "${number}"`, name, 'named by a whole number');
    const part = partOf(name);
    if (!part) throw fault(`labels "${number}"`, name, 'edema, non-enhancing or enhancing tumor');
    if (part !== 'background') found[part] = [...(found[part] ?? []), Number(number)];
  }
  return complete(found, labels, fault);
}

function partOf(name: string): keyof LabelCodes | 'background' | undefined {
  const words = wordsOf(name).filter((word) => !LEFT_OUT.includes(word));
  return PARTS.get(words.join(''));
}

function complete(
  found: Partial<Record<keyof LabelCodes, number[]>>,
  labels: unknown,
  fault: Fault,
): LabelCodes {
  for (const part of ['core', 'oedema', 'enhancing'] as const) {
    if (found[part]?.length !== 1)
      throw fault('labels', labels, `such that ${part} is included once`);
  }
  return found as LabelCodes;
}

/** nnU-Net gives names their codes, or nested regions all codes inside. */
function nnunetCodes(labels: Record<string, number | number[]>, fault: Fault): LabelCodes {
  const listOf = (value: number | number[]): number[] => [value].flat();
  const region = (names: readonly string[]): number[] | undefined => {
    const entry = Object.entries(labels).find(([name]) => names.includes(wordsOf(name).join('')));
    return entry && listOf(entry[1]);
  };
  const whole = region(REGION_NAMES.whole);
  if (whole) {
    const core = region(REGION_NAMES.core);
    const enhancing = region(REGION_NAMES.enhancing);
    const nested =
      core &&
      enhancing &&
      core.every((c) => whole.includes(c)) &&
      enhancing.every((c) => core.includes(c));
    if (!nested)
      throw fault('labels', labels, 'whole tumor, tumor core in it, enhancing tumor in that');
    const without = (all: number[], inner: number[]): number[] =>
      all.filter((c) => !inner.includes(c));
    const parts = { oedema: without(whole, core), core: without(core, enhancing), enhancing };
    const others = Object.entries(labels)
      .filter(([name]) => partOf(name) === 'ignore')
      .flatMap(([, value]) => listOf(value));
    if (Object.values(parts).some((codes) => codes.length === 0)) {
      throw fault('labels', labels, 'such that each region has a code that the inner one lacks');
    }
    return others.length > 0 ? { ...parts, ignore: others } : parts;
  }
  const found: Partial<Record<keyof LabelCodes, number[]>> = {};
  for (const [name, value] of Object.entries(labels)) {
    const part = wordsOf(name).join('') === 'ignore' ? 'ignore' : partOf(name);
    if (!part) throw fault(`labels "${name}"`, value, 'edema, necrotic or enhancing, or a region');
    if (part !== 'background') found[part] = [...(found[part] ?? []), ...listOf(value)];
  }
  return complete(found, labels, fault);
}
