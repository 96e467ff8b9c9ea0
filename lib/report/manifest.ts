/** The manifest of a results folder: what was run, on which data, with which versions, so that a number can be traced. */
import { canonicalSha256 } from '../base/canonical';
import type { Config } from '../config';
import type { Hardware, KitState, Versions } from './origin';

/** A data set that was used. */
export interface DataRecord {
  name: string;
  sha256: string;
  description: string;
}

/** A trained network that a notebook's numbers come from. */
export interface TrainingRecord {
  /** What was trained, such as `mckd, seed 0`. */
  name: string;
  /** Its folder in the results. */
  folder: string;
  /** Of its settings; equal settings, equal hash. */
  settingsSha256: string;
  /** Of its checkpoint file. */
  checkpointSha256: string;
}

export interface NotebookRun {
  name: string;
  /** `stopped`: by a signal, such as Ctrl-C. */
  status: 'passed' | 'failed' | 'stopped';
  minutes: number;
  /** ISO 8601, UTC. */
  finished: string;
  commit: string | null;
  config: Config | null;
  configSha256: string | null;
  tables: string[];
  figures: string[];
  data: DataRecord[];
  /** Networks that it trained or read. */
  trainings: TrainingRecord[];
}

export interface Manifest {
  kit: KitState;
  versions: Versions | null;
  hardware: Hardware;
  preset: string;
  seed: number;
  config: Config;
  configSha256: string;
  data: DataRecord[];
  /** Of all the notebooks together. */
  minutes: number;
  notebooks: NotebookRun[];
}

/** SHA-256 of a config, whatever the order of its keys. */
export function configSha256(config: Config): string {
  return canonicalSha256(config);
}

export interface ManifestFacts {
  kit: KitState;
  versions: Versions | null;
  hardware: Hardware;
  config: Config;
  runs: NotebookRun[];
  /** The existing manifest; runs of other notebooks are kept. */
  previous?: Manifest;
}

/** The manifest of the runs just made and, with `previous`, of the earlier runs of other notebooks. */
export function buildManifest(facts: ManifestFacts): Manifest {
  const { kit, hardware, config, runs, previous } = facts;
  const fresh = new Set(runs.map((run) => run.name));
  const kept = (previous?.notebooks ?? []).filter((run) => !fresh.has(run.name));
  const notebooks = [...kept, ...runs].sort((a, b) => (a.name < b.name ? -1 : 1));
  const data = new Map(
    notebooks.flatMap((run) => run.data).map((one) => [`${one.name} ${one.sha256}`, one]),
  );
  return {
    kit,
    versions: facts.versions ?? previous?.versions ?? null,
    hardware,
    preset: config.preset,
    seed: config.seed,
    config,
    configSha256: configSha256(config),
    data: [...data.values()],
    minutes: Number(notebooks.reduce((sum, run) => sum + run.minutes, 0).toFixed(2)),
    notebooks,
  };
}
