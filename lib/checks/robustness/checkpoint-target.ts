/** Checkpoints of trainings: a safetensors file with a training's facts as JSON in its metadata, and its checksum. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTraining, disposeTraining, type Training } from '../../brats/training';
import { loadTraining, saveTraining } from '../../brats/checkpoint/training';
import { buildConfig } from '../../config';
import type { RandomStream } from '../../base/random';
import type { Mutated } from './bytes';
import { jsonReference, mutateJson } from './json-text';
import {
  mutateSafetensors,
  partsOf,
  safetensorsBytes,
  tensorsReference,
} from './safetensors-target';
import type { FuzzTarget } from './types';

const FILE = 'checkpoint.safetensors';
const FLOATS = ['F64', 'F32', 'F16', 'BF16'];

/** The tensor that holds the SHA-256 of all bytes before it. */
const SUM = 'training/sha256';

interface Facts {
  format: number;
  config: Record<string, unknown>;
  seed: number;
  step: number;
  /** Follows from config and step. */
  stage?: number;
  importanceSteps: number;
  lib?: string;
  dataSha256?: string;
  forced?: { step: number; differences: string[] }[];
}

interface Stored {
  facts: Omit<Facts, 'format' | 'stage'>;
  tensors: Record<string, { shape: number[]; values: number[] }>;
}

let sound: Buffer | undefined;

/** The bytes of a training at the smallest width, always the same. */
function soundCheckpoint(): Buffer {
  if (!sound) {
    const { brats } = buildConfig('smoke', { brats: { width: 1 / 32 } });
    const training = createTraining(brats, 3);
    sound = bytesOf({ ...training, step: 5 });
    disposeTraining(training);
  }
  return sound;
}

function bytesOf(training: Training): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'mckd-checkpoint-'));
  try {
    saveTraining(join(folder, FILE), training);
    return readFileSync(join(folder, FILE));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The facts mutated, else the header, else bytes of the file; half of them with a valid checksum. */
function mutateCheckpoint(stream: RandomStream): Mutated {
  const { bytes, how } = mutateUnsealed(stream);
  return stream.integer(2) === 0 ? { bytes, how } : { bytes: sealed(bytes), how: `${how}; sealed` };
}

function mutateUnsealed(stream: RandomStream): Mutated {
  const bytes = soundCheckpoint();
  if (stream.integer(2) === 0) return mutateSafetensors(stream, bytes);
  const { header, data } = partsOf(bytes) as {
    header: Record<string, Record<string, string>>;
    data: Buffer;
  };
  const facts = mutateJson(stream, JSON.parse(header.__metadata__.training));
  header.__metadata__.training = facts.bytes.toString('utf8');
  const json = Buffer.from(JSON.stringify(header));
  return { bytes: safetensorsBytes(json, data), how: `facts: ${facts.how}` };
}

/** Position of the checksum; undefined if the file has no complete one. */
function placeOfSum(bytes: Buffer): number | undefined {
  const sum = tensorsReference(bytes)?.tensors[SUM];
  if (sum?.dtype !== 'U8' || sum.shape.join() !== '32') return undefined;
  const { header } = partsOf(bytes) as { header: Record<string, { data_offsets: number[] }> };
  return 8 + Number(bytes.readBigUInt64LE(0)) + header[SUM].data_offsets[0];
}

function sumBefore(bytes: Buffer, place: number): Buffer {
  return createHash('sha256').update(bytes.subarray(0, place)).digest();
}

/** The file with a valid checksum, as if mutated before it was written. */
function sealed(bytes: Buffer): Buffer {
  const place = placeOfSum(bytes);
  if (place === undefined) return bytes;
  const copy = Buffer.from(bytes);
  sumBefore(bytes, place).copy(copy, place);
  return copy;
}

/** The training in the bytes; undefined if they are no complete one. */
function storedIn(bytes: Buffer): (Stored & { said: Facts }) | undefined {
  const file = tensorsReference(bytes);
  const text = file?.metadata.training;
  const said =
    text === undefined ? undefined : (jsonReference(Buffer.from(text))?.value as Facts | undefined);
  if (!file || typeof said !== 'object' || said === null) return undefined;
  const place = placeOfSum(bytes);
  const summed =
    place !== undefined && sumBefore(bytes, place).equals(bytes.subarray(place, place + 32));
  if (!summed && (said.format !== 1 || SUM in file.tensors)) return undefined;
  const tensors: Stored['tensors'] = {};
  for (const [name, { dtype, shape, values }] of Object.entries(file.tensors)) {
    if (name === SUM) continue;
    if (!FLOATS.includes(dtype)) return undefined;
    const floats = values.map((value) => Math.fround(Number(value)));
    if (!floats.every(Number.isFinite)) return undefined;
    tensors[name.replace(/^module\./, '')] = { shape, values: floats };
  }
  const facts: Partial<Facts> & Stored['facts'] = { ...said, forced: said.forced ?? [] };
  delete facts.format;
  delete facts.stage;
  return { facts, tensors, said };
}

function expectedOf(bytes: Buffer): Stored | undefined {
  const [is, should] = [storedIn(bytes), storedIn(soundCheckpoint())];
  if (!is || !should) return undefined;
  const shapes = ({ tensors }: Stored): string[] =>
    Object.entries(tensors)
      .map(([name, { shape }]) => `${name} ${shape.join()}`)
      .sort();
  if (shapes(is).join('\n') !== shapes(should).join('\n')) return undefined;
  // Older checkpoints have no ablations in their config.
  const config = { ablations: buildConfig('paper').brats.ablations, ...is.facts.config };
  const facts = { ...is.facts, config };
  if (!alike(facts, { ...should.facts }) || !isCounting(is.said)) return undefined;
  return { facts, tensors: is.tensors };
}

function isCounting({ format, seed, step, stage, importanceSteps }: Facts): boolean {
  return (
    [1, 2].includes(format) &&
    [undefined, 1, 2].includes(stage) &&
    Number.isSafeInteger(seed) &&
    [step, importanceSteps].every((n) => Number.isSafeInteger(n) && n >= 0)
  );
}

/** The same keys and types, recursively. */
function alike(is: unknown, should: unknown): boolean {
  if (typeof is !== typeof should || Array.isArray(is) !== Array.isArray(should)) return false;
  if (typeof should !== 'object' || should === null || is === null) return is !== null;
  const [a, b] = [is, should].map((value) => Object.keys(value as object).sort());
  if (a.join('\n') !== b.join('\n')) return false;
  return a.every((key) =>
    alike((is as Record<string, unknown>)[key], (should as Record<string, unknown>)[key]),
  );
}

const checkpoint: FuzzTarget = {
  name: 'checkpoint',
  names: 'file',
  cost: 30,
  prepare: soundCheckpoint,
  make(stream) {
    const { bytes, how } = mutateCheckpoint(stream);
    return { files: { [FILE]: bytes }, how };
  },
  read: loadTraining,
  data(training: Training) {
    try {
      const stored = storedIn(bytesOf(training));
      return stored && { facts: stored.facts, tensors: stored.tensors };
    } finally {
      disposeTraining(training);
    }
  },
  expected: ({ [FILE]: bytes }) => expectedOf(bytes),
};

export const CHECKPOINT_TARGETS: readonly FuzzTarget[] = [checkpoint];
