/** Judges the reading of one input. Pure. */
import { inspect, isDeepStrictEqual } from 'node:util';
import { UserError } from '../../base/errors';
import {
  FUZZ_LIMITS,
  type Attempt,
  type FuzzLimits,
  type FuzzTarget,
  type Judgement,
} from './types';

export interface Evidence {
  attempt: Attempt;
  /** Paths of the files that were read; an error names one of them. */
  files: readonly string[];
  /** The content of the bytes by the target's own decoder; undefined if invalid. */
  expected: unknown;
  /** The content that a checksum guarantees. */
  same?: { expected: unknown };
}

/** Time and memory are judged first: an error that took a gigabyte is not acceptable. */
export function judge(
  { names }: Pick<FuzzTarget, 'names'>,
  { attempt, files, expected, same }: Evidence,
  limits: FuzzLimits = FUZZ_LIMITS,
): Judgement {
  const { thrown, returned, cpuSeconds, peakMiB } = attempt;
  const failed = thrown !== undefined;
  const refused = failed && expected !== undefined;
  const say = (verdict: Judgement['verdict'], detail: string): Judgement => ({
    verdict,
    detail: detail.replace(/\s+/g, ' ').slice(0, 300),
    refused,
  });
  if (cpuSeconds > limits.cpuSeconds) return say('hang', `${cpuSeconds.toFixed(2)} s of CPU time`);
  if (peakMiB > limits.memoryMiB) return say('memory', `${peakMiB.toFixed(0)} MiB`);
  if (failed) {
    if (!(thrown instanceof UserError)) {
      return say(
        'crash',
        thrown instanceof Error ? (thrown.stack ?? thrown.message) : inspect(thrown),
      );
    }
    const named =
      names === 'file'
        ? files.some((file) => thrown.message.includes(file))
        : Boolean(thrown.details.field);
    return say(named ? 'error' : 'unnamed', thrown.message);
  }
  if (expected === undefined) return say('wrong', 'data from a file that holds none');
  if (!isDeepStrictEqual(returned, expected)) return say('wrong', difference(returned, expected));
  if (same && !isDeepStrictEqual(returned, same.expected)) {
    return say('wrong', `past its checksum: ${difference(returned, same.expected)}`);
  }
  return say('exact', '');
}

/** The first difference between two values. */
function difference(is: unknown, should: unknown, path = ''): string {
  const inside = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null;
  if (inside(is) && inside(should)) {
    const keys = new Set([...Object.keys(is), ...Object.keys(should)]);
    for (const key of keys) {
      if (!isDeepStrictEqual(is[key], should[key])) {
        return difference(is[key], should[key], `${path}.${key}`);
      }
    }
  }
  const show = (value: unknown): string =>
    typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : String(value).slice(0, 60);
  return `${path || 'the data'}: ${show(is)} and should be ${show(should)}`;
}
