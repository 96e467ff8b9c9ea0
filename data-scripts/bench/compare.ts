/** Times both sides of a work, and makes its rows. */
import { UserError } from '@mckd/lib/base';
import type { StepProfile } from '@mckd/lib/brats';
import type { Size3 } from '@mckd/lib/volume';
import type { StepSpec, WorkSpec } from './kit-works';
import { medianSeconds, takeTurns, type Environment, type Partner, type Turns } from './partner';

/** One line of bench.json. */
export interface BenchRow {
  work: string;
  ours: number;
  /** Null if there is no comparison, or no peer was available. */
  peer: number | null;
  unit: string;
  /** Ours over the peer's; without a peer, as `work` says. */
  ratio: number | null;
  /** At most this: of the ratio, or of `ours` if there is none. Null if a ratio lacks its peer. */
  goal: number | null;
}

/** Cost of the step at a size, for the plot. */
export interface CostPoint {
  axis: 'volume' | 'width';
  /** Times the smallest. */
  factor: number;
  seconds: number;
}

export interface Bench {
  rows: BenchRow[];
  costs: CostPoint[];
  profiles: StepProfile[];
  /** Losses by step of one training in each precision. */
  precisions: Readonly<Record<'float32' | 'bf16', readonly number[]>>;
}

/** The peer's device, the same as the kit's, by PyTorch's name. */
export type Device = 'cpu' | 'cuda';

/** Settings of the sections: their two sides, and the amount of work. */
export interface BenchSetting {
  /** Small sizes and few rounds, to check that it works. */
  quick: boolean;
  openOurs: (spec: WorkSpec, env?: Environment) => Promise<Partner>;
  /** Goals of processors without AVX-512. */
  older?: boolean;
  /** Absent without a Python with PyTorch. */
  openPeer?: (spec: WorkSpec, device: Device, env?: Environment) => Promise<Partner>;
  /** Added to the environment of both sides. */
  env?: Environment;
  tell: (line: string) => void;
}

const TRAINING = { rate: 1e-4, momentum: 0.99, alpha: 0.1 };
export const GIB = 2 ** 30;
/** Factor on the tolerance on a GPU, where both sides multiply with 10 bits of mantissa (TF32). */
const TENSOR_FLOAT = 100;

export function stepSpec(
  setting: BenchSetting,
  crop: Size3,
  batch: number,
  more: { width?: number; recompute?: boolean } = {},
): StepSpec {
  const size: { crop: Size3; width: number } = setting.quick
    ? { crop: [32, 32, 32], width: 1 / 16 }
    : { crop, width: 1 };
  return { work: 'step', ...size, batch, ...TRAINING, ...more };
}

export const sizeText = (size: readonly number[]): string => size.join(' x ');

export interface Compared {
  ours: number;
  peer: number | null;
  turns: Turns;
  gpu: boolean;
}

/**
 * Opens both sides, runs them in turns, and closes them.
 * @throws UserError if their first values differ by more than `tolerance`
 */
export async function compare(
  setting: BenchSetting,
  spec: WorkSpec,
  { rounds, warmUp, tolerance }: { rounds: number; warmUp: number; tolerance: number },
): Promise<Compared> {
  const ours = await setting.openOurs(spec, setting.env);
  let peer: Partner | undefined;
  try {
    peer = await setting.openPeer?.(spec, ours.gpu ? 'cuda' : 'cpu', setting.env);
    const turns = await takeTurns(ours, peer, { rounds, warmUp });
    const [mine, theirs] = [turns.ours[0].value, turns.peer[0]?.value];
    if (mine !== null && theirs !== undefined && theirs !== null) {
      const off = Math.abs(mine - theirs) / Math.abs(theirs);
      if (!(off <= (ours.gpu ? TENSOR_FLOAT : 1) * tolerance)) {
        throw new UserError(
          `${JSON.stringify(spec)}: ours gives ${mine}, the peer ${theirs}; times of different work can't be compared`,
          { code: 'MISMATCH', field: 'value', value: mine },
        );
      }
      setting.tell(
        `  same value on both sides: ${theirs.toPrecision(8)}, ${off.toExponential(1)} apart`,
      );
    }
    return {
      ours: medianSeconds(turns.ours, warmUp),
      peer: peer ? medianSeconds(turns.peer, warmUp) : null,
      turns,
      gpu: ours.gpu,
    };
  } finally {
    ours.close();
    peer?.close();
  }
}

const ratioOf = (ours: number, peer: number | null): number | null => (peer ? ours / peer : null);

/** A row with a goal of its ratio, or none. */
function againstPeer(
  work: string,
  ours: number,
  peer: number | null,
  unit: string,
  goal: number | null,
): BenchRow {
  return { work, ours, peer, unit, ratio: ratioOf(ours, peer), goal: peer === null ? null : goal };
}

/** A training step's time and, on a processor, peak memory. */
export function timeAndPeak(
  at: string,
  compared: Compared,
  { rounds, warmUp }: { rounds: number; warmUp: number },
  goals: { time: number; memory: number | null },
): BenchRow[] {
  const time = timeRow(`training step, ${at}`, compared, goals.time);
  // The size of the process doesn't include the GPU's memory.
  if (compared.gpu) return [time];
  const peakOf = (answers: Turns['ours']): number => (answers.at(-1)?.peakBytes ?? NaN) / GIB;
  const { turns } = compared;
  const [ours, peer] = [peakOf(turns.ours), compared.peer === null ? null : peakOf(turns.peer)];
  const work = `peak memory of ${rounds + warmUp} steps, ${at}`;
  return [time, againstPeer(work, ours, peer, 'GiB', goals.memory)];
}

export function timeRow(work: string, { ours, peer }: Compared, goal: number): BenchRow {
  return againstPeer(work, ours, peer, 's', goal);
}
