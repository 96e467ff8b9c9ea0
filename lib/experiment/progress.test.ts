import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExperimentCell } from './cells';
import type { Kind, Run } from './experiment';
import { progressOf, type ExperimentEvent } from './run';

type Event = ExperimentEvent<Kind>;

async function* of(events: Event[]): AsyncGenerator<Event> {
  for (const event of events) yield await Promise.resolve(event);
}

async function told(events: Event[]): Promise<unknown[]> {
  const moments: unknown[] = [];
  for await (const { doing, ...steps } of progressOf(of(events))) {
    moments.push({ ...steps, doing: Object.fromEntries(doing) });
  }
  return moments;
}

const cell = (title: string, seed: number): ExperimentCell<object> => ({
  arm: title,
  title,
  seed,
  config: {},
});
const mckd = cell('MCKD', 0);
const random = cell('random subsets, no distillation', 1);

test('steps of trainings that were finished before, are finished now and are running', async () => {
  const moments = await told([
    { kind: 'plan', total: 3, done: 1, line: '3 trainings' },
    { kind: 'progress', cell: mckd, steps: { done: 1, total: 10 } },
    { kind: 'progress', cell: random, steps: { done: 4, total: 10 } },
    { kind: 'run', cell: mckd, run: {} as Run<object>, total: 3, done: 2 },
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

test('if all are finished, nothing is reported', async () => {
  assert.deepEqual(await told([{ kind: 'plan', total: 2, done: 2, line: '2 trainings' }]), []);
});
