/** Runs the fuzzer: reads in child processes that are watched, and counts what happened. */
import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter, on } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tried } from './attempt';
import { FUZZ_TARGETS, fuzzTarget } from './targets';
import type { Verdict } from './types';
import type { FuzzReply, FuzzRequest } from './worker';

export interface FuzzOptions {
  /** The same seed gives the same inputs. Default: 0. */
  seed?: number;
  /** Inputs of each target that costs 1; dearer ones get fewer. Default: 1000. */
  inputs?: number;
  /** Names of targets. Default: all. */
  targets?: readonly string[];
  /** Number of each target's first input, to do a large run in pieces. Default: 0. */
  from?: number;
  /** A process that says nothing for so long is ended, and its input counted as a hang. Default: 60. */
  silentSeconds?: number;
}

/** An input that a reader did not survive as it should. */
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
  /** Of the errors, those about a file that the other decoder took for sound. */
  refused: number;
  worstMemoryMiB: number;
  worstCpuSeconds: number;
}

export interface FuzzSummary {
  seed: number;
  mutations: number;
  /** Exceptions that are no ReaderError, or one that names no file, and ends of the process. */
  crashes: number;
  /** Over a second of CPU time, or no end at all. */
  hangs: number;
  /** Over 256 MiB. */
  overMemory: number;
  silentlyWrong: number;
  worstMemoryMiB: number;
  targets: Record<string, TargetSummary>;
  /** The first of them. */
  faults: FuzzFault[];
}

export interface FuzzProgress {
  target: string;
  done: number;
  total: number;
}

/** How many faults a summary spells out. */
const FAULTS_KEPT = 200;

/** Inputs of a target in a run of this size; at least one. */
export function inputsOf(target: string, inputs: number): number {
  return Math.max(1, Math.round(inputs / fuzzTarget(target).cost));
}

/**
 * Reads mutated files until all are done; yields its progress about ten times a target.
 * @returns the summary, also of a run that found faults
 * @throws ReaderError for an unknown target
 */
export async function* runFuzz(
  options: FuzzOptions = {},
): AsyncGenerator<FuzzProgress, FuzzSummary> {
  const { seed = 0, inputs = 1000, from = 0, silentSeconds = 60 } = options;
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
      const request = { target: name, seed, from: next, to };
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

/** On a busy machine a process may wait for its turn: what hangs, hangs twice. */
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
 * The inputs of a request, read in one child process, as far as it comes: where the process dies or falls
 * silent, the input that it was reading is the last.
 */
async function* watched(
  request: Omit<FuzzRequest, 'folder'>,
  silentMs: number,
): AsyncGenerator<{ index: number; tried: Tried }> {
  const folder = mkdtempSync(join(tmpdir(), 'mckd-faults-'));
  const events = new EventEmitter();
  const child = fork(join(__dirname, 'worker.js'), [], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const watch = setTimeout(() => {
    events.emit('news', { kind: 'silent' });
  }, silentMs);
  let complaint = '';
  child.stderr?.on(
    'data',
    (text: Buffer) => (complaint = (complaint + text.toString()).slice(-2000)),
  );
  child.on('message', (message) => {
    watch.refresh();
    events.emit('news', message);
  });
  // Its last messages may come after its end, but not after the channel's.
  let open = 2;
  let how = '';
  const closed = (): void => {
    if (--open === 0) events.emit('news', { kind: 'end', how });
  };
  child.once('disconnect', closed);
  child.once('close', (code, signal) => {
    how = signal ?? `exit code ${code}`;
    closed();
  });
  child.send({ ...request, folder: join(folder, 'input') });
  let next = request.from;
  try {
    for await (const [news] of on(events, 'news') as AsyncIterable<[FuzzReply | Ending]>) {
      if (news.kind === 'tried') {
        next = news.index + 1;
        yield { index: news.index, tried: news };
      } else if (news.kind !== 'ready') {
        if (next < request.to) yield { index: next, tried: lost(news, silentMs, complaint) };
        return;
      }
    }
  } finally {
    clearTimeout(watch);
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

type Ending = { kind: 'silent' } | { kind: 'end'; how: string };

/** What is known of an input whose reader did not come back. */
function lost(ending: Ending, silentMs: number, complaint: string): Tried {
  const common = { how: 'see the seed', refused: false, peakMiB: 0, cpuSeconds: 0 };
  return ending.kind === 'silent'
    ? { ...common, verdict: 'hang', detail: `nothing came for ${silentMs / 1000} s` }
    : { ...common, verdict: 'crash', detail: `the process ended with ${ending.how}: ${complaint}` };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}
