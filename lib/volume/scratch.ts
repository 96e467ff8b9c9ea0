/**
 * Memory for intermediate results that is used again. Volumes made and dropped for every crop would cost more in
 * garbage collection than most of what is computed in them.
 */

/** Above this many numbers (16 MiB) memory is made anew: keeping it would cost more than it saves. */
const MOST_KEPT = 2 ** 21;

/** An array of this length, which holds anything: the same memory at each call. */
export type Scratch = (length: number) => Float64Array;

export function openScratch(): Scratch {
  let kept = new Float64Array(0);
  return (length) => {
    if (length > MOST_KEPT) return new Float64Array(length);
    if (kept.length < length) kept = new Float64Array(length);
    return kept.subarray(0, length);
  };
}
