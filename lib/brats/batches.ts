/** The batches of a training, step by step. */
import type { BratsTrainingConfig } from '../config';
import {
  metaOrder,
  openLoader,
  trainingOrder,
  type Batch,
  type Loader,
  type LoaderOptions,
} from '../loading/loader';
import { openPrepared, type PreparedOptions } from '../loading/prepared';
import type { PreparedCase } from '../loading/sampling';
import type { BratsDataSet } from './data-set';
import { samplingOptions } from './sampling';
import { positionAt, stageSteps, trainingSteps, type Position } from './schedule';

export interface BatchOptions {
  /** Threads for training's crops; 0: none, crops are made in this one. The meta step has its own. */
  workers?: number;
  /** The normalisation is the config's. */
  prepared?: Omit<PreparedOptions, 'normalisation'>;
  onNote?: (note: string) => void;
}

/** Batches in the order of a training. */
export interface BatchSource {
  training(position: Position): Promise<Batch>;
  /** The crops of a meta event, one after another. */
  meta(position: Position): AsyncGenerator<Batch>;
  /** The meta-validation cases, whole. */
  heldOutCases(): AsyncGenerator<PreparedCase>;
  /** Milliseconds of waiting for batches. */
  waitedMs(): number;
  close(): Promise<void>;
}

/**
 * Opens the batches of a training from `firstStep` on. A batch depends only on config, seed and step,
 * so a resumed training gets the same batches. Close it when done.
 */
export function openBatches(
  { cases, splits }: Pick<BratsDataSet, 'cases' | 'splits'>,
  config: BratsTrainingConfig,
  seed: number,
  options: BatchOptions = {},
): BatchSource {
  const open = new Map<string, Loader>();
  let waitedBefore = 0;
  const { onNote } = options;
  const prepared = { ...options.prepared, normalisation: config.normalisation };
  /** The loader of a stage, opened at a position if it isn't open. */
  const loader = async (
    stage: number,
    purpose: 'training' | 'meta',
    own: (
      name: string,
    ) => Pick<LoaderOptions, 'order' | 'batch' | 'firstStep' | 'workers' | 'ahead'>,
  ): Promise<Loader> => {
    // A stage's loaders are closed when the next stage begins.
    for (const [other, opened] of open) {
      if (other.startsWith(`stage${stage}/`)) continue;
      waitedBefore += opened.waitedMs;
      open.delete(other);
      await opened.close();
    }
    const name = `stage${stage}/${purpose}`;
    const settings = samplingOptions(config, purpose);
    const made =
      open.get(name) ?? openLoader({ cases, seed, prepared, onNote, name, settings, ...own(name) });
    open.set(name, made);
    return made;
  };

  return {
    training: async (position) => {
      const { stage } = position;
      const batch = config.batchSize;
      const made = await loader(stage, 'training', (name) => ({
        order: trainingOrder(splits.train, {
          steps: stageSteps(config, stage),
          batch,
          seed,
          name,
        }),
        batch,
        firstStep: stepInStage(position, config),
        workers: options.workers,
      }));
      return made.next();
    },
    meta: async function* (position) {
      const { stage } = position;
      const repeats = config.metaRepeats;
      const perEvent = splits.metaValidation.length * repeats;
      const made = await loader(stage, 'meta', (name) => {
        const events = metaEvents(config, stage);
        const order = { events: events.length, repeats, seed, name };
        return {
          order: metaOrder(splits.metaValidation, order),
          batch: 1,
          firstStep: events.indexOf(position.step) * perEvent,
          workers: options.workers === 0 ? 0 : 1,
          ahead: 2,
        };
      });
      for (let i = 0; i < perEvent; i++) yield await made.next();
    },
    heldOutCases: async function* () {
      const whole = openPrepared(cases, prepared, onNote);
      for (const name of splits.metaValidation) yield await whole.whole(name);
    },
    waitedMs: () => [...open.values()].reduce((sum, { waitedMs }) => sum + waitedMs, waitedBefore),
    close: async () => {
      await Promise.all([...open.values()].map((opened) => opened.close()));
      open.clear();
    },
  };
}

function stepInStage({ stage, step }: Position, config: BratsTrainingConfig): number {
  return stage === 1 ? step : step - stageSteps(config, 1);
}

/** The steps of a stage that a meta event follows. */
function metaEvents(config: BratsTrainingConfig, stage: 1 | 2): number[] {
  return Array.from({ length: trainingSteps(config) }, (_, step) => positionAt(step, config))
    .filter((position) => position.stage === stage && position.meta)
    .map(({ step }) => step);
}
