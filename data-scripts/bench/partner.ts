/** A process that does a piece of work each time it is asked, and the taking of turns between two. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ReaderError } from '@mckd/lib/dist/errors';
import type { Answer } from './worker';

export interface Partner {
  /** Whether it says that it works on a GPU. */
  gpu: boolean;
  /** Does the work once. */
  once: () => Promise<Answer>;
  /** Ends the process. */
  close: () => void;
}

/**
 * Starts a partner and waits until it is ready.
 * @throws ReaderError with what it wrote to stderr, where it ends before it has answered
 */
export async function openPartner(program: string, args: string[]): Promise<Partner> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on(
    'data',
    (text: Buffer) => (complaint = `${complaint}${text.toString()}`.slice(-2000)),
  );
  const gone = new Promise<never>((_, reject) => {
    const fail = (why: string): void =>
      reject(
        new ReaderError(`${program} ended before it answered: ${why || complaint.trim()}`, {
          field: args.at(-1) ?? program,
        }),
      );
    child.once('error', (error) => fail(error.message));
    child.once('close', () => fail(''));
  });
  // It is expected to go once it is closed; whoever waits for a line hears of it.
  gone.catch(() => undefined);
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<Record<string, unknown>> => {
    const next = await Promise.race([lines.next(), gone]);
    return next.done ? await gone : (JSON.parse(next.value) as Record<string, unknown>);
  };
  const { gpu } = await line();
  return {
    gpu: gpu === true,
    once: () => {
      child.stdin.write('go\n');
      return line() as unknown as Promise<Answer>;
    },
    close: () => void child.kill(),
  };
}

export interface Turns {
  ours: Answer[];
  /** Empty where there is no peer. */
  peer: Answer[];
}

/**
 * Both sides in turn, `rounds` times after `warmUp` that do not count. Taking turns spreads what else the machine
 * does over both.
 */
export async function takeTurns(
  ours: Partner,
  peer: Partner | undefined,
  { rounds, warmUp, onTurn }: { rounds: number; warmUp: number; onTurn?: (done: number) => void },
): Promise<Turns> {
  const turns: Turns = { ours: [], peer: [] };
  for (let round = 0; round < warmUp + rounds; round++) {
    turns.ours.push(await ours.once());
    if (peer) turns.peer.push(await peer.once());
    onTurn?.(round + 1);
  }
  return turns;
}

/** Median of the seconds of the turns that count. */
export function medianSeconds(answers: readonly Answer[], warmUp: number): number {
  const sorted = answers.slice(warmUp).map(({ seconds }) => seconds);
  sorted.sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
