import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ComparisonEvent } from './comparison';
import type { BratsRun } from './run-record';
import { trainingsUnderWay } from './under-way';

async function* of(events: ComparisonEvent[]): AsyncGenerator<ComparisonEvent> {
  for (const event of events) yield await Promise.resolve(event);
}

async function told(events: ComparisonEvent[]): Promise<unknown[]> {
  const moments: unknown[] = [];
  for await (const { doing, ...steps } of trainingsUnderWay(of(events))) {
    moments.push({ ...steps, doing: Object.fromEntries(doing) });
  }
  return moments;
}

const mckd = { method: 'mckd', seed: 0 };
const random = { method: 'randomSubsets', seed: 1 };

test('steps of trainings that were there, are done and are being made', async () => {
  const moments = await told([
    { kind: 'plan', total: 3, done: 1, line: '3 trainings' },
    { kind: 'progress', task: mckd, step: 1, steps: 10 },
    { kind: 'progress', task: random, step: 4, steps: 10 },
    { kind: 'run', run: mckd as BratsRun, total: 3, done: 2 },
  ]);
  const other = 'random subsets, no distillation, seed 1';
  assert.deepEqual(moments, [
    { plan: '3 trainings', before: 10, done: 11, total: 30, doing: { 'MCKD, seed 0': 1 } },
    {
      plan: '3 trainings',
      before: 10,
      done: 15,
      total: 30,
      doing: { 'MCKD, seed 0': 1, [other]: 4 },
    },
    { plan: '3 trainings', before: 10, done: 24, total: 30, doing: { [other]: 4 } },
  ]);
});

test('where all is there, there is nothing to tell', async () => {
  assert.deepEqual(await told([{ kind: 'plan', total: 2, done: 2, line: '2 trainings' }]), []);
});
