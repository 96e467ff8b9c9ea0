/**
 * A process that trains Audiovision-MNIST runs, one after another, for `experiment.ts`.
 * A process of its own a core, since these networks are too small to share threads.
 */
import type { AvMnistConfig } from '../config';
import { loadAvMnist, type AvMnist } from '../data/avmnist';
import { ReaderError } from '../errors';
import type { AvTask } from './network';
import type { AvEvent } from './run';
import { trainAvMnist } from './train';

export interface WorkerRequest {
  config: AvMnistConfig;
  task: AvTask;
  dataDirectory?: string;
}

export type WorkerReply = AvEvent | { kind: 'failed'; message: string };

let data: Promise<AvMnist> | undefined;

async function train(request: WorkerRequest): Promise<void> {
  try {
    data ??= loadAvMnist({ dataDirectory: request.dataDirectory });
    for await (const event of trainAvMnist(await data, request.config, request.task)) reply(event);
  } catch (error) {
    const known = error instanceof ReaderError;
    reply({
      kind: 'failed',
      message: known ? error.message : String((error as Error).stack ?? error),
    });
  }
}

function reply(message: WorkerReply): void {
  process.send?.(message);
}

process.on('message', (request: WorkerRequest) => void train(request));
process.on('disconnect', () => process.exit());
