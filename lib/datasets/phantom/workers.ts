/** Makes phantoms on several threads. A case depends on its index alone, so their number changes nothing. */
import path from 'node:path';
import { UserError } from '../../base/errors';
import { usableCores, usableMemory } from '../../base/machine';
import { openPool, repliesOf, threadWorker } from '../../base/pool';
import { brainBox, countVoxels, type PhantomGrid } from './grid';
import type { PhantomJob, PhantomReply, PhantomRequest } from './worker';

/** Memory of a case while it is made, in bytes per voxel of the brain's box. */
const BYTES_A_VOXEL = 200;

/** As many threads as there are cores, if all of them together need no more than half of the memory. */
export function defaultWorkers(grid: PhantomGrid): number {
  const room = usableMemory() / 2 / (BYTES_A_VOXEL * countVoxels(brainBox(grid)));
  return Math.max(1, Math.min(usableCores(), Math.floor(room)));
}

/**
 * Makes and writes the cases of the given indices; yields the name of each finished one.
 * @throws UserError when a case can't be written; finished ones are kept
 */
export async function* makeCases(
  job: PhantomJob,
  indices: readonly number[],
  workers: number,
): AsyncGenerator<string> {
  const script = path.join(__dirname, 'worker.js');
  const pool = openPool<number, PhantomReply>({
    size: workers,
    start: () => threadWorker(script, job),
    requestOf: (index): PhantomRequest => ({ index }),
    lost: (_, how) =>
      new UserError(`a thread that makes cases ${how}`, { code: 'PROCESS', file: job.directory }),
  });
  for await (const { reply } of repliesOf(pool, indices)) yield reply.name;
}
