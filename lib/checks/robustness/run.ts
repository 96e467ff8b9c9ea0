/** Runs the fuzzer: reads in supervised child processes, and counts the results. */
import { fork } from 'node:child_process';
import { EventEmitter, on } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../../base/child';
import type { Tried } from './attempt';
import { FUZZ_TARGETS, fuzzTarget } from './targets';
import { FUZZ_LIMITS, type Verdict } from './types';
import type { FuzzReply, FuzzRequest } from './worker';

export interface FuzzOptions {
  /** The same seed gives the same inputs. Default: 0. */
  seed?: number;
  /** Inputs of each target of cost 1; more expensive ones get fewer. Default: 1000. */
  inputs?: number;
  /** Names of targets. Default: all. */
  targets?: readonly string[];
  /** Index of each target's first input, to split a large run. Default: 0. */
  from?: number;
  /** A process without output for so long is ended, and its input counted as a hang. Default: 60. */
  silentSeconds?: number;
  /** CPU time over which an input counts as a hang; tests, which must pass on any machine, use ten. Default: 1. */
  cpuSeconds?: number;
}

/** An input that a reader failed on. */
export interface FuzzFault {
  target: string;
  seed: number;
  index: number;
  verdict: Verdict;
  how: string;
  detail: string;
}

export interface TargetSummary {
  inputs: number;
  /** Typed errors that name the file. */
  errors: number;
  /** Read exactly. */
  exact: number;
  /** Errors about a file that the other decoder accepted. */
  refused: number;
  worstMemoryMiB: number;
  worstCpuSeconds: number;
}

export interface FuzzSummary {
  seed: number;
  mutations: number;
  /** Exceptions that are no UserError, or one that names no file, and ends of the process. */
  crashes: number;
  /** Over a second of CPU time (or as in the options), or no end at all. */
  hangs: number;
  /** Over 256 MiB. */
  overMemory: number;
  silentlyWrong: number;
  worstMemoryMiB: number;
  targets: Record<string, TargetSummary>;
  /** The first failures. */
  faults: FuzzFault[];
}

export interface FuzzProgress {
  target: string;
  done: number;
  total: number;
}

/** Failures listed in a summary. */
const FAULTS_KEPT = 200;

/** Inputs of a target in a run of this size; at least one. */
function inputsOf(target: string, inputs: number): number {
  return Math.max(1, Math.round(inputs / fuzzTarget(target).cost));
}

/**
 * Reads mutated files until all are done; yields its progress about ten times per target.
 * @returns the summary, also of a run with failures
 * @throws UserError for an unknown target
 */
export async function* runFuzz(
  options: FuzzOptions = {},
): AsyncGenerator<FuzzProgress, FuzzSummary> {
  const { seed = 0, inputs = 1000, from = 0, silentSeconds = 60 } = options;
  const { cpuSeconds = FUZZ_LIMITS.cpuSeconds } = options;
  const names = options.targets ?? FUZZ_TARGETS.map(({ name }) => name);
  const summary: FuzzSummary = {
    seed,
    mutations: 0,
    crashes: 0,
    hangs: 0,
    overMemory: 0,
    silentlyWrong: 0,
    worstMemoryMiB: 0,
    targets: {},
    faults: [],
  };
  for (const name of names) {
    const total = inputsOf(name, inputs);
    const end = from + total;
    for (let next = from; next < end;) {
      const to = fuzzTarget(name).alone ? next + 1 : end;
      const request = { target: name, seed, from: next, to, cpuSeconds };
      for await (const { index, tried } of watched(request, silentSeconds * 1000)) {
        next = index + 1;
        count(
          summary,
          name,
          index,
          await settled(tried, { ...request, from: index }, silentSeconds),
        );
        const done = next - from;
        if (done % Math.ceil(total / 10) === 0 || next === end) yield { target: name, done, total };
      }
    }
  }
  return summary;
}

/** A busy machine may delay a process: a real hang occurs twice. */
async function settled(
  tried: Tried,
  request: Omit<FuzzRequest, 'folder'>,
  silentSeconds: number,
): Promise<Tried> {
  if (tried.verdict !== 'hang') return tried;
  const again = { ...request, to: request.from + 1 };
  for await (const second of watched(again, silentSeconds * 1000)) return second.tried;
  return tried;
}

function count(summary: FuzzSummary, target: string, index: number, tried: Tried): void {
  const { verdict, how, detail, refused, peakMiB, cpuSeconds } = tried;
  const own = (summary.targets[target] ??= {
    inputs: 0,
    errors: 0,
    exact: 0,
    refused: 0,
    worstMemoryMiB: 0,
    worstCpuSeconds: 0,
  });
  summary.mutations += 1;
  own.inputs += 1;
  own.refused += refused ? 1 : 0;
  own.worstMemoryMiB = Math.max(own.worstMemoryMiB, Math.round(peakMiB));
  own.worstCpuSeconds = Math.max(own.worstCpuSeconds, Number(cpuSeconds.toFixed(2)));
  summary.worstMemoryMiB = Math.max(summary.worstMemoryMiB, own.worstMemoryMiB);
  if (verdict === 'error') own.errors += 1;
  else if (verdict === 'exact') own.exact += 1;
  else {
    if (verdict === 'hang') summary.hangs += 1;
    else if (verdict === 'memory') summary.overMemory += 1;
    else if (verdict === 'wrong') summary.silentlyWrong += 1;
    else summary.crashes += 1;
    if (summary.faults.length < FAULTS_KEPT) {
      summary.faults.push({ target, seed: summary.seed, index, verdict, how, detail });
    }
  }
}

/**
 * The inputs of a request, read in one child process, as far as it gets: if the process dies or falls
 * silent, the input that it was reading is the last.
 */
async function* watched(
  request: Omit<FuzzRequest, 'folder'>,
  silentMs: number,
): AsyncGenerator<{ index: number; tried: Tried }> {
  const folder = mkdtempSync(join(tmpdir(), 'mckd-faults-'));
  const events = new EventEmitter();
  const news = on(events, 'news') as AsyncIterable<[FuzzReply | Ending]>;
  const child = startChild(() =>
    fork(join(__dirname, 'worker.js'), [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
    }),
  );
  const watch = setTimeout(() => {
    events.emit('news', { kind: 'silent' });
  }, silentMs);
  child.process?.on('message', (message) => {
    watch.refresh();
    events.emit('news', message);
  });
  void child.over.then(({ how }) => events.emit('news', { kind: 'end', how }));
  child.send({ ...request, folder: join(folder, 'input') });
  let next = request.from;
  try {
    for await (const [one] of news) {
      if (one.kind === 'tried') {
        next = one.index + 1;
        yield { index: one.index, tried: one };
      } else if (one.kind !== 'ready') {
        if (next < request.to) yield { index: next, tried: lost(one, silentMs) };
        return;
      }
    }
  } finally {
    clearTimeout(watch);
    child.kill('SIGKILL');
    await child.over;
    rmSync(folder, { recursive: true, force: true });
  }
}

type Ending = { kind: 'silent' } | { kind: 'end'; how: string };

/** The record of an input whose reader did not return. */
function lost(ending: Ending, silentMs: number): Tried {
  const common = { how: 'see the seed', refused: false, peakMiB: 0, cpuSeconds: 0 };
  return ending.kind === 'silent'
    ? { ...common, verdict: 'hang', detail: `no output for ${silentMs / 1000} s` }
    : { ...common, verdict: 'crash', detail: `the process ${ending.how}` };
}
