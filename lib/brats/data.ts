/** The data that a training reads: cases, splits, and batches from step to step. */
import type { BratsConfig } from '../config';
import { findCases, type CaseFiles, type FindCasesOptions } from '../data/brats';
import { metaOrder, openLoader, trainingOrder, type Batch, type Loader } from '../data/loader';
import type { PreparedOptions } from '../data/prepared';
import { splitsOfFolder, type FolderSplits } from '../data/splits';
import { samplingOptions } from './sampling';
import { positionAt, stageSteps, trainingSteps, type Position } from './schedule';

/** A data set on disk. */
export interface BratsDataSet {
  cases: CaseFiles[];
  splits: FolderSplits;
}

/** @throws ReaderError where the folder has no case, or its lists are wrong */
export function findDataSet(folder: string, options: FindCasesOptions = {}): BratsDataSet {
  const cases = findCases(folder, options);
  return { cases, splits: splitsOfFolder(folder, cases) };
}

export interface BatchOptions {
  /** Threads for training's crops; 0 makes them in this one. The meta step has one of its own. */
  workers?: number;
  prepared?: PreparedOptions;
  onNote?: (note: string) => void;
}

/** Batches in the order that a training asks for them. */
export interface BatchSource {
  training(position: Position): Promise<Batch>;
  /** The crops of a meta event, one after another. */
  meta(position: Position): AsyncGenerator<Batch>;
  /** Milliseconds that training has waited for batches. */
  waitedMs(): number;
  close(): Promise<void>;
}

/**
 * Opens the batches of a training from `firstStep` on. A batch depends on config, seed and step alone,
 * so a resumed training reads what it would have read. Close it when done.
 */
export function openBatches(
  { cases, splits }: BratsDataSet,
  config: BratsConfig,
  seed: number,
  options: BatchOptions = {},
): BatchSource {
  const open = new Map<string, Loader>();
  let waitedBefore = 0;
  const loader = async (name: string, make: () => Loader, stage: number): Promise<Loader> => {
    // A stage's loaders go when the next stage begins.
    for (const [other, opened] of open) {
      if (other.startsWith(`stage${stage}/`)) continue;
      waitedBefore += opened.waitedMs;
      open.delete(other);
      await opened.close();
    }
    const known = open.get(name);
    if (known) return known;
    const made = make();
    open.set(name, made);
    return made;
  };
  const { prepared, onNote } = options;
  const common = { cases, seed, prepared, onNote };

  return {
    training: async (position) => {
      const { stage } = position;
      const name = `stage${stage}/training`;
      const steps = stageSteps(config, stage);
      const made = await loader(
        name,
        () =>
          openLoader({
            ...common,
            name,
            order: trainingOrder(splits.train, { steps, batch: config.batchSize, seed, name }),
            batch: config.batchSize,
            settings: samplingOptions(config, 'training'),
            firstStep: stepInStage(position, config),
            workers: options.workers,
          }),
        stage,
      );
      return made.next();
    },
    meta: async function* (position) {
      const { stage } = position;
      const name = `stage${stage}/meta`;
      const perEvent = splits.metaValidation.length * config.metaRepeats;
      const events = metaEvents(config, stage);
      const made = await loader(
        name,
        () =>
          openLoader({
            ...common,
            name,
            order: metaOrder(splits.metaValidation, {
              events: events.length,
              repeats: config.metaRepeats,
              seed,
              name,
            }),
            batch: 1,
            settings: samplingOptions(config, 'meta'),
            firstStep: events.indexOf(position.step) * perEvent,
            workers: options.workers === 0 ? 0 : 1,
            ahead: 2,
          }),
        stage,
      );
      for (let i = 0; i < perEvent; i++) yield await made.next();
    },
    waitedMs: () => [...open.values()].reduce((sum, { waitedMs }) => sum + waitedMs, waitedBefore),
    close: async () => {
      await Promise.all([...open.values()].map((opened) => opened.close()));
      open.clear();
    },
  };
}

function stepInStage({ stage, step }: Position, config: BratsConfig): number {
  return stage === 1 ? step : step - stageSteps(config, 1);
}

/** The steps of a stage that a meta event follows. */
function metaEvents(config: BratsConfig, stage: 1 | 2): number[] {
  return Array.from({ length: trainingSteps(config) }, (_, step) => positionAt(step, config))
    .filter((position) => position.stage === stage && position.meta)
    .map(({ step }) => step);
}
