/** The folder of downloads and synthetic speech, outside the project. */
import os from 'node:os';
import path from 'node:path';

/** `MCKD_CACHE`, else `$XDG_CACHE_HOME/mckd-kit`, else `~/.cache/mckd-kit`. */
export function defaultCacheDirectory(): string {
  const own = process.env.MCKD_CACHE;
  if (own) return path.resolve(own);
  const shared = process.env.XDG_CACHE_HOME;
  // The XDG rule: a relative path there is to be ignored.
  const base = shared && path.isAbsolute(shared) ? shared : path.join(os.homedir(), '.cache');
  return path.join(base, 'mckd-kit');
}
