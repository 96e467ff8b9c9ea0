/** The manifest of a results folder: what was run, on what, with which versions, so that a number can be traced. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { usableCores, usableMemory, visibleGpus } from './machine';
import { canonicalSha256 } from './canonical';
import { probeCompute, type Compute } from './compute';
import type { Config } from './config';

/** Versions of what computed the results. */
export interface Versions {
  node: string;
  tensorflow: string;
  tfjs: string;
  tslab: string;
  danfojs: string;
  /** Manifests from before it was noted have none. */
  compute?: Compute;
}

export interface Hardware {
  cpu: string;
  /** That the process may use, as memory is. */
  cores: number;
  memoryGiB: number;
  /** The name of the first graphics card that the process may use, or null. */
  gpu: string | null;
}

/** A data set that was used. */
export interface DataRecord {
  name: string;
  sha256: string;
  description: string;
}

export interface KitState {
  version: string;
  /** The git commit, or null outside of a git checkout. */
  commit: string | null;
  /** Whether tracked files differ from that commit. */
  modified: boolean;
}

/** A trained network that a notebook's numbers come from. */
export interface TrainingRecord {
  /** What was trained, such as `mckd, seed 0`. */
  name: string;
  /** Its folder in the results. */
  folder: string;
  /** Of its settings; equal settings, equal hash. */
  settingsSha256: string;
  /** Of its checkpoint's file. */
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
  /** The manifest that is there already; runs of other notebooks are kept. */
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

function output(command: string, args: string[], cwd?: string): string | null {
  try {
    return execFileSync(command, args, {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}

/** Version and git state of the kit in `root`. */
export function probeKit(root: string): KitState {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  const commit = output('git', ['rev-parse', '--verify', 'HEAD'], root);
  const changes = commit
    ? output('git', ['status', '--porcelain', '--untracked-files=no'], root)
    : null;
  return { version, commit, modified: Boolean(changes) };
}

/** This machine, as far as this process may use it. */
export function probeHardware(): Hardware {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: usableCores(),
    memoryGiB: Number((usableMemory() / 2 ** 30).toFixed(1)),
    gpu: visibleGpus()[0]?.name ?? null,
  };
}

function packageVersion(name: string): string {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a package.json, resolved as Node does
  return (require(`${name}/package.json`) as { version: string }).version;
}

/** Versions of this process; loads TensorFlow if it isn't loaded yet. */
export function probeVersions(): Versions {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- commands that only read must not load it
  const { tf } = require('./tf') as typeof import('./tf');
  const backend = tf.backend() as unknown as { binding?: { TF_Version?: string } };
  return {
    node: process.versions.node,
    tensorflow: backend.binding?.TF_Version ?? 'unknown',
    tfjs: tf.version['tfjs-core'],
    tslab: packageVersion('tslab'),
    danfojs: packageVersion('danfojs-node'),
    compute: probeCompute(),
  };
}

/** Where a record comes from: the kit, its packages, the machine. */
export interface Origin {
  kit: KitState;
  versions: Versions;
  hardware: Hardware;
}

/** The fields of `Origin`, for schemas of records. */
export const originShape = {
  kit: z.strictObject({
    version: z.string(),
    commit: z.string().nullable(),
    modified: z.boolean(),
  }),
  versions: z.strictObject({
    node: z.string(),
    tensorflow: z.string(),
    tfjs: z.string(),
    tslab: z.string(),
    danfojs: z.string(),
    compute: z
      .strictObject({
        oneDnn: z.boolean(),
        instructions: z.string(),
        kernels: z.literal(['native', 'composed']),
        settings: z.record(z.string(), z.string()),
      })
      .optional(),
  }),
  hardware: z.strictObject({
    cpu: z.string(),
    cores: z.number(),
    memoryGiB: z.number(),
    gpu: z.string().nullable(),
  }),
};

export function probeOrigin(root: string): Origin {
  return { kit: probeKit(root), versions: probeVersions(), hardware: probeHardware() };
}
