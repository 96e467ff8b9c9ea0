/** How much memory this process held at most since it last asked. */
import { readFileSync, writeFileSync } from 'node:fs';
import { collectGarbage } from '../../base/garbage';

/**
 * Forgets the peak so far. Linux can do that; elsewhere the peak is that of the process's whole life, and
 * what is measured is too much rather than too little.
 */
export function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // The peak stays.
  }
}

/** MiB that were resident at most. */
export function peakMiB(): number {
  try {
    const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    if (kibibytes !== undefined) return Number(kibibytes) / 1024;
  } catch {
    // No Linux.
  }
  return process.resourceUsage().maxRSS / 1024;
}

/** MiB that are resident once this thread's garbage is collected. */
export function heldMiB(): number {
  collectGarbage();
  return process.memoryUsage.rss() / 1024 / 1024;
}
