/** A least-recently-used cache, limited in bytes. */

export interface Recent<T> {
  get(name: string): T | undefined;
  /** Adds it, and evicts the least recently used; does nothing if it is too large alone. */
  put(name: string, value: T, bytes: number): void;
}

export function recent<T>(mostBytes: number): Recent<T> {
  // A Map keeps the order of insertion, so the first entry is the least recently used.
  const kept = new Map<string, { value: T; bytes: number }>();
  let held = 0;
  const drop = (name: string): void => {
    held -= kept.get(name)?.bytes ?? 0;
    kept.delete(name);
  };
  return {
    get(name) {
      const found = kept.get(name);
      if (!found) return undefined;
      kept.delete(name);
      kept.set(name, found);
      return found.value;
    },
    put(name, value, bytes) {
      drop(name);
      if (bytes > mostBytes) return;
      for (const oldest of kept.keys()) {
        if (held + bytes <= mostBytes) break;
        drop(oldest);
      }
      kept.set(name, { value, bytes });
      held += bytes;
    },
  };
}
