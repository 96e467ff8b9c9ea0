/** Training pairs that a run trains on, pairs that it holds out, and which of them keep the scarce modality. */
import { UserError } from '../base/errors';
import type { RandomStream } from '../base/random';

/** Indices into the 1,050 training pairs. */
export interface TrainingSplit {
  /** Pairs that the network is trained on. */
  train: number[];
  /** Held-out pairs: for the meta step and for choosing the epoch. */
  heldOut: number[];
  /** complete[p]: whether pair p keeps the scarce modality. */
  complete: boolean[];
}

/**
 * Holds out a share of each digit's pairs, taken in proportion from the complete and the incomplete
 * ones (at least one complete pair per digit, for the meta step). So
 * the held-out pairs are part of the published rate: no recording beyond it is ever used.
 *
 * @param digits class of each training pair
 * @param complete complete[p]: whether pair p keeps the scarce modality at this rate
 */
export function splitTraining(
  digits: ArrayLike<number>,
  complete: boolean[],
  heldOutShare: number,
  stream: RandomStream,
): TrainingSplit {
  const heldOut: number[] = [];
  for (const digit of new Set(Array.from(digits))) {
    const pairs = complete.map((_, p) => p).filter((p) => digits[p] === digit);
    const full = stream.shuffle(pairs.filter((p) => complete[p]));
    const rest = stream.shuffle(pairs.filter((p) => !complete[p]));
    const total = Math.round(heldOutShare * pairs.length);
    const fromFull = Math.min(total, Math.max(1, Math.round(heldOutShare * full.length)));
    if (fromFull >= full.length) {
      throw new UserError(
        `heldOutShare ${heldOutShare} leaves no complete training pair of digit ${digit} (it has ${full.length}); ` +
          'lower heldOutShare or raise the rate',
        { code: 'BAD_VALUE', field: 'avMnist.heldOutShare', value: heldOutShare },
      );
    }
    heldOut.push(...full.slice(0, fromFull), ...rest.slice(0, total - fromFull));
  }
  const held = new Set(heldOut);
  return { train: complete.map((_, p) => p).filter((p) => !held.has(p)), heldOut, complete };
}

/**
 * One epoch's batches: shuffled, with the complete pairs spread evenly, since a batch without any
 * cannot distil. The last batch may be smaller; a single remaining pair joins the batch before it.
 */
export function epochBatches(
  split: TrainingSplit,
  batchSize: number,
  stream: RandomStream,
): number[][] {
  const place = (pairs: number[]): { pair: number; at: number }[] =>
    stream.shuffle(pairs).map((pair, i) => ({ pair, at: (i + 0.5) / pairs.length }));
  const placed = [
    ...place(split.train.filter((p) => split.complete[p])),
    ...place(split.train.filter((p) => !split.complete[p])),
  ].sort((a, b) => a.at - b.at);
  const batches: number[][] = [];
  for (let start = 0; start < placed.length; start += batchSize) {
    batches.push(placed.slice(start, start + batchSize).map(({ pair }) => pair));
  }
  if (batches.length > 1 && batches[batches.length - 1].length === 1) {
    const last = batches.pop() as number[];
    batches[batches.length - 1].push(...last);
  }
  return batches;
}
