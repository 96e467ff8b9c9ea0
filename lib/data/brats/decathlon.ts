/** Task01 of the Medical Segmentation Decathlon: 4-D images, their channels and labels named in dataset.json. */
import { basename, join } from 'node:path';
import { z } from 'zod';
import { ReaderError } from '../../errors';
import { readJson, showValue } from '../../json';
import { MODALITIES, type Modality } from '../../modality';
import type { CaseFiles } from './cases';
import type { LabelCodes } from './regions';

const path = z.string().min(1);

const schema = z.object({
  modality: z.record(z.string(), z.string()),
  labels: z.record(z.string(), z.string()),
  training: z.array(z.object({ image: path, label: path })),
  test: z.array(path).default([]),
  numTraining: z.number().optional(),
  numTest: z.number().optional(),
});

/** By their names, in lower case, without what may stand between words. */
const CHANNELS = new Map<string, Modality>([
  ['flair', 'flair'],
  ['t1', 't1'],
  ['t1w', 't1'],
  ['t1gd', 't1ce'],
  ['t1c', 't1ce'],
  ['t1ce', 't1ce'],
  ['t2', 't2'],
  ['t2w', 't2'],
]);

/** Likewise, without the words that may be left out. */
const PARTS = new Map<string, keyof LabelCodes | 'background'>([
  ['background', 'background'],
  ['edema', 'oedema'],
  ['oedema', 'oedema'],
  ['nonenhancing', 'core'],
  ['necrotic', 'core'],
  ['necrosis', 'core'],
  ['necroticnonenhancing', 'core'],
  ['enhancing', 'enhancing'],
]);
const LEFT_OUT = ['and', 'core', 'peritumoral', 'peritumoural', 'the', 'tumor', 'tumour'];

const wordsOf = (name: string): string[] => name.toLowerCase().split(/[\s_-]+/);

/**
 * The cases that a dataset.json lists: training cases with labels, test cases without.
 * @param faults gets one for each list whose length isn't the count beside it
 * @throws ReaderError naming the file and the entry, when it can't be read or names a channel or label
 *   that is none of BraTS
 */
export function decathlonCases(folder: string, faults: ReaderError[]): CaseFiles[] {
  const file = join(folder, 'dataset.json');
  const fault = (field: string, value: unknown, should: string): ReaderError =>
    new ReaderError(
      `${file}: ${field} is ${showValue(value)} and should be ${should}; get the file again`,
      { file, field, value },
    );
  const data = parse(file);
  for (const [field, list] of [
    ['numTraining', data.training],
    ['numTest', data.test],
  ] as const) {
    const count = data[field] ?? list.length;
    if (count !== list.length)
      faults.push(fault(field, count, `${list.length}, as many as listed`));
  }
  const scans: Partial<Record<Modality, number>> = {};
  for (const [channel, name] of Object.entries(data.modality)) {
    const modality = CHANNELS.get(wordsOf(name).join(''));
    const index = Number(channel);
    if (!modality || scans[modality] !== undefined || !/^\d+$/.test(channel)) {
      throw fault(`modality "${channel}"`, name, 'FLAIR, T1w, T1gd or T2w, each once');
    }
    scans[modality] = index;
  }
  const absent = MODALITIES.find((modality) => scans[modality] === undefined);
  if (absent) throw fault('modality', data.modality, `such that ${absent} is there`);
  const codes = codesOf(data.labels, fault);
  const one = (image: string, label?: string): CaseFiles => ({
    name: basename(image).replace(/\.nii(\.gz)?$/, ''),
    layout: 'decathlon',
    scans: Object.fromEntries(
      MODALITIES.map((m) => [m, { file: join(folder, image), channel: scans[m] }]),
    ),
    ...(label === undefined ? {} : { labels: { file: join(folder, label) } }),
    codes,
  });
  return [
    ...data.training.map(({ image, label }) => one(image, label)),
    ...data.test.map((image) => one(image)),
  ];
}

function parse(file: string): z.infer<typeof schema> {
  const result = schema.safeParse(readJson(file, { fix: 'get the file again' }));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue.path.join('.');
  throw new ReaderError(`${file}: ${field}: ${issue.message}; get the file again`, { file, field });
}

function codesOf(
  labels: Record<string, string>,
  fault: (field: string, value: unknown, should: string) => ReaderError,
): LabelCodes {
  const codes: Record<keyof LabelCodes, number[]> = { core: [], oedema: [], enhancing: [] };
  for (const [code, name] of Object.entries(labels)) {
    if (!/^\d+$/.test(code)) throw fault(`labels "${code}"`, name, 'named by a whole number');
    const words = wordsOf(name).filter((word) => !LEFT_OUT.includes(word));
    const part = PARTS.get(words.join(''));
    if (!part) {
      throw fault(`labels "${code}"`, name, 'edema, non-enhancing tumor or enhancing tumour');
    }
    if (part !== 'background') codes[part].push(Number(code));
  }
  for (const [part, found] of Object.entries(codes)) {
    if (found.length !== 1) throw fault('labels', labels, `such that ${part} is there once`);
  }
  return codes;
}
