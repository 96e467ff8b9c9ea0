/**
 * SHA-256 of files' contents, cached by path, size and modification time: reading every image of a
 * data set again at each start would take minutes.
 */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../base/errors';
import { writeFileAtomic } from '../../base/atomic-write';

export interface ContentHashes {
  /**
   * SHA-256 of a file's content, in hex.
   * @throws UserError when it can't be read
   */
  of(file: string): Promise<string>;
  /** Adds new hashes to the index; those that another process added meanwhile are kept. */
  save(): void;
}

const entrySchema = z.strictObject({
  size: z.string(),
  /** Nanoseconds. */
  changed: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
const indexSchema = z.strictObject({
  format: z.literal('mckd-content-hashes-1'),
  files: z.record(z.string(), entrySchema),
});
type Entry = z.infer<typeof entrySchema>;

/** A file changed just now could change again within the clock's resolution, at the same size. */
const SETTLED_MS = 2000;
/** The oldest entries are evicted: enough for several data sets of 335 cases x 5 files. */
const MOST_ENTRIES = 20_000;

/** The hashes of an index file; a missing or broken one counts as empty. */
export function contentHashes(indexFile: string): ContentHashes {
  const known = readIndex(indexFile);
  const fresh = new Map<string, Entry>();
  return {
    async of(file) {
      const path = resolve(file);
      try {
        const facts = await stat(path, { bigint: true });
        const entry = known.get(path);
        if (entry && sameFile(entry, facts)) return entry.sha256;
        const sha256 = await hash(path);
        const settled = Date.now() - Number(facts.mtimeMs) > SETTLED_MS;
        const after = await stat(path, { bigint: true });
        const made = { size: String(facts.size), changed: String(facts.mtimeNs), sha256 };
        if (settled && sameFile(made, after)) {
          known.set(path, made);
          fresh.set(path, made);
        }
        return sha256;
      } catch (cause) {
        throw new UserError(
          `${file} can't be read (${(cause as Error).message}); check the path`,
          { code: 'CANNOT_READ', file },
          { cause },
        );
      }
    },
    save() {
      if (fresh.size === 0) return;
      const merged = readIndex(indexFile);
      for (const [path, entry] of fresh) {
        merged.delete(path);
        merged.set(path, entry);
      }
      fresh.clear();
      const files = Object.fromEntries([...merged].slice(-MOST_ENTRIES));
      const index: z.infer<typeof indexSchema> = { format: 'mckd-content-hashes-1', files };
      writeFileAtomic(indexFile, JSON.stringify(index));
    },
  };
}

function sameFile({ size, changed }: Entry, facts: BigIntStats): boolean {
  return size === String(facts.size) && changed === String(facts.mtimeNs);
}

function readIndex(file: string): Map<string, Entry> {
  try {
    const { files } = indexSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return new Map(Object.entries(files));
  } catch {
    return new Map();
  }
}

async function hash(file: string): Promise<string> {
  const sum = createHash('sha256');
  for await (const part of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    sum.update(part as Buffer);
  }
  return sum.digest('hex');
}
