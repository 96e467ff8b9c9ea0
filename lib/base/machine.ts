/**
 * What this process may use of the machine: cores, memory, graphics cards. A container sees the whole machine and
 * is granted a part of it, by control groups, which Node's own numbers leave out (of a CPU quota at least before
 * Node 22). Imports nothing of the kit, so that it can be used before TensorFlow is loaded.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';

/** What control groups grant; `Infinity` where they set no limit. */
export interface CgroupLimits {
  /** Cores' worth of time: 1.5 is three halves of a core. */
  cpus: number;
  memoryBytes: number;
}

export interface Gpu {
  /** As `CUDA_VISIBLE_DEVICES` names it. */
  id: string;
  name: string;
  /** 0 if unknown. */
  memoryBytes: number;
}

/** Cores that this process may keep busy, from 1: what its affinity allows, within its groups' quota. */
export function usableCores(): number {
  return coresWithin(availableParallelism(), cgroupLimits().cpus);
}

/** Bytes of memory that this process may fill: the machine's, within its groups' limit. */
export function usableMemory(): number {
  return Math.min(totalmem(), cgroupLimits().memoryBytes);
}

/** Of `usableMemory`, for trainings and other heavy processes; the rest is left to the system, a notebook and the browser. */
export const SHARE_OF_MEMORY = 0.85;

/** A quota of 1.5 cores is best used by two threads, a quota of 1.2 by one. */
export function coresWithin(cores: number, quota: number): number {
  return Math.max(1, Math.min(cores, Math.round(quota)));
}

/**
 * The tightest limits of this process's control groups, those around them included (version 1, 2, or both).
 * @param root where `proc` and `sys` lie
 */
export function cgroupLimits(root = '/'): CgroupLimits {
  const mounts = cgroupMounts(read(root, '/proc/self/mountinfo'));
  const limits = { cpus: Infinity, memoryBytes: Infinity };
  for (const line of read(root, '/proc/self/cgroup').split('\n')) {
    // hierarchy:controllers:path, where version 2 has no controllers.
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    const wanted = controllers === '' ? [''] : controllers.split(',');
    for (const controller of wanted) {
      for (const folder of groupFolders(mounts, controller, path)) {
        const value = (name: string): string => read(root, `${folder}/${name}`).trim();
        limits.cpus = Math.min(limits.cpus, quotaOf(value, controller));
        limits.memoryBytes = Math.min(limits.memoryBytes, memoryOf(value, controller));
      }
    }
  }
  return limits;
}

type Values = (name: string) => string;

function quotaOf(value: Values, controller: string): number {
  if (controller !== '' && controller !== 'cpu') return Infinity;
  const [quota, period] =
    controller === ''
      ? value('cpu.max').split(' ')
      : [value('cpu.cfs_quota_us'), value('cpu.cfs_period_us')];
  return limitOf(quota) / (Number(period) || 100_000);
}

function memoryOf(value: Values, controller: string): number {
  if (controller === 'memory') return limitOf(value('memory.limit_in_bytes'));
  // Beyond `high` a process is not ended but throttled.
  if (controller === '')
    return Math.min(...['memory.max', 'memory.high'].map((f) => limitOf(value(f))));
  return Infinity;
}

/** `max`, -1 and what can't be read are no limit. */
function limitOf(text = ''): number {
  return /^\d+$/.test(text) && Number(text) > 0 ? Number(text) : Infinity;
}

interface CgroupMount {
  /** The group that is mounted there. */
  group: string;
  folder: string;
  /** Of version 1; version 2 has ''. */
  controllers: string[];
}

function cgroupMounts(mountinfo: string): CgroupMount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before, after] = line.split(' - ');
    const [type, , options] = after?.split(' ') ?? [];
    if (type !== 'cgroup' && type !== 'cgroup2') return [];
    const [, , , group, folder] = before.split(' ').map(unescapePath);
    return [{ group, folder, controllers: type === 'cgroup2' ? [''] : options.split(',') }];
  });
}

/** Spaces and the like are written in octal. */
function unescapePath(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(parseInt(octal, 8)),
  );
}

/** The folder of a group and those of all groups around it, as far as they are mounted. */
function groupFolders(mounts: readonly CgroupMount[], controller: string, path: string): string[] {
  const folders: string[] = [];
  for (const { group, folder, controllers } of mounts) {
    if (!controllers.includes(controller)) continue;
    const inner =
      group === '/' ? path : path.startsWith(`${group}/`) ? path.slice(group.length) : '';
    const names = inner.split('/').filter((name) => name !== '' && name !== '..');
    for (let depth = 0; depth <= names.length; depth++) {
      folders.push([folder, ...names.slice(0, depth)].join('/'));
    }
  }
  return folders;
}

function read(root: string, file: string): string {
  try {
    return readFileSync(join(root, file), 'utf8');
  } catch {
    return '';
  }
}

/** The cards that this process may use, as NVIDIA's driver lists them; none where there is no driver. */
export function visibleGpus(env: NodeJS.ProcessEnv = process.env): Gpu[] {
  const visible = env.CUDA_VISIBLE_DEVICES;
  if (visible !== undefined && !/^(\d|GPU-|MIG-)/.test(visible.trim())) return [];
  return gpusWithin(parseGpus(ask('index,uuid,memory.total,name')), visible);
}

/** @param fields of the driver's list of cards. @returns a line per card; nothing without a driver, or if it knows no such field */
function ask(fields: string): string {
  try {
    return execFileSync('nvidia-smi', [`--query-gpu=${fields}`, '--format=csv,noheader,nounits'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 30_000,
    });
  } catch {
    return '';
  }
}

/**
 * The lowest compute capability of the cards, such as 8; undefined where the driver doesn't say.
 * @param csv what `nvidia-smi` prints of it, a line per card
 */
export function lowestCapability(csv: string = ask('compute_cap')): number | undefined {
  const found = csv.split('\n').map(Number.parseFloat).filter(Number.isFinite);
  return found.length > 0 ? Math.min(...found) : undefined;
}

/** A card as the driver lists it. */
export interface ListedGpu extends Gpu {
  index: number;
}

/** @param csv lines of index, uuid, MiB of memory, name */
export function parseGpus(csv: string): ListedGpu[] {
  return csv.split('\n').flatMap((line) => {
    const [index, id, memory, ...name] = line.split(',').map((field) => field.trim());
    if (!/^\d+$/.test(index) || !id?.startsWith('GPU-')) return [];
    const memoryBytes = (Number(memory) || 0) * 2 ** 20;
    return [{ index: Number(index), id, name: name.join(', ') || 'unnamed', memoryBytes }];
  });
}

/**
 * The listed cards that `CUDA_VISIBLE_DEVICES` leaves, in its order: all where it is not set; else those named by
 * number or by (the start of) a UUID, up to the first that does not exist, as CUDA reads it. Parts of a card
 * (`MIG-…`) are accepted without a check.
 */
export function gpusWithin(listed: readonly ListedGpu[], visible: string | undefined): Gpu[] {
  const plain = ({ id, name, memoryBytes }: Gpu): Gpu => ({ id, name, memoryBytes });
  if (visible === undefined) return listed.map(plain);
  const found: Gpu[] = [];
  for (const entry of visible.split(',').map((part) => part.trim())) {
    const card = /^\d+$/.test(entry)
      ? listed.find(({ index }) => index === Number(entry))
      : listed.find(({ id }) => entry.startsWith('GPU-') && id.startsWith(entry));
    if (card) found.push({ ...plain(card), id: entry });
    else if (entry.startsWith('MIG-'))
      found.push({ id: entry, name: 'part of a card', memoryBytes: 0 });
    else break;
  }
  return found;
}
