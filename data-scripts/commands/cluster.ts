/** `npm run cluster`: an experiment by Snakemake, on this machine or on a cluster; then its tables. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  makeFolder,
  startChild,
  takeLock,
  UserError,
  SHARE_OF_MEMORY,
  usableMemory,
  writeFileAtomic,
} from '@mckd/lib/base';
import type { TrainingPlan } from '@mckd/lib/experiment';
import { findKitRoot } from '@mckd/lib/report';
import { interruption } from '../terminal/interrupt';
import { withProgress, type Progress } from '../terminal/progress';
import type { DeclaredName } from './experiments';
import { planFor, type PlanCommandOptions } from './plan';
import { pythonEnvironment } from './python-environment';

export interface ClusterOptions extends PlanCommandOptions {
  profile: string;
  dryRun?: boolean;
  report?: string;
  dag?: string;
}

const root = findKitRoot(__dirname);
const CLUSTER = join(root, 'data-scripts', 'cluster');
const PROFILES = ['local', 'slurm', 'kubernetes'];

/** @throws UserError for a profile that isn't there, where the environment can't be made, and where trainings fail */
export async function cluster(name: DeclaredName, options: ClusterOptions): Promise<void> {
  const profile = profileOf(options.profile);
  const snakemake = await environment();
  const plan = await planFor(name, options);
  const jobs = join(plan.out, 'jobs');
  makeFolder(jobs);
  const release = await takeLock(jobs);
  try {
    const planFile = join(jobs, 'plan.json');
    writeFileAtomic(planFile, `${JSON.stringify(plan, null, 1)}\n`);
    const config = join(jobs, 'config.json');
    const mckd = [process.execPath, join(root, 'data-scripts', 'mckd.mjs')];
    writeFileAtomic(
      config,
      JSON.stringify({ plan: planFile, mckd: mckd.map((word) => `'${word}'`).join(' ') }),
    );
    const args = [
      ...['--snakefile', join(CLUSTER, 'Snakefile'), '--configfile', config],
      // The kit's own lock is held, and goes away with its process.
      ...['--directory', join(jobs, 'snakemake'), '--profile', profile, '--nolock'],
    ];
    if (options.dag !== undefined) return writeDag(snakemake, args, resolve(options.dag));
    if (options.report !== undefined) {
      execFileSync(snakemake, [...args, '--report', resolve(options.report)], {
        stdio: ['ignore', 2, 2],
      });
      console.log(`report in ${resolve(options.report)}`);
      return;
    }
    if (options.dryRun) {
      execFileSync(snakemake, [...args, '--dry-run', '--quiet', 'rules'], { stdio: 'inherit' });
      return;
    }
    await runJobs(snakemake, [...args, ...localResources(options.profile)], plan, jobs);
    console.log(readFileSync(join(jobs, 'tables.md'), 'utf8').trimEnd());
  } finally {
    release();
  }
}

/** Of one machine; on a cluster the scheduler knows its nodes. Jobs don't choose between cards, so one has the card at a time. */
function localResources(profile: string): string[] {
  if (profile !== 'local') return [];
  return [
    '--resources',
    `mem_mb=${Math.floor((SHARE_OF_MEMORY * usableMemory()) / 2 ** 20)}`,
    'gpu=1',
  ];
}

function profileOf(given: string): string {
  const folder = PROFILES.includes(given) ? join(CLUSTER, 'profiles', given) : resolve(given);
  if (existsSync(join(folder, 'config.yaml'))) return folder;
  throw new UserError(
    `profile is ${given}, and ${folder} has no config.yaml; give ${PROFILES.join(', ')}, or a folder with one`,
    { code: 'MISSING', file: folder, field: 'profile', value: given },
  );
}

/** Snakemake. */
async function environment(): Promise<string> {
  const programs = await pythonEnvironment({
    root,
    folder: '.venv-cluster',
    requirements: join(CLUSTER, 'requirements.txt'),
    what: 'Snakemake',
    size: '300 MB',
  });
  return join(programs, 'snakemake');
}

function writeDag(snakemake: string, args: readonly string[], file: string): void {
  const dot = execFileSync(snakemake, [...args, '--dag', 'dot'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 2],
    maxBuffer: 2 ** 28,
  });
  writeFileAtomic(file, dot);
  console.log(`graph in ${file} (dot -Tsvg ${file})`);
}

/** Between two looks at the jobs. */
const LOOK_MS = 1000;

async function runJobs(
  snakemake: string,
  args: readonly string[],
  plan: TrainingPlan,
  jobs: string,
): Promise<void> {
  const log = join(jobs, 'snakemake.log');
  const stop = interruption('stopped');
  const output = openSync(log, 'w');
  const child = startChild(() =>
    spawn(snakemake, [...args], { stdio: ['ignore', output, output], detached: true }),
  );
  stop.guard();
  // Snakemake then ends its jobs, which leave checkpoints.
  stop.signal.addEventListener('abort', () => child.kill('SIGINT'));
  const follow = async ({ show }: Progress): Promise<void> => {
    while (!child.isOver()) {
      const { done, line } = stateOf(plan, jobs);
      show(done, plan.trainings.length, { line });
      await Promise.race([child.over, new Promise((resolve) => setTimeout(resolve, LOOK_MS))]);
    }
  };
  const format = '{bar} {value}/{total} {line}';
  await withProgress({ format, lineMs: 30_000 }, follow).finally(() => stop.release());
  const { code, how } = await child.over;
  if (stop.signal.aborted) {
    stop.setExitCode();
    throw new UserError('stopped; the same command resumes', { code: 'PROCESS', file: log });
  }
  if (code === 0) return;
  const missing = plan.trainings.filter(({ key }) => !existsSync(join(jobs, `${key}.json`)));
  const reasons = missing.map(({ key, name }) => `${name}: ${lastLine(join(jobs, `${key}.log`))}`);
  throw new UserError(
    `Snakemake ${how}; ${missing.length} of ${plan.trainings.length} trainings are not finished (${reasons.join('; ')}); its log is ${log}, the same command resumes`,
    { code: 'PROCESS', file: log, value: missing.length },
  );
}

const lastLine = (file: string): string =>
  existsSync(file) ? (readFileSync(file, 'utf8').trim().split('\n').at(-1) ?? '') : 'did not start';

const short = (hours: number): string => hours.toFixed(hours < 1 ? 3 : 1);

/** Done, running, waiting; core-hours of finished ones, and left by their mean. */
function stateOf({ trainings }: TrainingPlan, jobs: string): { done: number; line: string } {
  const files = new Set(readdirSync(jobs));
  const finished = trainings.filter(({ key }) => files.has(`${key}.json`));
  const running = trainings.filter(
    ({ key }) => files.has(`${key}.log`) && !files.has(`${key}.json`),
  );
  const hours = finished.flatMap(({ key, cores }) => {
    const file = join(jobs, `${key}.tsv`);
    if (!existsSync(file)) return [];
    const seconds = Number(readFileSync(file, 'utf8').split('\n')[1]?.split('\t')[0]);
    return Number.isFinite(seconds) ? [(seconds * cores) / 3600] : [];
  });
  const spent = hours.reduce((a, b) => a + b, 0);
  const left = trainings.length - finished.length;
  const waiting = left - running.length;
  const rest = hours.length > 0 ? `, about ${short((spent / hours.length) * left)} left` : '';
  return {
    done: finished.length,
    line: `${running.length} running, ${waiting} waiting; ${short(spent)} core-hours${rest}`,
  };
}
