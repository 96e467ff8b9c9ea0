/**
 * The one way to hash settings and everything else that a run depends on. By hand: nine lines, and the text must stay the
 * same for ever (fast-json-stable-stringify differs for a bare undefined, and had its last release in 2019).
 */
import { sha256 } from './sha256';

/** JSON with sorted keys: equal values have equal text, whatever the order of their keys; undefined counts as absent. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}

/** SHA-256 of a value's canonical text. */
export function canonicalSha256(value: unknown): string {
  return sha256(canonical(value));
}
