/** Memory of this process: what it holds, and its peak since the last reset. */
import { readFileSync, writeFileSync } from 'node:fs';
import { collectGarbage } from './garbage';

/**
 * Resets the peak. Only Linux can; elsewhere the peak is that of the process's whole life, and
 * the measurement is an upper bound.
 */
export function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // The peak stays.
  }
}

/** Peak resident MiB. */
export function peakMiB(): number {
  try {
    const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    if (kibibytes !== undefined) return Number(kibibytes) / 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS / 1024;
}

/** Resident MiB after garbage collection of this thread. */
export function heldMiB(): number {
  collectGarbage();
  return process.memoryUsage.rss() / 1024 / 1024;
}
