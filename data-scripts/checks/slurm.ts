/**
 * A Slurm of one machine for tests: munged, slurmctld, and slurmds with host names of their own (UTS namespaces), on the
 * loopback address, without systemd. As root on Linux.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Slurm {
  /** Runs one of Slurm's programs. */
  run(program: string, ...args: string[]): string;
  stop(): void;
}

/** Why there is none to be had here. */
export function slurmProblem(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'Slurm is started as root on Linux';
  const there = (program: string): boolean => spawnSync('which', [program]).status === 0;
  const missing = ['slurmctld', 'slurmd', 'munged', 'unshare'].find((name) => !there(name));
  return (
    missing &&
    `${missing} is not installed (apt-get install --no-install-recommends slurm-wlm munge)`
  );
}

/** Where Slurm looks: Snakemake's job step takes SLURM_CONF out of the environment. */
const CONFIGURATION = '/etc/slurm/slurm.conf';

export async function startSlurm(folder: string, nodes: readonly string[]): Promise<Slurm> {
  const own = join(folder, 'slurm.conf');
  if (existsSync(CONFIGURATION) && !lstatSync(CONFIGURATION).isSymbolicLink()) {
    throw new Error(`${CONFIGURATION} is of another Slurm`);
  }
  mkdirSync(join(folder, 'state'), { recursive: true });
  for (const node of nodes) mkdirSync(join(folder, `spool-${node}`));
  writeFileSync(own, configuration(folder, nodes));
  mkdirSync('/etc/slurm', { recursive: true });
  rmSync(CONFIGURATION, { force: true });
  symlinkSync(own, CONFIGURATION);
  const hosts = join(folder, 'hosts');
  writeFileSync(hosts, `${readFileSync('/etc/hosts', 'utf8')}\n127.0.0.1 ${nodes.join(' ')}\n`);
  writeFileSync(join(folder, 'munge.key'), randomBytes(1024), { mode: 0o600 });
  const file = (name: string): string => join(folder, name);
  // --force: a folder that others may write in, such as /tmp, is only warned of.
  execFileSync(
    'munged',
    [
      ...['--force', '--key-file', file('munge.key'), '--socket', file('munge.socket')],
      ...['--pid-file', file('munged.pid'), '--log-file', file('munged.log')],
      ...['--seed-file', file('munge.seed')],
    ],
    { stdio: 'ignore' },
  );
  execFileSync('slurmctld', { stdio: 'ignore' });
  for (const node of nodes) {
    const inside = `hostname ${node} && mount --bind '${hosts}' /etc/hosts && exec slurmd -N ${node}`;
    execFileSync('unshare', ['--uts', '--mount', 'sh', '-c', inside], { stdio: 'ignore' });
  }
  const run = (program: string, ...args: string[]): string =>
    execFileSync(program, args, { encoding: 'utf8' });
  const slurm: Slurm = { run, stop: () => stopSlurm(folder, nodes) };
  for (let tries = 0; tries < 60; tries++) {
    const idle = run('sinfo', '-h', '-N', '-t', 'idle', '-o', '%N').trim().split('\n');
    if (idle.filter(Boolean).length === nodes.length) return slurm;
    await sleep(500);
  }
  slurm.stop();
  throw new Error(
    `the nodes did not start: ${readFileSync(join(folder, 'slurmctld.log'), 'utf8')}`,
  );
}

function configuration(folder: string, nodes: readonly string[]): string {
  const memory = Number(
    /RealMemory=(\d+)/.exec(execFileSync('slurmd', ['-C'], { encoding: 'utf8' }))?.[1],
  );
  const each = Math.floor((0.9 * memory) / nodes.length);
  return [
    'ClusterName=mckd',
    `SlurmctldHost=${hostname()}(127.0.0.1)`,
    'SlurmUser=root',
    'SlurmdUser=root',
    // On the loopback address alone.
    'CommunicationParameters=NoInAddrAny,NoCtldInAddrAny',
    'SlurmctldPort=16817',
    'AuthType=auth/munge',
    `AuthInfo=socket=${folder}/munge.socket`,
    'CredType=cred/munge',
    `StateSaveLocation=${folder}/state`,
    `SlurmdSpoolDir=${folder}/spool-%n`,
    `SlurmctldPidFile=${folder}/slurmctld.pid`,
    `SlurmdPidFile=${folder}/slurmd-%n.pid`,
    `SlurmctldLogFile=${folder}/slurmctld.log`,
    `SlurmdLogFile=${folder}/slurmd-%n.log`,
    // No cgroups; by its parents (linuxproc) a training outlives its cancelled job.
    'ProctrackType=proctrack/pgid',
    'TaskPlugin=task/none',
    'JobAcctGatherType=jobacct_gather/linux',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_Core_Memory',
    'SchedulerParameters=batch_sched_delay=0,sched_interval=5',
    'ReturnToService=2',
    'KillWait=30',
    // Finished jobs stay visible to squeue, which Snakemake asks.
    'MinJobAge=600',
    'AccountingStorageType=accounting_storage/none',
    'MpiDefault=none',
    ...nodes.map(
      (node, i) =>
        `NodeName=${node} NodeHostname=${node} NodeAddr=127.0.0.1 Port=${16820 + i} CPUs=1 RealMemory=${each}`,
    ),
    'PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP DefMemPerCPU=1024',
    '',
  ].join('\n');
}

function stopSlurm(folder: string, nodes: readonly string[]): void {
  const names = [...nodes.map((node) => `slurmd-${node}`), 'slurmctld', 'munged'];
  for (const name of names) {
    const file = join(folder, `${name}.pid`);
    if (existsSync(file)) spawnSync('kill', [readFileSync(file, 'utf8').trim()]);
  }
  if (existsSync(CONFIGURATION) && readlinkSync(CONFIGURATION) === join(folder, 'slurm.conf')) {
    rmSync(CONFIGURATION);
  }
}
