import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { pythonWithNumpy } from '../../checks/fixtures/numpy';
import { temporaryFolder } from '../../checks/fixtures/prepared';
import { sha256 } from '../../base/sha256';
import { encodeWav } from '../../formats/wav';
import { completePairs, loadAvMnist } from './avmnist';
import { exportAvMnist } from './export';
import { fsddChecksums } from './fsdd';
import { mfcc } from './mfcc';

/** Reads the .npz as the README says, and prints what the tests compare. */
const SCRIPT = `
import hashlib, json, sys, numpy as np
d = np.load(sys.argv[1])
at = [int(p) for p in sys.argv[2].split(',')]
s = d['waveform_starts']
h = lambda a: hashlib.sha256(np.ascontiguousarray(a).tobytes()).hexdigest()
print(json.dumps({
  'shapes': {k: [str(d[k].dtype)] + list(d[k].shape) for k in d.files},
  'labels': h(d['labels']), 'images': h(((d['images'].astype('f8') / 255 - 0.5) / 0.5).astype('f4')),
  'mfcc': h((2 * d['mfcc'].astype('f8') - 1).astype('f4')),
  'pairs': [[str(d[k][p]) for k in ('split', 'image_files', 'recording_files')] for p in at],
  'waves': [d['waveforms'][s[p]:s[p + 1]].tolist() for p in at],
  'rates': d['rates'].tolist(), 'seeds': d['seeds'].tolist(),
  'complete': [np.flatnonzero(d[k][r, n]).tolist() for k in ('complete_if_speech_scarce', 'complete_if_image_scarce') for r, n in ((0, 0), (3, 7))],
}))`;

/** Tones under the names of the synthetic speech, in its cache: they are made faster than speech. */
async function tonesAsSynthetic(cacheDirectory: string): Promise<void> {
  const archive = pack();
  for (const speaker of ['american', 'british', 'caribbean']) {
    for (let i = 0; i < 500; i++) {
      const tone = Float32Array.from(
        { length: 900 },
        (_, n) => 0.3 * Math.sin((n * (i + 20)) / 300),
      );
      archive.entry(
        { name: `${Math.floor(i / 50)}_${speaker}_${i % 50}.wav` },
        encodeWav(tone, 8000),
      );
    }
  }
  archive.finalize();
  const bytes = gzipSync(await buffer(archive));
  writeFileSync(path.join(cacheDirectory, 'synthetic-speech-1.tar.gz'), bytes);
}

interface Found {
  shapes: Record<string, [string, ...number[]]>;
  labels: string;
  images: string;
  mfcc: string;
  pairs: string[][];
  waves: number[][];
  rates: number[];
  seeds: number[];
  complete: number[][];
}

/** What a program in numpy finds in the file; undefined where there is none. */
function readBack(t: TestContext, folder: string, pairs: readonly number[]): Found | undefined {
  const python = pythonWithNumpy(t);
  if (!python) return undefined;
  const args = ['-c', SCRIPT, path.join(folder, 'av-mnist.npz'), pairs.join(',')];
  const { stdout, stderr, status } = spawnSync(python, args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Found;
}

function read(folder: string, name: string): string {
  return readFileSync(path.join(folder, name), 'utf8');
}

function requireOwnChecksums(folder: string): void {
  const sums = read(folder, 'SHA256SUMS').trimEnd().split('\n');
  const names = sums.map((line) => line.slice(66));
  assert.deepEqual([...names, 'SHA256SUMS'].sort(), readdirSync(folder).sort());
  for (const line of sums)
    assert.equal(line.slice(0, 64), sha256(readFileSync(path.join(folder, line.slice(66)))), line);
}

test('the real pairs: arrays, draws, names and sources, as a program in numpy reads them', async (t) => {
  if (!process.env.MCKD_DATA)
    return t.skip('set MCKD_DATA to the Free Spoken Digit Dataset to run this');
  const folder = path.join(temporaryFolder(t), 'new');
  const data = await loadAvMnist();
  const exported = await exportAvMnist(folder);
  assert.deepEqual(
    [exported.pairs, exported.provenance, exported.sha256],
    [1500, data.provenance, data.sha256],
  );
  assert.equal(data.provenance, 'real');
  requireOwnChecksums(folder);
  const again = path.join(temporaryFolder(t), 'again');
  await exportAvMnist(again);
  assert.equal(read(again, 'SHA256SUMS'), read(folder, 'SHA256SUMS'), 'the same bytes');

  const draw = (seed: number, rate: number, scarce: 'speech' | 'image'): number[] =>
    completePairs(data.train, { scarce, rate, seed }).flatMap((kept, p) => (kept ? [p] : []));
  const lines = read(folder, 'pairs.csv')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  const [titles, ...rows] = lines;
  assert.equal(rows.length, 1500);
  assert.ok(rows.every((row) => row.length === titles.length));
  const column = (title: string): string[] => rows.map((row) => row[titles.indexOf(title)]);
  const seven = column('complete_if_speech_scarce_0.2').flatMap((seeds, p) =>
    seeds.split(' ').includes('7') ? [p] : [],
  );
  assert.deepEqual(seven, draw(7, 0.2, 'speech'));
  assert.deepEqual(
    column('recording_file').slice(1050),
    data.test.recordings.map((name) => `${name}.wav`),
  );
  assert.equal(column('recording_sha256')[0], fsddChecksums().get('0_jackson_15.wav'));
  assert.match(read(folder, 'LICENCES.md'), /CC BY-SA 3\.0[^]*CC BY-SA 4\.0/);
  assert.doesNotMatch(read(folder, 'README.md'), /synthetic/i);

  const found = readBack(t, folder, [0, 1499]);
  if (!found) return;
  assert.deepEqual(found.shapes.images, ['uint8', 1500, 28, 28]);
  assert.deepEqual(found.shapes.mfcc, ['float32', 1500, 20, 20]);
  assert.deepEqual(found.shapes.complete_if_image_scarce, ['bool', 4, 10, 1050]);
  const both = <T extends Uint8Array | Float32Array>(of: (part: 'train' | 'test') => T): string =>
    sha256(Buffer.concat([of('train'), of('test')].map(({ buffer }) => Buffer.from(buffer))));
  assert.equal(
    found.labels,
    both((part) => data[part].digits),
  );
  assert.equal(
    found.images,
    both((part) => data[part].images),
  );
  assert.equal(
    found.mfcc,
    both((part) => data[part].speech),
  );
  assert.deepEqual(found.pairs, [
    ['train', 'train/1.png', '0_jackson_15.wav'],
    ['test', `test/${data.test.imageIndices[449]}.png`, '9_theo_9.wav'],
  ]);
  assert.deepEqual(
    [found.rates, found.seeds],
    [
      [0.05, 0.1, 0.15, 0.2],
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    ],
  );
  assert.deepEqual(found.complete, [
    draw(0, 0.05, 'speech'),
    draw(7, 0.2, 'speech'),
    draw(0, 0.05, 'image'),
    draw(7, 0.2, 'image'),
  ]);
  // From the samples alone: the MFCC of the last pair.
  const samples = Float32Array.from(found.waves[1], (value) => value / 32768);
  const speech = data.test.speech.subarray(449 * 400);
  assert.deepEqual(
    Float32Array.from(mfcc(samples), (value) => 2 * value - 1),
    speech,
  );
});

test('a folder with other files is refused, before anything is read or written', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(path.join(folder, 'notes.txt'), 'mine');
  await assert.rejects(exportAvMnist(folder, { dataDirectory: '/nowhere' }), {
    code: 'EXISTS',
    message: /other files than an export \(notes\.txt\)/,
  });
  assert.deepEqual(readdirSync(folder), ['notes.txt']);
});

test('without recordings the speech is synthetic, and README and metadata say so', async (t) => {
  const [empty, cacheDirectory] = [temporaryFolder(t), temporaryFolder(t)];
  const folder = path.join(temporaryFolder(t), 'synthetic');
  mkdirSync(folder);
  await tonesAsSynthetic(cacheDirectory);
  const exported = await exportAvMnist(folder, { dataDirectory: empty, cacheDirectory });
  assert.equal(exported.provenance, 'synthetic');
  requireOwnChecksums(folder);
  assert.match(read(folder, 'README.md'), /\*\*SYNTHETIC SPEECH\.\*\*/);
  const { provenance, protocol, sources } = JSON.parse(read(folder, 'metadata.json')) as Record<
    'provenance' | 'protocol',
    string
  > & { sources: { id: string }[] };
  assert.deepEqual([provenance, protocol], ['synthetic', 'av-mnist-synthetic-speech']);
  assert.deepEqual(
    sources.map(({ id }) => id),
    ['mnist', 'espeak-ng', 'smil-split'],
  );
  assert.match(read(folder, 'LICENCES.md'), /eSpeak NG/);
  assert.doesNotMatch(read(folder, 'LICENCES.md'), /Free Spoken/);
});
