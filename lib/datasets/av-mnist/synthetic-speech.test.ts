import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { defaultCacheDirectory } from '../../base/cache';
import { sha256 } from '../../base/sha256';
import { parseRecordingName } from './fsdd';
import { loadSyntheticRecordings, speakDigits } from './synthetic-speech';
import { readWav } from '../../formats/wav';

let espeak: string | undefined;
try {
  espeak = require.resolve('espeak-ng');
} catch {
  // An optional dependency.
}
const absent = 'install the optional npm package espeak-ng to run this';

test('every voice speaks every digit, differently each time and the same on each run', async (t) => {
  if (!espeak) return t.skip(absent);
  const wavs = await speakDigits(espeak, 2);
  assert.equal(wavs.size, 3 * 2 * 10);
  assert.equal(new Set([...wavs.values()].map(sha256)).size, wavs.size);
  for (const [name, wav] of wavs) {
    assert.ok(parseRecordingName(name), name);
    const { samples } = readWav(wav, name);
    const seconds = samples.length / 8000;
    assert.ok(seconds > 0.1 && seconds < 1, `${name}: ${seconds} s`);
    assert.ok(Math.max(...samples) > 0.1, `${name} can be heard`);
  }
  const again = await speakDigits(espeak, 1);
  for (const [name, wav] of again) assert.ok(wavs.get(name)?.equals(wav), name);
});

test('without eSpeak NG the error names both fixes', async (t) => {
  const cacheDirectory = await mkdtemp(path.join(os.tmpdir(), 'mckd-speech-'));
  t.after(() => rm(cacheDirectory, { recursive: true }));
  // A damaged cache is not read in part; with a path that holds no eSpeak NG, making it again fails.
  await writeFile(path.join(cacheDirectory, 'synthetic-speech-1.tar.gz'), 'damaged');
  await assert.rejects(
    loadSyntheticRecordings({ cacheDirectory, espeak: path.join(cacheDirectory, 'none.js') }),
    /eSpeak NG \(.*none\.js\) ended with status 1 .*npm run data -- av-mnist/,
  );
});

test('the whole default set: 1,500 different recordings, from the cache the second time', async (t) => {
  if (!espeak) return t.skip(absent);
  // The user's own cache, so that the half minute is spent once on a machine.
  const { recordings } = await loadSyntheticRecordings({ cacheDirectory: defaultCacheDirectory() });
  assert.equal(recordings.length, 1500);
  assert.equal(new Set(recordings.map((r) => r.sha256)).size, 1500);
  const second = await loadSyntheticRecordings({ cacheDirectory: defaultCacheDirectory() });
  assert.deepEqual(
    second.recordings.map((r) => r.sha256),
    recordings.map((r) => r.sha256),
  );
  assert.equal(recordings[0].name, '0_american_0');
});
