import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../base/errors';
import type { Gpu } from '../base/machine';
import {
  describePlan,
  planProcesses,
  planWishes,
  processEnvironment,
  type Room,
  type Work,
} from './process-plan';

const GIB = 2 ** 30;

function room(cores: number, memory: number, cards = 0): Room {
  const gpus = Array.from({ length: cards }, (_, i): Gpu => ({
    id: `GPU-${i}`,
    name: 'NVIDIA H200',
    memoryBytes: 141 * GIB,
  }));
  return { cores, memoryBytes: memory * GIB, gpus };
}

/** Three trainings of a small network, nine of a large one, 176 of digits. */
const WORKS = {
  quick: { tasks: 3, bytes: 0.9 * GIB, serialShare: 0.5, crowding: 1 },
  full: { tasks: 9, bytes: 5.2 * GIB, serialShare: 0.1, crowding: 1 },
  digits: { tasks: 176, bytes: 0.6 * GIB, serialShare: 1, crowding: 1 },
} satisfies Record<string, Work>;

/** [work, cores, GiB, cards] -> processes x threads. */
const TABLE: [keyof typeof WORKS, [number, number, number], string][] = [
  ['quick', [1, 8, 0], '1 x 1'],
  // Two rounds of a thread each take 2; one after another with two threads 3 x 0.75.
  ['quick', [2, 8, 0], '2 x 1'],
  ['quick', [16, 8, 0], '3 x 5'],
  ['quick', [64, 24, 0], '3 x 21'],
  ['quick', [256, 512, 0], '3 x 85'],
  // Five rounds of 1 against 9 x 0.55.
  ['full', [2, 64, 0], '1 x 2'],
  ['full', [2, 8, 0], '1 x 2'],
  ['full', [16, 8, 0], '1 x 16'],
  ['full', [16, 24, 0], '3 x 5'],
  // Two rounds of five processes, 0.8, against one of nine, 1.
  ['full', [16, 64, 0], '5 x 3'],
  ['full', [64, 24, 0], '3 x 21'],
  ['full', [64, 512, 0], '9 x 7'],
  ['full', [256, 512, 0], '9 x 28'],
  ['digits', [2, 8, 0], '2 x 1'],
  ['digits', [16, 8, 0], '11 x 1'],
  ['digits', [64, 512, 0], '59 x 1'],
  ['digits', [256, 512, 0], '176 x 1'],
  ['quick', [64, 512, 1], '1 x 64'],
  ['quick', [64, 512, 2], '2 x 32'],
  ['quick', [64, 512, 8], '3 x 21'],
  ['full', [256, 512, 8], '8 x 32'],
  ['full', [64, 8, 8], '1 x 64'],
];

for (const [name, [cores, memory, cards], expected] of TABLE) {
  test(`${name} on ${cores} cores, ${memory} GiB, ${cards} cards: ${expected}`, () => {
    const { processes, threads } = planProcesses(WORKS[name], room(cores, memory, cards));
    assert.equal(`${processes} x ${threads}`, expected);
  });
}

test('every plan keeps within cores, memory, cards and trainings, and leaves few cores idle', () => {
  for (const cores of [1, 2, 3, 16, 64, 256]) {
    for (const memory of [8, 24, 64, 512]) {
      for (const cards of [0, 1, 2, 8]) {
        for (const tasks of [1, 2, 3, 9, 36, 176]) {
          for (const serialShare of [0, 0.1, 0.5, 1]) {
            for (const gib of [0.5, 5.2, 22]) {
              const work = { tasks, bytes: gib * GIB, serialShare, crowding: 1 };
              const { processes, threads } = planProcesses(work, room(cores, memory, cards));
              const told = JSON.stringify({ cores, memory, cards, work, processes, threads });
              assert.ok(processes >= 1 && processes <= tasks && threads >= 1, told);
              assert.ok(processes * threads <= cores, told);
              assert.ok(processes === 1 || processes * gib <= memory, told);
              assert.ok(cards === 0 || processes <= cards, told);
              // Fewer than a further thread of each would need.
              assert.ok(processes * (threads + 1) > cores, told);
            }
          }
        }
      }
    }
  }
});

test('no other number of processes would be faster', () => {
  const timeOf = (processes: number, { tasks, serialShare }: Work, cores: number): number =>
    Math.ceil(tasks / processes) *
    (serialShare + (1 - serialShare) / Math.floor(cores / processes));
  for (const work of Object.values(WORKS)) {
    for (const cores of [2, 16, 64]) {
      const { processes } = planProcesses(work, room(cores, 512));
      const best = timeOf(processes, work, cores);
      for (let other = 1; other <= Math.min(cores, work.tasks); other++) {
        if (other * work.bytes > 0.85 * 512 * GIB) continue;
        assert.ok(best <= timeOf(other, work, cores), `${processes} against ${other}`);
      }
    }
  }
});

test('processes that slow each other down are fewer', () => {
  const work = { ...WORKS.quick, tasks: 2, serialShare: 0.05 };
  const processesOf = (crowding: number): number =>
    planProcesses({ ...work, crowding }, room(2, 64)).processes;
  assert.deepEqual([1, 1.04, 1.06, 2].map(processesOf), [2, 2, 1, 1]);
});

test('explicit numbers win over memory and cores, and the rest follows them', () => {
  const plan = (wishes: object, at = room(16, 8)): string => {
    const { processes, threads } = planProcesses(WORKS.full, at, wishes);
    return `${processes} x ${threads}`;
  };
  assert.equal(plan({ processes: 4 }), '4 x 4');
  assert.equal(plan({ processes: 40 }), '9 x 1');
  assert.equal(plan({ processes: 4, threads: 16 }), '4 x 16');
  assert.equal(plan({ threads: 4 }, room(16, 512)), '3 x 4');
  assert.equal(plan({ threads: 32 }), '1 x 32');
  assert.equal(plan({ processes: 4 }, room(16, 8, 2)), '4 x 4');
});

test('explicit numbers come from options, else from the environment', () => {
  const env = { MCKD_PROCESSES: '2', MCKD_THREADS: '' };
  assert.deepEqual(planWishes({}, env), { processes: 2, threads: undefined });
  assert.deepEqual(planWishes({ processes: 3, threads: 1 }, env), { processes: 3, threads: 1 });
  for (const wrong of ['0', '-1', '1.5', 'many']) {
    assert.throws(
      () => planWishes({}, { MCKD_THREADS: wrong }),
      (error: Error) => {
        assert.match(error.message, /^MCKD_THREADS is ".*"; it should be a whole number from 1/);
        return error instanceof UserError;
      },
    );
  }
});

test('the plan is one line', () => {
  const line = (work: Work, at: Room, done?: number): string =>
    describePlan(planProcesses(work, at), work.tasks, done);
  assert.equal(
    line({ ...WORKS.full, tasks: 3 }, room(64, 240)),
    '3 trainings: 3 processes x 21 threads, 5.2 GiB each of 240',
  );
  assert.equal(
    line({ ...WORKS.full, tasks: 1 }, room(2, 4)),
    '1 training: 1 process x 2 threads, 5.2 GiB each of 4: more than there is, it may run out',
  );
  assert.equal(
    line(WORKS.full, room(16, 125.9, 2), 4),
    '9 trainings (4 done): 2 processes x 8 threads, on 2 cards (NVIDIA H200), 5.2 GiB each of 125.9',
  );
});

test('a process has its threads, and a card of its own where there are cards', () => {
  const cards = planProcesses(WORKS.full, room(64, 512, 2), { processes: 3 });
  assert.deepEqual(
    [0, 1, 2].map((n) => processEnvironment(cards, n).CUDA_VISIBLE_DEVICES),
    ['GPU-0', 'GPU-1', 'GPU-0'],
  );
  const none = processEnvironment(planProcesses(WORKS.quick, room(64, 24)), 0);
  assert.equal(none.TF_NUM_INTRAOP_THREADS, '21');
  assert.ok(!('CUDA_VISIBLE_DEVICES' in none));
});
