/** Makes phantoms on several threads. A case depends on its index alone, so their number changes nothing. */
import path from 'node:path';
import type { Worker } from 'node:worker_threads';
import { startThread } from '../../base/child';
import { UserError } from '../../base/errors';
import { usableCores, usableMemory } from '../../base/machine';
import { brainBox, countVoxels, type PhantomGrid } from './grid';
import type { PhantomJob, PhantomReply } from './worker';

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
  const waiting = [...indices];
  const replies: PhantomReply[] = [];
  let wake: () => void = () => undefined;
  const tell = (reply: PhantomReply): void => {
    replies.push(reply);
    wake();
  };
  const threads: Worker[] = [];
  try {
    while (threads.length < Math.min(workers, indices.length)) {
      const { worker, over } = startThread(path.join(__dirname, 'worker.js'), { workerData: job });
      void over.then((how) =>
        tell({ kind: 'failed', message: `a thread that makes cases ${how}`, expected: true }),
      );
      if (!worker) break;
      threads.push(worker);
      const next = (): void => {
        const index = waiting.shift();
        if (index !== undefined) worker.postMessage(index);
      };
      worker.on('message', (reply: PhantomReply) => {
        next();
        tell(reply);
      });
      next();
    }
    for (let made = 0; made < indices.length; made++) {
      if (replies.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const reply = replies.shift() as PhantomReply;
      if (reply.kind === 'case') yield reply.name;
      else if (reply.expected) throw new UserError(reply.message, { file: job.directory });
      else throw new Error(reply.message);
    }
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}
