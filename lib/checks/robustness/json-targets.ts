/** JSON that users write or edit: overrides of a config, printed numbers, descriptions of data sets. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildConfig } from '../../config';
import { listedCases } from '../../datasets/brats/dataset-json';
import { readManifest, type PhantomManifest } from '../../datasets/phantom/description';
import { readJson } from '../../base/json';
import { readPublished } from '../../published/study';
import { jsonReference, mutateJson } from './json-text';
import type { FuzzTarget } from './types';
import { shippedFile } from '../../base/shipped-file';

type Record_ = Record<string, unknown>;

function isRecord(value: unknown): value is Record_ {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const CONFIG = 'overrides.json';

/** The base with the overrides applied, if they name only its keys, with its types. */
function overlaid(base: unknown, changes: unknown): unknown {
  if (isRecord(base)) {
    if (!isRecord(changes)) return undefined;
    const result: Record_ = { ...base };
    for (const key of Object.keys(changes)) {
      if (!Object.hasOwn(base, key)) return undefined;
      result[key] = overlaid(base[key], changes[key]);
      if (result[key] === undefined) return undefined;
    }
    return result;
  }
  if (Array.isArray(base)) return Array.isArray(changes) ? changes : undefined;
  return typeof changes === typeof base && changes !== null ? changes : undefined;
}

const config: FuzzTarget = {
  name: 'config',
  names: 'field',
  cost: 1,
  make(stream) {
    const { seed, brats, avMnist } = buildConfig('quick');
    const parts = [
      { brats },
      { avMnist, seed },
      { brats: { importance: brats.importance, quirks: brats.quirks } },
    ];
    const { bytes, how } = mutateJson(stream, parts[stream.integer(parts.length)]);
    return { files: { [CONFIG]: bytes }, how };
  },
  read: (file) => buildConfig('smoke', readJson(file)),
  expected({ [CONFIG]: bytes }) {
    const changes = jsonReference(bytes);
    if (!changes || (isRecord(changes.value) && Object.hasOwn(changes.value, 'preset')))
      return undefined;
    return overlaid(buildConfig('smoke'), changes.value);
  },
};

const PUBLISHED = 'printed.json';

function printedStudy(): unknown {
  const file = shippedFile('published', 'av-mnist.json');
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Whether every method has a cell for every condition, and no others. */
function isFull(table: Record_): boolean {
  const keysOf = (list: unknown): string[] => (list as { key: string }[]).map(({ key }) => key);
  const exactly = (value: unknown, keys: string[]): value is Record_ =>
    isRecord(value) &&
    new Set(keys).size === keys.length &&
    [...keys].sort().join('\n') === Object.keys(value).sort().join('\n');
  const [methods, conditions] = [keysOf(table.methods), keysOf(table.conditions)];
  return (
    exactly(table.cells, methods) &&
    methods.every((key) => exactly((table.cells as Record_)[key], conditions))
  );
}

const published: FuzzTarget = {
  name: 'published',
  names: 'file',
  cost: 2,
  make(stream) {
    const { bytes, how } = mutateJson(stream, printedStudy());
    return { files: { [PUBLISHED]: bytes }, how };
  },
  read: readPublished,
  expected({ [PUBLISHED]: bytes }) {
    const value = jsonReference(bytes)?.value;
    try {
      const { tables } = value as { tables: Record_[] };
      return tables.every(isFull) ? value : undefined;
    } catch {
      return undefined;
    }
  },
};

const MANIFEST = 'manifest.json';

function soundManifest(): PhantomManifest {
  return {
    format: 'mckd-phantom',
    formatVersion: 1,
    kitVersion: '0.1.0',
    complete: true,
    options: {
      cases: 12,
      size: [32, 32, 32],
      spacingMm: 6,
      seed: 0,
      testCases: 3,
      metaValidationCases: 2,
    },
    anatomy: { name: 'made', sha256: { 'grey.nii.gz': 'ab'.repeat(32) } },
  };
}

/** Whether it has the same keys and types as the valid one. The hashes may have any names. */
function alike(is: unknown, should: unknown, key = ''): boolean {
  if (key === 'sha256')
    return isRecord(is) && Object.values(is).every((sum) => typeof sum === 'string');
  if (isRecord(should)) {
    return (
      isRecord(is) &&
      Object.keys(should).every(
        (name) => Object.hasOwn(is, name) && alike(is[name], should[name], name),
      )
    );
  }
  if (Array.isArray(should)) return Array.isArray(is) && is.every((item) => alike(item, should[0]));
  return typeof is === typeof should;
}

const manifest: FuzzTarget = {
  name: 'phantom-manifest',
  names: 'file',
  cost: 1,
  make(stream) {
    const { bytes, how } = mutateJson(stream, soundManifest());
    return { files: { [MANIFEST]: bytes }, how };
  },
  read: (file) => readManifest(dirname(file)),
  expected({ [MANIFEST]: bytes }) {
    const value = jsonReference(bytes)?.value;
    return alike(value, soundManifest()) ? value : undefined;
  },
};

const DATASET = 'dataset.json';
const soundDataset = {
  modality: { '0': 'FLAIR', '1': 'T1w', '2': 't1gd', '3': 'T2w' },
  labels: { '0': 'background', '1': 'edema', '2': 'non-enhancing tumor', '3': 'enhancing tumour' },
  numTraining: 2,
  numTest: 1,
  training: [
    { image: './imagesTr/BRATS_001.nii.gz', label: './labelsTr/BRATS_001.nii.gz' },
    { image: './imagesTr/BRATS_002.nii.gz', label: './labelsTr/BRATS_002.nii.gz' },
  ],
  test: ['./imagesTs/BRATS_485.nii.gz'],
};

/** The compared part of a dataset.json: each case's images, channels and label codes. */
interface Listed {
  images: string[];
  labels: (string | null)[];
  channels: number[];
  codes: number[];
  /** Whether the counts equal the lengths of the lists. */
  counted: boolean;
}

const decathlon: FuzzTarget = {
  name: 'decathlon',
  names: 'file',
  cost: 1,
  make(stream) {
    const { bytes, how } = mutateJson(stream, soundDataset);
    return { files: { [DATASET]: bytes }, how };
  },
  read(file): Listed {
    const { cases, faults } = listedCases(dirname(file));
    const inside = (path: string): string => path.slice(dirname(file).length);
    const { scans, codes } = cases[0] ?? {};
    return {
      images: cases.map((one) => inside(one.scans.flair?.file ?? '')),
      labels: cases.map(({ labels }) => (labels ? inside(labels.file) : null)),
      channels: [scans?.flair, scans?.t1, scans?.t1ce, scans?.t2].map(
        (place) => place?.channel ?? -1,
      ),
      codes: [codes?.oedema, codes?.core, codes?.enhancing].flatMap((list) => list ?? []),
      counted: faults.length === 0,
    };
  },
  expected: ({ [DATASET]: bytes }) => {
    try {
      return listedIn(jsonReference(bytes)?.value as typeof soundDataset);
    } catch {
      return undefined;
    }
  },
};

function listedIn({
  modality,
  labels,
  training,
  test = [],
  numTraining,
  numTest,
}: typeof soundDataset): Listed | undefined {
  const find = (names: Record<string, string>, wanted: RegExp): number[] =>
    Object.entries(names).flatMap(([index, name]) => (wanted.test(name) ? [Number(index)] : []));
  const channels = [/^flair$/i, /^t1w?$/i, /^t1(gd|c|ce)$/i, /^t2w?$/i].map((name) =>
    find(modality, name),
  );
  const codes = [/^edema$/i, /^non-enhancing/i, /^enhancing/i].map((name) => find(labels, name));
  const whole = [...channels, ...codes].every(
    (found) => found.length === 1 && Number.isInteger(found[0]) && found[0] >= 0,
  );
  const others = Object.values(labels).filter((name) => !/background/i.test(name)).length - 3;
  if (![modality, labels].every((names) => Object.keys(names).every((key) => /^\d+$/.test(key))))
    return undefined;
  if (!whole || Object.keys(modality).length !== 4 || others !== 0) return undefined;
  const outside = (path: string): boolean => join('/', path) !== join('/a', path).slice(2);
  const paths = [...training.flatMap(({ image, label }) => [image, label]), ...test];
  if (paths.some((path) => path === '' || outside(path))) return undefined;
  const count = (said: unknown, list: unknown[]): boolean =>
    said === undefined || said === list.length;
  if (![numTraining, numTest].every((said) => said === undefined || typeof said === 'number'))
    return undefined;
  return {
    images: [
      ...training.map(({ image }) => join('/', image)),
      ...test.map((image) => join('/', image)),
    ],
    labels: [...training.map(({ label }) => join('/', label)), ...test.map(() => null)],
    channels: channels.flat(),
    codes: codes.flat(),
    counted: count(numTraining, training) && count(numTest, test),
  };
}

export const JSON_TARGETS: readonly FuzzTarget[] = [config, published, manifest, decathlon];
