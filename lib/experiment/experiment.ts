/**
 * An experiment: one problem, trained under several settings (arms) with several seeds, and scored. This room knows no
 * task: a `Problem` says what a training is, an `Experiment` which trainings there are and what is shown of them.
 */
import type { z } from 'zod';
import type { NUMERICS } from '../base/numerics';
import type { DeepPartial } from '../config';
import type { DataFacts } from '../datasets/provenance';
import type { Table } from '../report/tables';
import type { CodeState } from './code-state';
import type { Room, Work } from './process-plan';

/** The data of an experiment; a problem's own say more, such as where they lie. JSON: it goes to other processes. */
export interface DataRef extends DataFacts {
  /** In words, for captions. */
  description: string;
  /** Of all that a training reads and is scored on. */
  sha256: string;
}

/** How a finished training came about. */
export interface RunFacts {
  /** The arm's key. */
  arm: string;
  seed: number;
  /** Of training, undefined where no step's is known; and of scoring. */
  seconds: { training?: number; evaluation?: number };
  /** Of TensorFlow, in the process that ended it; runs recorded before there was this had one. */
  threads?: number;
  /** SHA-256 of the trained network's file, where one is kept. */
  checkpointSha256?: string;
  /** What made it; runs recorded before there was this have none. */
  code?: CodeState;
}

/** A finished training: `S` is what its scoring left, JSON. */
export type Run<S> = RunFacts & S;

/** What a training leaves, before it has a name. */
export type Trained<S> = Pick<RunFacts, 'seconds' | 'checkpointSha256'> & S;

/** How far a training is, in its own steps or epochs. */
export interface StepCount {
  done: number;
  total: number;
}

/** The types of a problem, so that what is generic names one. */
export interface Kind {
  /** All settings that one training depends on, beside seed and data. */
  config: object;
  /** What scoring leaves; JSON. */
  scores: object;
  data: DataRef;
  /** What a training yields on its way. */
  event: object;
  /** How it is made; none of it changes a number. */
  options: object;
}

/** One training to make. */
export interface TrainingRequest<K extends Kind> {
  config: K['config'];
  seed: number;
  data: K['data'];
  /** Where its files lie; this process has the folder's lock. */
  folder: string;
}

/** What can be trained and scored. */
export interface Problem<K extends Kind> {
  name: keyof typeof NUMERICS;
  config: z.ZodType<K['config']>;
  scores: z.ZodObject & { _output: K['scores'] };
  /** The script of a process that calls `serveCells` with this problem. */
  worker: string;
  /** Memory of a training, and how it gets on with more threads. */
  work(config: K['config'], trainings: number, room: Room): Work;
  /** @throws UserError for data that could not be scored */
  requireScorable?(data: K['data']): void;
  /** Trains from where the folder is, then scores. Nothing where the signal came first. */
  train(
    request: TrainingRequest<K>,
    options: K['options'] & { signal?: AbortSignal },
  ): AsyncGenerator<K['event'], Trained<K['scores']> | undefined>;
  /** What an event says of the way to go. */
  stepsOf(event: K['event']): StepCount | undefined;
  /** Files of a folder that are of no use once its run is finished. */
  leftovers?(folder: string): string[];
  /** A run as the kit wrote it before, in today's form. */
  migrate?: (run: Record<string, unknown>) => Record<string, unknown>;
}

/** The settings that trainings are compared under. */
export interface Arm<C> {
  /** Names its runs; the same for ever, since records hold it. */
  key: string;
  /** For progress lines, tables and messages. */
  title: string;
  /** Of the experiment's base. */
  changes: DeepPartial<C>;
}

/** Which trainings there are, and what is shown of them. */
export interface Experiment<K extends Kind> {
  problem: Problem<K>;
  /** Which arms change. */
  base: K['config'];
  arms: readonly Arm<K['config']>[];
  seeds: readonly number[];
  tables(runs: readonly Run<K['scores']>[], data: DataRef): Table[];
}

/** Seeds from `first` on. */
export function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}
