/** A process that does a work on request, and turns between two of them. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { quantile, startChild, UserError } from '@mckd/lib/base';
import type { Answer } from './worker';

/** Variables of a process's environment. */
export type Environment = Readonly<Record<string, string>>;

export interface Partner {
  /** Whether it reports that it runs on a GPU. */
  gpu: boolean;
  /** Does the work once. */
  once: () => Promise<Answer>;
  /** Ends the process. */
  close: () => void;
}

/**
 * Starts a partner, with `env` added to its environment, and waits until it is ready.
 * @throws UserError with its stderr, if it ends before it has answered
 */
export async function openPartner(
  program: string,
  args: string[],
  env: Environment = {},
): Promise<Partner> {
  const child = startChild(() =>
    spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } }),
  );
  const gone = child.over.then(({ how }): never => {
    throw new UserError(`${program} ${how}, before it had answered`, {
      code: 'PROCESS',
      field: args.at(-1) ?? program,
    });
  });
  // It is expected to end once it is closed; pending reads get the error.
  gone.catch(() => undefined);
  const { stdin, stdout } = child.process ?? (await gone);
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<Record<string, unknown>> => {
    const next = await Promise.race([lines.next(), gone]);
    return next.done ? await gone : (JSON.parse(next.value) as Record<string, unknown>);
  };
  const { gpu } = await line();
  return {
    gpu: gpu === true,
    once: () => {
      stdin.write('go\n');
      return line() as unknown as Promise<Answer>;
    },
    close: () => child.kill(),
  };
}

export interface Turns {
  ours: Answer[];
  /** Empty without a peer. */
  peer: Answer[];
}

/**
 * Both sides in turn, `rounds` times after `warmUp` that do not count. Taking turns spreads other load of the machine
 * over both.
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
  return quantile(
    answers.slice(warmUp).map(({ seconds }) => seconds),
    0.5,
  );
}
