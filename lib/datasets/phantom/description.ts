/** The files that describe a set of phantoms: manifest.json, README.txt and the lists of its splits. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { UserError } from '../../base/errors';
import { readJson } from '../../base/json';
import { randomStream } from '../../base/random';
import { writeFileAtomic } from '../../base/atomic-write';
import { compareText } from '../../base/compare-text';
import { FORMAT_VERSION, phantomName } from './case';
import { ICBM152, ICBM152_LICENCE } from './icbm152';
import type { PhantomSettings } from './options';
import { intensityScale } from './scans';
import { gradeOf } from './tumour-plan';
import { LIB_VERSION } from '../../base/version';

/** The anatomy a set was made from. */
export interface AnatomyRecord {
  name: string;
  sha256: Readonly<Record<string, string>>;
}

const FORMAT = 'mckd-phantom';

/** manifest.json */
export interface PhantomManifest {
  format: typeof FORMAT;
  formatVersion: number;
  kitVersion: string;
  /** False while cases are still being made. */
  complete: boolean;
  options: {
    cases: number;
    size: readonly number[];
    spacingMm: number;
    seed: number;
    testCases: number;
    metaValidationCases: number;
  };
  anatomy: AnatomyRecord;
}

export function manifestOf(
  { cases, seed, testCases, metaValidationCases, grid }: PhantomSettings,
  { name, sha256 }: AnatomyRecord,
  complete: boolean,
): PhantomManifest {
  return {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    kitVersion: LIB_VERSION,
    complete,
    options: {
      cases,
      size: grid.shape,
      spacingMm: grid.spacing,
      seed,
      testCases,
      metaValidationCases,
    },
    anatomy: { name, sha256 },
  };
}

/** What determines a single case's bytes; sets that share it can be extended or reduced. */
export function identityOf({ formatVersion, options, anatomy }: PhantomManifest): string {
  const { size, spacingMm, seed } = options;
  return JSON.stringify([formatVersion, size, spacingMm, seed, anatomy.sha256]);
}

/** The manifest in a folder; undefined where there is none. */
export function readManifest(directory: string): PhantomManifest | undefined {
  const file = path.join(directory, 'manifest.json');
  if (!existsSync(file)) return undefined;
  const result = manifestSchema.safeParse(readJson(file, { fix: 'choose another folder' }));
  if (result.success) return result.data;
  const [{ path: place, message }] = result.error.issues;
  const field = place.join('.') || 'format';
  throw new UserError(
    `${file} is no manifest of phantoms (${field}: ${message}); choose another folder`,
    { code: 'BAD_FILE', file, field },
  );
}

/** Whether a folder is a set of phantoms, by its manifest; another data set may have a manifest.json of its own. */
export function isPhantomSet(directory: string): boolean {
  const file = path.join(directory, 'manifest.json');
  if (!existsSync(file)) return false;
  try {
    return formatSchema.safeParse(readJson(file)).success;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

const formatSchema = z.looseObject({ format: z.literal(FORMAT) });

// Fields of later versions are kept.
const manifestSchema = z.looseObject({
  format: z.literal(FORMAT),
  formatVersion: z.int().min(1),
  kitVersion: z.string(),
  complete: z.boolean(),
  options: z.looseObject({
    cases: z.int().min(1),
    size: z.array(z.int().min(1)),
    spacingMm: z.number().gt(0),
    seed: z.int(),
    testCases: z.int().min(0),
    metaValidationCases: z.int().min(0),
  }),
  anatomy: z.looseObject({ name: z.string(), sha256: z.record(z.string(), z.string()) }),
});

export function writeManifest(directory: string, manifest: PhantomManifest): void {
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  writeFileAtomic(path.join(directory, 'manifest.json'), text);
}

/** The names in each split: a shuffle of all cases, cut in three. */
export function splitsOf({
  cases,
  seed,
  testCases,
  metaValidationCases,
}: PhantomSettings): Record<'train' | 'meta-validation' | 'test', string[]> {
  const names = Array.from({ length: cases }, (_, index) => phantomName(index));
  const mixed = randomStream(seed, `phantom/${FORMAT_VERSION}/splits`).shuffle(names);
  const held = testCases + metaValidationCases;
  return {
    train: mixed.slice(held).sort(compareText),
    'meta-validation': mixed.slice(testCases, held).sort(compareText),
    test: mixed.slice(0, testCases).sort(compareText),
  };
}

/** splits/train.txt, splits/meta-validation.txt, splits/test.txt (one name per line) and README.txt. */
export function writeDescription(
  directory: string,
  settings: PhantomSettings,
  anatomy: AnatomyRecord,
): void {
  for (const [split, names] of Object.entries(splitsOf(settings))) {
    const text = names.map((name) => `${name}\n`).join('');
    writeFileAtomic(path.join(directory, 'splits', `${split}.txt`), text);
  }
  writeFileAtomic(path.join(directory, 'README.txt'), readmeOf(settings, anatomy));
}

function readmeOf(settings: PhantomSettings, anatomy: AnatomyRecord): string {
  const { cases, seed, grid } = settings;
  const low = Array.from({ length: cases }, (_, index) => gradeOf(index)).filter(
    (grade) => grade === 'LGG',
  ).length;
  const mm = Number(grid.spacing.toFixed(3));
  const scale = Number(intensityScale(grid).toFixed(4));
  return `Phantoms of glioma, made by the MCKD kit ${LIB_VERSION}. No patient's data.

${cases} cases (${cases - low} HGG, ${low} LGG) of ${grid.shape.join(' x ')} voxels, ${mm} mm; seed ${seed}.
Laid out and labelled like BraTS 2018: FLAIR, T1, T1ce, T2 (int16, brain-extracted, background 0) and
_seg (1 necrotic and non-enhancing core, 2 oedema, 4 enhancing tumour).

Each case is an average brain under a random smooth warp, with a tumour that spreads along white
matter, in contrasts and noise drawn for the case. Enhancement shows in T1ce alone; oedema in FLAIR and
T2; the core in T1ce and T2, but not against oedema in FLAIR. Vessels (T1ce) and hyperintensities of the
white matter (FLAIR) are bright and no tumour. Intensities are ${scale} of those of a 1 mm scan.
It is a substitute to run everything on: scores on it are not to be compared with scores on BraTS.

splits/ holds the names for training, meta-validation and testing; manifest.json what made the set.

Anatomy: ${anatomy.name}.
${anatomy.name === ICBM152.name ? `${wrap(ICBM152_LICENCE)}\n` : ''}`;
}

function wrap(text: string): string {
  return text.replace(/(.{1,100})(\s|$)/g, '$1\n').trimEnd();
}
