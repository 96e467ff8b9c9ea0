/** Estimates of a training's memory and speed, for distributing several over a machine. */
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { canonicalSha256 } from '../base/canonical';
import type { BratsTrainingConfig } from '../config';
import { voxelCount } from '../volume/size';
import { UserError } from '../base/errors';
import { readRecord } from '../base/json-record';
import { originShape, probeOrigin, type Origin } from '../report/origin';
import type { RecordOptions } from '../experiment/record';
import type { Room, Scaling, Work } from '../experiment/process-plan';
import type { Table } from '../report/tables';
import { writeFileAtomic } from '../base/atomic-write';
import { shippedFile } from '../base/shipped-file';

const GIB = 2 ** 30;

/**
 * Peak memory of a process that trains. Fitted to peaks measured by `mckd measure` and `npm run bench` (0.45 GiB at
 * `smoke`, 0.54 at `quick`; at full width 1.77 for 32 x 64 x 64 and 4.93 for two of 48 x 96 x 96; 17 at `paper`), each line rounded up, and a fifth more on top: a test holds the estimate to lie between each of
 * them and one and a half times it, or half a GiB above.
 */
const BASE_BYTES = 0.5 * GIB;
/** Weights, velocities and gradients, at full width; proportional to the square of the width. */
const WEIGHTS_BYTES = 0.75 * GIB;
/** Memory per voxel for the backward pass, at full width. */
const VOXEL_BYTES = 4400;
const MARGIN = 1.2;

/** Of a process that trains on a GPU, whose memory holds the rest. Not measured; conservative. */
const GPU_PROCESS_BYTES = 6 * GIB;

export function trainingBytes({ width, crop, batchSize }: BratsTrainingConfig): number {
  const voxels = batchSize * voxelCount(crop);
  return MARGIN * (BASE_BYTES + WEIGHTS_BYTES * width ** 2 + VOXEL_BYTES * width * voxels);
}

/** Steps per second of one distribution over the cores, all processes together. */
export interface SplitRow {
  /** What was trained, in words. */
  work: string;
  width: number;
  crop: BratsTrainingConfig['crop'];
  batchSize: number;
  processes: number;
  threads: number;
  stepsPerSecond: number;
  /** The largest process. */
  peakGiB: number;
}

/** The result of `mckd measure --split`. */
export interface RecordedSplits extends Origin {
  rows: SplitRow[];
}

const SPLITS_FILE = shippedFile('recorded', 'processes.json');

const recordedSplitsSchema: z.ZodType<RecordedSplits> = z.strictObject({
  ...originShape,
  rows: z.array(
    z.strictObject({
      work: z.string(),
      width: z.number(),
      crop: z.tuple([z.number(), z.number(), z.number()]),
      batchSize: z.number(),
      processes: z.int().min(1),
      threads: z.int().min(1),
      stepsPerSecond: z.number().positive(),
      peakGiB: z.number().positive(),
    }),
  ),
});

export function recordedSplits(file = SPLITS_FILE): RecordedSplits {
  return readRecord(recordedSplitsSchema, file);
}

export function writeSplits(file: string, rows: readonly SplitRow[], root: string): void {
  const record: RecordedSplits = { ...probeOrigin(root), rows: [...rows] };
  writeFileAtomic(file, `${JSON.stringify(record, null, 1)}\n`);
}

/**
 * Copies what `writeSplits` left.
 * @throws UserError if it is missing, or `file` is of other trainings
 */
export function recordSplits(
  from: string,
  file: string,
  { replace = false }: RecordOptions = {},
): RecordedSplits {
  const found = recordedSplits(from);
  const works = ({ rows }: RecordedSplits): string =>
    canonicalSha256(
      rows.map(({ work, width, crop, batchSize }) => ({ work, width, crop, batchSize })),
    );
  if (!replace && existsSync(file) && works(recordedSplits(file)) !== works(found)) {
    throw new UserError(
      `${file} is of other trainings than ${from}; nothing is written; to record these instead: --replace`,
      { code: 'MISMATCH', file, field: 'rows' },
    );
  }
  writeFileAtomic(file, readFileSync(from), { flush: true });
  return found;
}

/** Both distributions of each training, and the plan for the kit's presets. */
export function splitsTable(rows: readonly SplitRow[]): Table {
  return {
    name: 'processes',
    title: 'Training steps of parallel processes',
    caption:
      'Steps per second of all processes together, measured in turns; peak memory of one. Higher is better.',
    columns: [
      { key: 'work', title: 'work' },
      { key: 'way', title: 'processes x threads' },
      { key: 'rate', title: 'steps per second' },
      { key: 'peak', title: 'GiB' },
    ],
    rows: rows.map(({ work, processes, threads, stepsPerSecond, peakGiB }) => ({
      work,
      way: `${processes} x ${threads}`,
      rate: String(stepsPerSecond),
      peak: String(peakGiB),
    })),
  };
}

/** Multiplications of a step, up to a factor. */
function workOf({
  width,
  crop,
  batchSize,
}: Pick<BratsTrainingConfig, 'width' | 'crop' | 'batchSize'>): number {
  return width ** 2 * batchSize * voxelCount(crop);
}

/** Upper limit of the parallel share: operations are launched one after another. */
const LEAST_SERIAL = 0.05;

/**
 * How a step of a config scales with threads, and with other processes, from the recorded measurements: as
 * the nearest measured training, interpolated by the logarithm of the work.
 */
export function scaling(config: BratsTrainingConfig, rows = recordedSplits().rows): Scaling {
  const points = [...new Set(rows.map(({ work }) => work))]
    .map((name) => measuredScaling(rows.filter(({ work }) => work === name)))
    .sort((a, b) => a.work - b.work);
  const work = Math.log(workOf(config));
  const above = points.findIndex((point) => point.work >= work);
  const high = points.at(above) as (typeof points)[number];
  const low = above > 0 ? points[above - 1] : high;
  const part = low === high ? 0 : (work - low.work) / (high.work - low.work);
  const between = (key: keyof Scaling): number => low[key] + part * (high[key] - low[key]);
  return { serialShare: between('serialShare'), crowding: between('crowding') };
}

/** By Amdahl's law, from one process with all threads and as many processes with one. */
function measuredScaling(rows: readonly SplitRow[]): Scaling & { work: number } {
  const one = rows.find(({ processes }) => processes === 1) as SplitRow;
  const many = rows.find(({ threads }) => threads === 1) as SplitRow;
  const cores = one.threads;
  const speedUp = (cores * one.stepsPerSecond) / many.stepsPerSecond;
  const share = (cores / speedUp - 1) / (cores - 1);
  const serialShare = Math.min(1, Math.max(LEAST_SERIAL, share));
  // Beyond the law: all threads on one step are faster than the law allows against one beside others.
  const crowding = Math.max(1, speedUp * (serialShare + (1 - serialShare) / cores));
  return { work: Math.log(workOf(one)), serialShare, crowding };
}

/** A number of trainings of one config as work to distribute. */
export function trainingWork(config: BratsTrainingConfig, tasks: number, { gpus }: Room): Work {
  return {
    tasks,
    bytes: gpus.length > 0 ? GPU_PROCESS_BYTES : trainingBytes(config),
    ...scaling(config),
  };
}
