/** One cache folder, written by many processes at once, as by the jobs of a cluster. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../fixtures/prepared';

const WRITERS = 50;
/** Of them, killed with -9 at some moment. */
const KILLED = 5;

const text = (value: unknown): string => JSON.stringify(value);
const room = (...path: string[]): string => text(join(__dirname, '..', '..', ...path));

/** Makes a set of phantoms and prepares its cases, where they are missing; prints a hash of all that it reads. */
const writer = (cache: string): string => `
  const { createHash } = require('node:crypto');
  const { madeAnatomy } = require(${room('checks', 'fixtures', 'phantom.js')});
  const { ensurePhantom } = require(${room('datasets', 'phantom')});
  const { findCases } = require(${room('datasets', 'brats')});
  const { openPrepared } = require(${room('loading', 'prepared')});
  const settings = { cases: 3, testCases: 1, size: [48, 48, 32], workers: 1 };
  (async () => {
    const anatomy = madeAnatomy();
    const folder = await ensurePhantom({ ...settings, anatomy, cacheDirectory: ${text(cache)} });
    const prepared = openPrepared(findCases(folder), { folder: ${text(join(cache, 'prepared'))} });
    const hash = createHash('sha256');
    for (const name of prepared.names) {
      const { images, regions } = await prepared.whole(name);
      for (const array of [images, regions]) hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    }
    process.stdout.write(hash.digest('hex'));
  })();`;

interface Ended {
  code: number | null;
  output: string;
}

function start(cache: string, killAfterMs?: number): Promise<Ended> {
  const child = spawn(process.execPath, ['-e', writer(cache)]);
  if (killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

test(`${WRITERS} processes fill one cache, some are killed, and all that end have read the same`, async (t) => {
  const root = temporaryFolder(t);
  const alone = await start(join(root, 'alone'));
  assert.equal(alone.code, 0, alone.output);
  const cache = join(root, 'shared');
  const all = await Promise.all(
    Array.from({ length: WRITERS }, (_, i) =>
      start(cache, i % (WRITERS / KILLED) === 0 ? 1000 + 300 * i : undefined),
    ),
  );
  const ended = all.filter(({ code }) => code !== null);
  assert.ok(ended.length >= WRITERS - KILLED);
  for (const { code, output } of ended) {
    assert.deepEqual({ code, output }, { code: 0, output: alone.output });
  }
  // After kills, the next one finds a sound cache.
  assert.deepEqual(await start(cache), { code: 0, output: alone.output });
  const prepared = readdirSync(join(cache, 'prepared')).filter((name) =>
    name.endsWith('.prepared'),
  );
  assert.equal(prepared.length, 3);
});
