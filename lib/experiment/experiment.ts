/**
 * An experiment: one problem, trained under several settings (arms) with several seeds, and scored. This room is
 * independent of tasks: a `Problem` defines one training, an `Experiment` lists the trainings and what is shown of them.
 */
import type { z } from 'zod';
import type { NUMERICS } from '../base/numerics';
import type { DeepPartial } from '../config';
import type { DataFacts } from '../datasets/provenance';
import type { Table } from '../report/tables';
import type { CodeState } from './code-state';
import type { Room, Work } from './process-plan';

/** The data of an experiment; a problem adds fields, such as the folder. JSON: it is sent to other processes. */
export interface DataRef extends DataFacts {
  /** In words, for captions. */
  description: string;
  /** Of everything that a training reads and is scored on. */
  sha256: string;
}

/** How a finished training came about. */
export interface RunFacts {
  /** The arm's key. */
  arm: string;
  seed: number;
  /** Of training, undefined if no step was timed; and of scoring. */
  seconds: { training?: number; evaluation?: number };
  /** Of TensorFlow, in the process that finished it; absent in old records, which had one. */
  threads?: number;
  /**
   * Highest resident memory of the process from the training's start (or last resume) to the end of scoring. What the process
   * held before, such as other trainings' memory that it kept, counts. Absent in old records.
   */
  peakMiB?: number;
  /** SHA-256 of the trained network's file, where one is kept. */
  checkpointSha256?: string;
  /** The code that made it; absent in old records. */
  code?: CodeState;
}

/** A finished training: `S` is the result of its scoring, JSON. */
export type Run<S> = RunFacts & S;

/** The result of a training, before its arm and seed are added. */
export type Trained<S> = Pick<RunFacts, 'seconds' | 'checkpointSha256'> & S;

/** Progress of a training, in its own steps or epochs. */
export interface StepCount {
  done: number;
  total: number;
}

/** The types of a problem, so that what is generic names one. */
export interface Kind {
  /** All settings that one training depends on, beside seed and data. */
  config: object;
  /** The result of scoring; JSON. */
  scores: object;
  data: DataRef;
  /** What a training yields while it runs. */
  event: object;
  /** How it is made; none of it changes a number. */
  options: object;
}

/** One training to make. */
export interface TrainingRequest<K extends Kind> {
  config: K['config'];
  seed: number;
  data: K['data'];
  /** Of its files; this process holds the folder's lock. */
  folder: string;
}

/** What can be trained and scored. */
export interface Problem<K extends Kind> {
  name: keyof typeof NUMERICS;
  config: z.ZodType<K['config']>;
  scores: z.ZodObject & { _output: K['scores'] };
  /** The script of a process that calls `serveCells` with this problem. */
  worker: string;
  /** Memory of a training, and how it scales with threads. */
  work(config: K['config'], trainings: number, room: Room): Work;
  /** @throws UserError for data that could not be scored */
  requireScorable?(data: K['data']): void;
  /** Resumes the training in the folder, then scores. Nothing if it was aborted. */
  train(
    request: TrainingRequest<K>,
    options: K['options'] & { signal?: AbortSignal },
  ): AsyncGenerator<K['event'], Trained<K['scores']> | undefined>;
  /** The progress that an event reports. */
  stepsOf(event: K['event']): StepCount | undefined;
  /** Files of a folder that are not needed once its run is finished. */
  leftovers?(folder: string): string[];
  /** A run as an older version wrote it, in the current form. */
  migrate?: (run: Record<string, unknown>) => Record<string, unknown>;
}

/** The settings that trainings are compared under. */
export interface Arm<C> {
  /** Identifies its runs; never to be changed, since records hold it. */
  key: string;
  /** For progress lines, tables and messages. */
  title: string;
  /** Relative to the experiment's base. */
  changes: DeepPartial<C>;
  /** How many of the experiment's seeds it is trained with, from the first on. Default: all. */
  seeds?: number;
}

/** The trainings, and what is shown of them. */
export interface Experiment<K extends Kind> {
  problem: Problem<K>;
  /** The settings that arms change. */
  base: K['config'];
  arms: readonly Arm<K['config']>[];
  seeds: readonly number[];
  /** Seconds that an arm took elsewhere, to begin with the longest; undefined if not known. */
  secondsOf?(arm: string): number | undefined;
  /** Whether its tables can be made where arms have no run: their rows are empty, or left out. */
  sparse?: boolean;
  tables(runs: readonly Run<K['scores']>[], data: DataRef): Table[];
}

/** Seeds from `first` on. */
export function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}
