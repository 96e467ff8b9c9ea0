/** Where files lie that are committed beside the sources. */
import { join } from 'node:path';

/** `lib`, seen from lib/dist/base. */
const LIB = join(__dirname, '..', '..');

/** A file or folder of `lib`, such as `shippedFile('recorded', 'parity.json')`. */
export function shippedFile(...parts: readonly string[]): string {
  return join(LIB, ...parts);
}

/** The kit's own folder, which holds `lib`. */
export const KIT_ROOT = join(LIB, '..');
