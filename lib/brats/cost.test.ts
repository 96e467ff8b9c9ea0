import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildConfig, type BratsConfig } from '../config';
import { planProcesses } from '../experiment/process-plan';
import { recordedSplits, scaling, trainingBytes, trainingWork, type SplitRow } from './cost';
import { shippedFile } from '../base/shipped-file';

const GIB = 2 ** 30;
const { rows } = recordedSplits();

const sized = (width: number, crop: number[], batchSize: number): BratsConfig =>
  buildConfig('paper', { brats: { width, crop, batchSize } }).brats;

test('the estimate of memory is above every recorded peak, but not far', () => {
  const bench = shippedFile('recorded', 'bench');
  const all = readdirSync(bench).flatMap(
    (kind) =>
      JSON.parse(readFileSync(join(bench, kind, 'bench.json'), 'utf8')) as {
        work: string;
        ours: number;
      }[],
  );
  const benched = all.flatMap(({ work, ours }): [BratsConfig, number][] => {
    const size = /^peak memory of \d+ steps, (\d+) x (\d+) x (\d+), batch (\d)$/.exec(work);
    if (!size) return [];
    const [d, h, w, batch] = size.slice(1).map(Number);
    return [[sized(1, [d, h, w], batch), ours]];
  });
  const split = rows.map(({ width, crop, batchSize, peakGiB }): [BratsConfig, number] => [
    sized(width, crop, batchSize),
    peakGiB,
  ]);
  assert.ok(benched.length >= 4 && split.length >= 2);
  for (const [config, peak] of [...benched, ...split]) {
    const estimate = trainingBytes(config) / GIB;
    assert.ok(estimate >= peak, `${estimate} for ${peak}`);
    assert.ok(estimate <= Math.max(1.5 * peak, peak + 0.5), `${estimate} for ${peak}`);
  }
  // 17 GiB, measured once at preset paper.
  const paper = trainingBytes(buildConfig('paper').brats) / GIB;
  assert.ok(paper >= 17 && paper <= 25.5, `${paper}`);
});

const row = (work: string, width: number, processes: number, stepsPerSecond: number): SplitRow => ({
  work,
  width,
  crop: [32, 64, 64],
  batchSize: 1,
  processes,
  threads: 2 / processes,
  stepsPerSecond,
  peakGiB: 1,
});

test('how a step scales comes from both ways of sharing the cores', () => {
  // Small: two threads are as fast as one. Full: more than twice as fast as one beside another process.
  const made = [
    row('small', 1 / 8, 1, 1),
    row('small', 1 / 8, 2, 2),
    row('full', 1, 1, 0.12),
    row('full', 1, 2, 0.1),
  ];
  const of = (width: number): number[] => {
    const { serialShare, crowding } = scaling(sized(width, [32, 64, 64], 1), made);
    return [serialShare, crowding].map((value) => Number(value.toFixed(4)));
  };
  assert.deepEqual(of(1 / 16), [1, 1]);
  assert.deepEqual(of(1 / 8), [1, 1]);
  assert.deepEqual(of(Math.sqrt(1 / 8)), [0.525, 1.13]);
  assert.deepEqual(of(1), [0.05, 1.26]);
  assert.deepEqual(of(2), [0.05, 1.26]);
});

test('on the recorded machine the plan is the faster way of each work, for evenly divisible numbers of trainings', () => {
  for (const work of new Set(rows.map((one) => one.work))) {
    const [one, many] = rows.filter((other) => other.work === work);
    const config = sized(one.width, one.crop, one.batchSize);
    const room = { cores: one.threads, memoryBytes: 64 * GIB, gpus: [] };
    const { processes } = planProcesses(trainingWork(config, 6 * many.processes, room), room);
    const better = many.stepsPerSecond > one.stepsPerSecond ? many.processes : 1;
    assert.equal(processes, better, work);
  }
});
