/** A process that trains Audiovision-MNIST runs, one after another, for `experiment.ts`. */
import type { AvMnistConfig } from '../config';
import { loadAvMnist, type AvMnist } from '../datasets/av-mnist/avmnist';
import { serveTasks } from '../experiment/task-pool';
import type { AvTask } from './task';
import type { AvEvent } from './run';
import { trainAvMnist } from './train';

export interface WorkerRequest {
  config: AvMnistConfig;
  task: AvTask;
  dataDirectory?: string;
}

let data: Promise<AvMnist> | undefined;

serveTasks<WorkerRequest, AvEvent>(async function* ({ config, task, dataDirectory }) {
  data ??= loadAvMnist({ dataDirectory });
  yield* trainAvMnist(await data, config, task);
});
