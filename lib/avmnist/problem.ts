/** Audiovision-MNIST as a problem of experiments: a training of some minutes, scored after every epoch. */
import { dirname, join } from 'node:path';
import { UserError } from '../base/errors';
import type { AvTrainingConfig } from '../config';
import { avTrainingSchema } from '../config/av-mnist';
import type { AvMnist } from '../datasets/av-mnist/avmnist';
import type { DataRef, Experiment, Kind, Problem } from '../experiment/experiment';
import type { RunLocation } from '../experiment/store';
import { avArm } from './arms';
import { avScoresSchema, type AvEpoch, type AvScores } from './run';

/** The pairs, which each process loads for itself. */
export interface AvData extends DataRef {
  /** MCKD_DATA of these processes; default: the environment's. */
  dataDirectory?: string;
}

export type AvPlace = RunLocation<AvData>;
export interface AvKind extends Kind {
  config: AvTrainingConfig;
  scores: AvScores;
  data: AvData;
  event: AvEpoch;
}

export type AvExperiment = Experiment<AvKind>;

/** The description of loaded data for other processes. */
export function avDataRef(
  { sha256, provenance, protocol, speechDescription }: AvMnist,
  dataDirectory?: string,
): AvData {
  const directory = dataDirectory === undefined ? {} : { dataDirectory };
  return { description: speechDescription, sha256, provenance, protocol, ...directory };
}

/** Data of this process, loaded with its first training. */
let loaded: Promise<AvMnist> | undefined;

async function load({ dataDirectory, sha256 }: AvData): Promise<AvMnist> {
  const { loadAvMnist } = await import('../datasets/av-mnist/avmnist.js');
  loaded ??= loadAvMnist({ dataDirectory });
  const data = await loaded;
  if (data.sha256 === sha256) return data;
  throw new UserError(
    `the recordings have changed: sha256 ${data.sha256}, and ${sha256} when the experiment began; start it again`,
    { code: 'MISMATCH', field: 'sha256', value: data.sha256 },
  );
}

export const avMnist: Problem<AvKind> = {
  name: 'avMnist',
  config: avTrainingSchema,
  scores: avScoresSchema,
  worker: join(__dirname, 'worker.js'),
  // Networks this small hardly gain from more threads. The memory is that of TensorFlow and the digits, an
  // estimate.
  work: (_, tasks) => ({ tasks, bytes: 0.8 * 2 ** 30, serialShare: 1, crowding: 1 }),
  train: async function* ({ config, seed, data, folder }, { signal }) {
    const { trainAvMnist } = await import('./train.js');
    const options = { netsAlone: join(dirname(folder), 'nets-alone') };
    for await (const event of trainAvMnist(await load(data), config, seed, options)) {
      if (event.kind === 'done') return event.run;
      yield event;
      if (signal?.aborted) return undefined;
    }
    return undefined;
  },
  stepsOf: ({ epoch, epochs }) => ({ done: epoch, total: epochs }),
  migrate: ({ method, scarce, rate, seconds, curves, ...run }) => ({
    ...(method === undefined
      ? { seconds }
      : {
          arm: avArm({ method, scarce, rate } as Parameters<typeof avArm>[0]),
          seconds: { training: seconds },
        }),
    ...run,
    curves: fromOlderCurves(curves),
  }),
};

/** Older runs have the parts of the loss beside the other curves, and call held-out curves held-back. */
function fromOlderCurves(curves: unknown): unknown {
  if (typeof curves !== 'object' || curves === null) return curves;
  const { taskLoss, distillationLoss, heldBackAccuracy, heldBackLoss, ...others } =
    curves as Record<string, unknown>;
  return {
    ...(taskLoss !== undefined && { losses: { task: taskLoss, distillation: distillationLoss } }),
    ...(heldBackLoss !== undefined && {
      heldOutAccuracy: heldBackAccuracy,
      heldOutLoss: heldBackLoss,
    }),
    ...others,
  };
}
