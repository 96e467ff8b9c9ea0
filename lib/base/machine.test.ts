import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  cgroupLimits,
  coresWithin,
  gpusWithin,
  parseGpus,
  usableCores,
  usableMemory,
  visibleGpus,
} from './machine';

const NONE = { cpus: Infinity, memoryBytes: Infinity };
const GIB = 2 ** 30;

/** A folder that holds the given files, to be read as `/`. */
function tree(t: TestContext, files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'mckd-machine-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), `${text}\n`);
  }
  return root;
}

const V2_MOUNT =
  '24 1 0:22 / / rw - ext4 /dev/sda rw\n' +
  '31 24 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate';

test('version 2: a container in its own namespace', (t) => {
  const root = tree(t, {
    'proc/self/mountinfo': V2_MOUNT,
    'proc/self/cgroup': '0::/',
    'sys/fs/cgroup/cpu.max': '150000 100000',
    'sys/fs/cgroup/memory.max': String(8 * GIB),
  });
  assert.deepEqual(cgroupLimits(root), { cpus: 1.5, memoryBytes: 8 * GIB });
});

test('version 2: the tightest of nested groups counts, and so does the limit from which a group is throttled', (t) => {
  const root = tree(t, {
    'proc/self/mountinfo': V2_MOUNT,
    'proc/self/cgroup': '0::/user.slice/user-1000.slice/job.scope',
    'sys/fs/cgroup/user.slice/cpu.max': 'max 100000',
    'sys/fs/cgroup/user.slice/memory.max': String(64 * GIB),
    'sys/fs/cgroup/user.slice/user-1000.slice/cpu.max': '400000 100000',
    'sys/fs/cgroup/user.slice/user-1000.slice/memory.high': String(12 * GIB),
    'sys/fs/cgroup/user.slice/user-1000.slice/memory.max': String(16 * GIB),
    'sys/fs/cgroup/user.slice/user-1000.slice/job.scope/cpu.max': '800000 100000',
    'sys/fs/cgroup/user.slice/user-1000.slice/job.scope/memory.max': 'max',
    'sys/fs/cgroup/user.slice/another.slice/memory.max': String(GIB),
  });
  assert.deepEqual(cgroupLimits(root), { cpus: 4, memoryBytes: 12 * GIB });
});

test('version 1: quota and memory of their own hierarchies, nested', (t) => {
  const root = tree(t, {
    'proc/self/mountinfo':
      '32 24 0:28 / /sys/fs/cgroup/cpu,cpuacct rw shared:10 - cgroup cgroup rw,cpu,cpuacct\n' +
      '35 24 0:31 / /sys/fs/cgroup/memory rw shared:12 - cgroup cgroup rw,memory',
    'proc/self/cgroup': '4:memory:/jobs/one\n1:cpu,cpuacct:/jobs\n9:name=systemd:/jobs',
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1',
    'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000',
    'sys/fs/cgroup/cpu,cpuacct/jobs/cpu.cfs_quota_us': '100000',
    'sys/fs/cgroup/cpu,cpuacct/jobs/cpu.cfs_period_us': '50000',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712',
    'sys/fs/cgroup/memory/jobs/memory.limit_in_bytes': String(3 * GIB),
    'sys/fs/cgroup/memory/jobs/one/memory.limit_in_bytes': String(5 * GIB),
  });
  assert.deepEqual(cgroupLimits(root), { cpus: 2, memoryBytes: 3 * GIB });
});

test('version 1 in a container: the group of the host is mounted under a name with a space', (t) => {
  const root = tree(t, {
    'proc/self/mountinfo':
      '35 24 0:31 /docker/0a1b /sys/fs/cg\\040roup/memory ro - cgroup cgroup rw,memory',
    'proc/self/cgroup': '4:memory:/docker/0a1b\n1:cpu:/docker/0a1b',
    'sys/fs/cg roup/memory/memory.limit_in_bytes': String(2 * GIB),
  });
  assert.deepEqual(cgroupLimits(root), { cpus: Infinity, memoryBytes: 2 * GIB });
});

test('nothing is limited if groups set no limit, hold nonsense, or are missing', (t) => {
  const silent = {
    'proc/self/mountinfo': V2_MOUNT,
    'proc/self/cgroup': '0::/a',
    'sys/fs/cgroup/a/cpu.max': 'max 100000',
    'sys/fs/cgroup/a/memory.max': 'max',
  };
  assert.deepEqual(cgroupLimits(tree(t, silent)), NONE);
  const nonsense = { ...silent, 'sys/fs/cgroup/a/cpu.max': '', 'sys/fs/cgroup/a/memory.max': '0' };
  assert.deepEqual(cgroupLimits(tree(t, nonsense)), NONE);
  assert.deepEqual(cgroupLimits(tree(t, { 'proc/self/cgroup': 'x\n0::/../..' })), NONE);
  assert.deepEqual(cgroupLimits(tree(t, {})), NONE);
});

test('a quota is rounded to cores, at least 1, and never above the cores of the machine', () => {
  assert.equal(coresWithin(64, Infinity), 64);
  assert.equal(coresWithin(64, 0.3), 1);
  assert.equal(coresWithin(64, 1.2), 1);
  assert.equal(coresWithin(64, 1.5), 2);
  assert.equal(coresWithin(2, 7.9), 2);
});

test('this machine: within what the system reports, and an affinity is obeyed', () => {
  assert.ok(usableCores() >= 1 && usableCores() <= availableParallelism());
  assert.ok(usableMemory() > 0 && usableMemory() <= totalmem());
  const script = `process.stdout.write(String(require(${JSON.stringify(__dirname + '/machine.js')}).usableCores()))`;
  const pinned = spawnSync('taskset', ['-c', '0', process.execPath, '-e', script]);
  // Without taskset, or where core 0 is not ours, there is nothing to see.
  if (pinned.status === 0) assert.equal(pinned.stdout.toString(), '1');
});

const CARDS = parseGpus(
  '0, GPU-11aa-1, 143771, NVIDIA H200\n1, GPU-22bb-2, 81559, NVIDIA A100-SXM4-80GB\nNo devices\n\n',
);

test('cards are read as the driver lists them', () => {
  assert.deepEqual(CARDS, [
    { index: 0, id: 'GPU-11aa-1', name: 'NVIDIA H200', memoryBytes: 143771 * 2 ** 20 },
    { index: 1, id: 'GPU-22bb-2', name: 'NVIDIA A100-SXM4-80GB', memoryBytes: 81559 * 2 ** 20 },
  ]);
  assert.deepEqual(parseGpus('NVIDIA-SMI has failed'), []);
  assert.equal(parseGpus('0, GPU-1, [N/A], card')[0].memoryBytes, 0);
});

test('CUDA_VISIBLE_DEVICES names cards by number or UUID, up to the first that does not exist', () => {
  const ids = (visible: string | undefined): string[] =>
    gpusWithin(CARDS, visible).map(({ id }) => id);
  assert.deepEqual(ids(undefined), ['GPU-11aa-1', 'GPU-22bb-2']);
  assert.deepEqual(ids('1,0'), ['1', '0']);
  assert.equal(gpusWithin(CARDS, '1')[0].name, 'NVIDIA A100-SXM4-80GB');
  assert.deepEqual(ids(' GPU-22 , 0'), ['GPU-22', '0']);
  assert.deepEqual(ids('0,7,1'), ['0']);
  assert.deepEqual(ids(''), []);
  assert.deepEqual(ids('-1'), []);
  assert.deepEqual(ids('MIG-5c6d'), ['MIG-5c6d']);
  assert.deepEqual(visibleGpus({ CUDA_VISIBLE_DEVICES: '-1' }), []);
});
