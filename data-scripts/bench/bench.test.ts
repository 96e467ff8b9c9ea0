import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { tableToMarkdown } from '@mckd/lib/report';
import { kitAsPeer, noPeer, requireSound } from './kit-as-peer';
import { medianSeconds, openPartner } from './partner';
import { benchTable, meetsGoal, readSections, recordOf, writeBench, writeSection } from './report';
import type { BenchRow } from './compare';
import { SECTIONS } from './sections';

const STEP = {
  work: 'step',
  batch: 1,
  width: 1 / 16,
  rate: 1e-4,
  momentum: 0.9,
  alpha: 0.1,
} as const;
// `npm run test:slow` runs the others.
test('the section epoch runs against a peer', async () => {
  const { rows } = await SECTIONS.epoch(kitAsPeer());
  rows?.forEach(requireSound);
  assert.ok(rows?.some(({ peer }) => peer !== null));
});

test('the section growth runs without one', async () => {
  const { rows } = await SECTIONS.growth(noPeer());
  rows?.forEach(requireSound);
  assert.equal(rows?.[0].ratio, 1, 'as many tensors after 20 steps as after 5');
});

test('sides that do different work are not timed against each other', async () => {
  const other = kitAsPeer((spec) => (spec.work === 'epoch' ? { ...spec, pairs: 64 } : spec));
  await assert.rejects(
    SECTIONS.epoch(other),
    /ours gives .*, the peer .*; times of different work/,
  );
});

test('a side that ends is reported with its output', async () => {
  const gone = openPartner(process.execPath, [
    '-e',
    'console.error("no such thing"); process.exit(3)',
  ]);
  await assert.rejects(gone, /ended with exit code 3: no such thing, before it had answered/);
  await assert.rejects(
    openPartner('/no/such/program', []),
    /could not be started \(spawn \/no\/such\/program ENOENT: the program or its folder is missing\)/,
  );
});

test('a side whose work fails ends, with the error', async () => {
  const side = await kitAsPeer().openOurs({ ...STEP, crop: [16, 16, 16] });
  await assert.rejects(side.once(), /ended with exit code 1: .*Incompatible shapes/);
});

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'mckd-bench-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const ROWS: BenchRow[] = [
  { work: 'a step', ours: 1, peer: 2, unit: 's', ratio: 0.5, goal: 0.8 },
  { work: 'slow', ours: 3, peer: 2, unit: 's', ratio: 1.5, goal: 0.8 },
  { work: 'peak', ours: 11, peer: null, unit: 'GiB', ratio: null, goal: 20 },
];
const machine = {
  quick: false,
  peer: 'PyTorch 2',
  hardware: { cpu: 'a processor', cores: 2, memoryGiB: 23, gpu: null },
  minutes: 3,
};

test('sections are saved one by one; the list of rows is their union', (t) => {
  const folder = folderOf(t);
  writeSection(folder, 'step', { rows: ROWS.slice(0, 2), machine });
  writeSection(folder, 'paper', { rows: ROWS.slice(2), machine });
  writeSection(folder, 'read', { rows: ROWS, machine: { ...machine, quick: true } });
  const sections = readSections(folder, ['step', 'growth', 'paper', 'read'], { quick: false });
  writeBench(folder, sections);
  assert.deepEqual(JSON.parse(readFileSync(join(folder, 'bench.json'), 'utf8')), ROWS);
  const record = recordOf(sections);
  const text = tableToMarkdown(benchTable([record]));
  assert.match(text, /\| a step \| s \| 1 \| 2 \| 0.5 \| 0.8 \| yes \|/);
  assert.match(text, /\| slow .* no \|/);
  assert.match(text, /a processor, 2 cores, 23 GiB; 6 minutes/);
  const older = { rows: ROWS.slice(1), machine: { ...machine, instructions: 'AVX2' } };
  const both = tableToMarkdown(benchTable([record, older]));
  assert.match(both, /\| a processor: ours \|.* AVX2: met \|/);
  assert.match(both, /\| a step \| s \| 1 \| 2 \| 0.5 \| 0.8 \| yes \| +\| +\| +\| +\| +\|/);
  assert.match(both, /\| slow \| s \| 3 .* no \| 3 .* no \|/);
});

test('a goal is of the ratio, or of ours without a ratio', () => {
  assert.deepEqual(ROWS.map(meetsGoal), [true, false, true]);
  assert.equal(meetsGoal({ ...ROWS[0], goal: null }), undefined);
});

test('the median leaves the warm-up out', () => {
  const answer = (seconds: number) => ({ seconds, peakBytes: 0, value: null });
  assert.equal(medianSeconds([9, 1, 4, 2].map(answer), 1), 2);
  assert.equal(medianSeconds([9, 1, 4, 2, 3].map(answer), 1), 2.5);
});
