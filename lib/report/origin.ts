/** The origin of a result: the kit, its packages, the machine. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { usableCores, usableMemory, visibleGpus } from '../base/machine';
import { probeCompute, type Compute } from '../nn/compute';

/** Versions of the software behind the results. */
export interface Versions {
  node: string;
  tensorflow: string;
  tfjs: string;
  tslab: string;
  danfojs: string;
  /** Absent in older manifests. */
  compute?: Compute;
}

export interface Hardware {
  cpu: string;
  /** Available to the process, like the memory. */
  cores: number;
  memoryGiB: number;
  /** The name of the first GPU available to the process, or null. */
  gpu: string | null;
}

export interface KitState {
  version: string;
  /** The git commit, or null outside of a git checkout. */
  commit: string | null;
  /** Whether tracked files differ from that commit. */
  modified: boolean;
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

/** This machine, as available to this process. */
export function probeHardware(): Hardware {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: usableCores(),
    memoryGiB: Number((usableMemory() / 2 ** 30).toFixed(1)),
    gpu: visibleGpus()[0]?.name ?? null,
  };
}

/** In words, such as for captions. */
export function describeHardware({ cpu, cores, memoryGiB, gpu }: Hardware): string {
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB${gpu ? `, ${gpu}` : ''}`;
}

function packageVersion(name: string): string {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a package.json, resolved as Node does
  return (require(`${name}/package.json`) as { version: string }).version;
}

/** Versions of this process; loads TensorFlow if it isn't loaded yet. */
export function probeVersions(): Versions {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- commands that only read must not load it
  const { tf } = require('../nn/tf') as typeof import('../nn/tf');
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

/** The origin of a record: the kit, its packages, the machine. */
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
        kernels: z.literal(['native', 'fused', 'composed']),
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
