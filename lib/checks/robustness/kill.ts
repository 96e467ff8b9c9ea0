/**
 * Kills runs at random moments (SIGKILL, which nothing can catch) and resumes them: each must load, and end as
 * an uninterrupted run, byte for byte.
 */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { audiovision } from '../../avmnist/experiments';
import { avDataRef } from '../../avmnist/problem';
import { checkpointFile, logFile, manifestFile, previousFile } from '../../brats/folder';
import { comparison, COMPARED, subsetTable } from '../../brats/experiments';
import type { BratsRun } from '../../brats/run-record';
import { buildConfig } from '../../config';
import { loadAvMnist } from '../../datasets/av-mnist/avmnist';
import { randomStream, type RandomStream } from '../../base/random';
import { cellOf, cellsOf } from '../../experiment/cells';
import { cellFolder, runFile } from '../../experiment/store';
import { tableToMarkdown } from '../../report/tables';
import { makeFolder } from '../../base/atomic-write';
import { syntheticCases, writeTones, smallConfig } from './synthetic-data';
import {
  startProcess,
  type OutputLine,
  type InstrumentedProcess as Process,
} from './instrumented-process';
import type { AvRequest } from './av-process';
import type { TrainingRequest } from './training-process';

/** Fields of time and memory, in which two equal runs may differ. */
const MEASURED_FIELDS: readonly string[] = ['seconds', 'peakMiB'];

export interface KillSummary {
  kills: number;
  /** Kills after which the next process could load the state. */
  killsSurvived: number;
  /** Kills in runs that ended as the uninterrupted one. */
  bitExactResumes: number;
}

/** A run with its kills, one after another, until a process finished. */
export interface KillRound {
  /** What each kill interrupted: `write`, `rename`, or the last line that the process printed; `recovery` before the first. */
  kills: string[];
  survived: number;
  /** Differences from the uninterrupted run; empty if none. */
  differences: string[];
}

export interface KillOptions {
  /** A folder for data and runs; those of earlier rounds are removed. */
  folder: string;
  kills: number;
  seed?: number;
  onRound?: (round: KillRound) => void;
}

/** What the kills of trainings are aimed at in turn: a meta event, a write, any moment, between link and rename. */
const AIMS = ['meta', 'write', 'anywhere', 'rename'] as const;
type Aim = (typeof AIMS)[number];

/** Some rounds are killed a second time after resuming. */
const SECOND_KILLS = 0.25;
const CHECKPOINT_EVERY = 2;

/**
 * Kills BraTS trainings, as notebooks, `mckd compare` and `mckd ablate` make them, over both stages, meta events and
 * the evaluation; every second one inside a write of the checkpoint.
 * @param options.aims in turn; each is met at least once. Default: all
 */
export async function runKills(
  options: KillOptions & { aims?: readonly Aim[] },
): Promise<KillSummary> {
  const { folder, seed = 0, aims = AIMS } = options;
  const config = smallConfig();
  const [arm, seedOfRun] = ['mckd', 0];
  const experiment = comparison(config);
  const data = await syntheticCases(folder);
  const env = { MCKD_CACHE: join(folder, 'cache') };
  const place = (name: string): TrainingRequest['place'] => ({
    directory: join(folder, name),
    data,
  });
  const cell = cellOf(experiment, arm, seedOfRun);
  const runFolder = (name: string): string => cellFolder(experiment.problem, cell, place(name));
  const start = (name: string, more: Partial<TrainingRequest> = {}, slowMs = 0): Process => {
    const made = { config, arm, seed: seedOfRun, checkpointEvery: CHECKPOINT_EVERY };
    const all = { ...made, place: place(name) };
    const request: TrainingRequest = { ...all, ...more };
    const slow = { MCKD_SLOW_WRITE_MS: String(slowMs) };
    return startProcess(join(__dirname, 'training-process.js'), request, { ...env, ...slow });
  };

  rmSync(join(folder, 'whole'), { recursive: true, force: true });
  const whole = await start('whole').ended();
  const expected = contentOf(runFolder('whole'));
  const { size } = statSync(checkpointFile(runFolder('whole')));
  const metaSteps = whole.lines.flatMap(({ text }) =>
    text.startsWith('meta') ? [Number(text.split(' ')[1])] : [],
  );
  const stream = randomStream(seed, 'faults/kill');

  const kill = async (aim: Aim): Promise<Process> => {
    const own = runFolder('killed');
    if (aim === 'meta') {
      const step = metaSteps[stream.integer(metaSteps.length)];
      const process = start('killed', { hold: { step, after: stream.uniform() < 0.5 } });
      await process.killAtLine(`held ${step}`, 0, 'meta');
      return process;
    }
    const process = start('killed', {}, aim === 'anywhere' ? 0 : 1);
    if (aim === 'write') {
      const [nth, share] = [stream.integer(WRITES), stream.uniform()];
      await process.killAtWrite(checkpointFile(own), nth, share * size);
    } else if (aim === 'rename') {
      await process.killWhileSame(checkpointFile(own), previousFile(own));
    } else {
      await killAnywhere(process, whole.lines, stream);
    }
    return process;
  };
  return killRounds(options, {
    atLeast: aims.length,
    clear: () => rmSync(join(folder, 'killed'), { recursive: true, force: true }),
    kill: (k) => kill(aims[k % aims.length]),
    killLater: (process) => process.killAfter(stream.uniform() * whole.ms),
    again: () => start('killed'),
    twice: () => stream.uniform() < SECOND_KILLS,
    differences: () => differencesOf(contentOf(runFolder('killed')), expected),
  });
}

/** Checkpoints of a run: before its steps, after every second one, at the end. */
const WRITES = 6;

/** Kills between a printed line and the next, as far apart as in the uninterrupted run. */
async function killAnywhere(
  process: Process,
  lines: readonly OutputLine[],
  stream: RandomStream,
): Promise<void> {
  const chosen = stream.integer(lines.length - 1);
  const gap = lines[chosen + 1].ms - lines[chosen].ms;
  await process.killAtLine(lines[chosen].text, stream.uniform() * gap);
}

/** Kills Audiovision-MNIST experiments: finished runs are kept, and interrupted ones are repeated identically. */
export async function runAvKills(options: KillOptions): Promise<KillSummary> {
  const { folder, seed = 0 } = options;
  const env = { MCKD_CACHE: join(folder, 'cache'), MCKD_DATA: '' };
  makeFolder(folder);
  await writeTones(env.MCKD_CACHE);
  const data = await loadAvMnist({ dataDirectory: '', cacheDirectory: env.MCKD_CACHE });
  const config = buildConfig('smoke', { avMnist: { scarce: ['speech'] } });
  const experiment = audiovision(config);
  const cells = cellsOf(experiment).filter(({ config: { method } }) =>
    ['lowerBound', 'mckd'].includes(method),
  );
  const place = (name: string): AvRequest['place'] => ({
    directory: join(folder, name),
    data: avDataRef(data),
  });
  const start = (name: string): Process => {
    const own = cells.map(({ arm, seed: s }) => ({ arm, seed: s }));
    const request: AvRequest = { config, cells: own, place: place(name) };
    return startProcess(join(__dirname, 'av-process.js'), request, env);
  };
  const content = (name: string): Content =>
    new Map([
      ['the folder', readdirSync(join(folder, name)).sort().join(' ')],
      ...cells.flatMap((cell): [string, string][] => {
        const own = cellFolder(experiment.problem, cell, place(name));
        return [
          [`the folder of ${cell.arm}`, readdirSync(own).sort().join(' ')],
          [cell.arm, withoutMeasured(runFile(own))],
        ];
      }),
    ]);
  for (const name of ['av-whole', 'av-killed'])
    rmSync(join(folder, name), { recursive: true, force: true });
  const whole = await start('av-whole').ended();
  const expected = content('av-whole');
  const stream = randomStream(seed, 'faults/kill-av');
  return killRounds(options, {
    atLeast: 1,
    clear: () => rmSync(join(folder, 'av-killed'), { recursive: true, force: true }),
    kill: async () => {
      const process = start('av-killed');
      await killAnywhere(process, whole.lines, stream);
      return process;
    },
    killLater: (process) => process.killAfter(stream.uniform() * whole.ms),
    again: () => start('av-killed'),
    twice: () => stream.uniform() < SECOND_KILLS,
    differences: () => differencesOf(content('av-killed'), expected),
  });
}

interface Rounds {
  /** Least number of rounds, even if fewer give the requested kills. */
  atLeast: number;
  clear(): void;
  /** Starts a run and kills it. */
  kill(k: number): Promise<Process>;
  /** Kills a resumed run, unless it ends before. */
  killLater(process: Process): Promise<void>;
  again(): Process;
  twice(): boolean;
  differences(): string[];
}

async function killRounds({ kills, onRound }: KillOptions, rounds: Rounds): Promise<KillSummary> {
  const summary: KillSummary = { kills: 0, killsSurvived: 0, bitExactResumes: 0 };
  // A kill that came too late doesn't count; a machine that is always too slow must not loop for ever.
  const most = 3 * kills + rounds.atLeast;
  for (let k = 0; (summary.kills < kills || k < rounds.atLeast) && k < most; k++) {
    rounds.clear();
    const killed = [await rounds.kill(k)].filter((process) => process.killedAt !== undefined);
    if (killed.length === 0) continue;
    let next = rounds.again();
    if (rounds.twice()) {
      await rounds.killLater(next);
      if (next.killedAt !== undefined) {
        killed.push(next);
        next = rounds.again();
      }
    }
    const outcome = await next.ended().catch((error: Error) => error);
    const ended = !(outcome instanceof Error);
    const loaded = ended || next.lines.length > 0;
    const round: KillRound = {
      kills: killed.map(({ killedAt }) => killedAt as string),
      survived: loaded ? killed.length : 0,
      differences: ended ? rounds.differences() : [outcome.message],
    };
    summary.kills += killed.length;
    summary.killsSurvived += round.survived;
    if (round.differences.length === 0) summary.bitExactResumes += killed.length;
    onRound?.(round);
  }
  return summary;
}

/** Name -> content that two runs should share. */
type Content = ReadonlyMap<string, string>;

function contentOf(own: string): Content {
  const run = JSON.parse(readFileSync(runFile(own), 'utf8')) as BratsRun;
  const files = [checkpointFile, logFile, manifestFile].map((of) => of(own));
  return new Map([
    ['the folder', readdirSync(own).sort().join(' ')],
    ...files.map((file): [string, string] => [basename(file), readFileSync(file, 'latin1')]),
    ['run.json', withoutMeasured(runFile(own))],
    ['its table', tableOf(run)],
  ]);
}

/** The table of a comparison with this run for all methods. */
function tableOf(run: BratsRun): string {
  const runs = COMPARED.map(({ key: arm }) => ({
    ...run,
    arm,
    seconds: { training: 0, evaluation: 0 },
  }));
  return tableToMarkdown(
    subsetTable(runs, {
      data: { description: 'made up', sha256: '0', provenance: 'phantom', protocol: 'phantoms' },
    }),
  );
}

function withoutMeasured(file: string): string {
  const run = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  for (const field of MEASURED_FIELDS) delete run[field];
  return JSON.stringify(run);
}

function differencesOf(found: Content, expected: Content): string[] {
  return [...expected].flatMap(([name, content]) =>
    found.get(name) === content ? [] : [`${name} differs`],
  );
}
