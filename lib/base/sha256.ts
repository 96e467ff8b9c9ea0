/** The hash that identifies files and settings. */
import { createHash } from 'node:crypto';

/** sha256 in hex. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
