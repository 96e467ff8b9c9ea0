import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { pack } from 'tar-stream';
import { UserError } from '../../base/errors';
import { sha256 } from '../../base/sha256';
import { readArchive } from '../../formats/archive';
import { loadAvMnist } from './avmnist';
import { fsddChecksums } from './fsdd';
import { downloadFolder, loadRecordings, searchNote, searchRecordings } from './recordings';
import { encodeWav } from '../../formats/wav';

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mckd-recordings-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function archiveOf(files: Record<string, Buffer>): Promise<Buffer> {
  const archive = pack();
  for (const [name, bytes] of Object.entries(files)) archive.entry({ name }, bytes);
  archive.finalize();
  return buffer(archive);
}

/** The error's message; fails if it is no UserError. */
async function sentence(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => assert.fail('no error'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof UserError, String(error));
  return error.message;
}

const sound = encodeWav(new Float32Array(100).fill(0.1), 8000);

test('the list names the 1,500 recordings', () => {
  const names = [...fsddChecksums().keys()];
  assert.equal(names.length, 1500);
  assert.deepEqual(names, [...names].sort());
  assert.ok([...fsddChecksums().values()].every((hex) => /^[0-9a-f]{64}$/.test(hex)));
  assert.equal(new Set(fsddChecksums().values()).size, 1500);
});

test('recordings are found in folders and archives, at some depth, folders first', async (t) => {
  const root = await temporaryFolder(t);
  assert.equal(searchRecordings(root).place, undefined);
  await mkdir(path.join(root, 'a', 'b'), { recursive: true });
  await writeFile(path.join(root, 'other.tar.gz'), '');
  const other = path.join(root, 'other.tar.gz');
  assert.deepEqual(searchRecordings(root), { otherArchives: [other] });
  assert.match(searchNote(searchRecordings(root)), /not searched, .* in the name: other\.tar\.gz/);
  const archive = path.join(root, 'a', 'fsdd-v1.0.8.tar.gz');
  await writeFile(archive, '');
  assert.deepEqual(searchRecordings(root).place, { kind: 'archive', path: archive });
  assert.deepEqual(searchRecordings(archive).place, { kind: 'archive', path: archive });
  await writeFile(path.join(root, 'a', '7_theo_3.wav'), sound);
  assert.deepEqual(searchRecordings(root).place, { kind: 'folder', path: path.join(root, 'a') });
});

test('an archive as GitHub packs it is read, and a folder that is linked', async (t) => {
  const root = await temporaryFolder(t);
  const archive = path.join(root, 'free-spoken-digit-dataset-master.zip');
  const inside = 'free-spoken-digit-dataset-master/recordings';
  await writeFile(archive, zipSync({ [`${inside}/0_jackson_0.wav`]: sound }));
  for (const dataDirectory of [root, archive]) {
    assert.deepEqual(searchRecordings(dataDirectory).place, { kind: 'archive', path: archive });
    assert.match(
      await sentence(loadRecordings({ dataDirectory })),
      /0_jackson_0\.wav in .*-master\.zip: its sha256 is/,
    );
  }
  const elsewhere = await temporaryFolder(t);
  await writeFile(path.join(elsewhere, '7_theo_3.wav'), sound);
  await symlink(elsewhere, path.join(root, 'link'));
  await rm(archive);
  assert.deepEqual(searchRecordings(root).place, { kind: 'folder', path: path.join(root, 'link') });
});

test('other speakers alone, more takes, and what macOS adds are no published recordings', async (t) => {
  const root = await temporaryFolder(t);
  const others = ['0_george_0.wav', '6_jackson_50.wav', '._0_jackson_0.wav', '.DS_Store'];
  for (const name of others) await writeFile(path.join(root, name), sound);
  assert.equal(searchRecordings(root).place, undefined);
  const entries = Object.fromEntries(
    ['fsdd/', '__MACOSX/fsdd/._'].flatMap((before) =>
      others.map((name) => [`${before}${name}`, sound]),
    ),
  );
  for (const [name, bytes] of [
    ['fsdd.zip', zipSync(entries)],
    ['fsdd.tar', await archiveOf(entries)],
  ] as const) {
    const file = path.join(root, name);
    await writeFile(file, bytes);
    assert.match(
      await sentence(loadRecordings({ dataDirectory: file })),
      /0_jackson_0\.wav is missing \(it holds 0 of 1500\)/,
    );
  }
});

test('a data directory that does not exist, or is no archive, is an error', async (t) => {
  const root = await temporaryFolder(t);
  const absent = path.join(root, 'absent');
  assert.match(
    await sentence(loadRecordings({ dataDirectory: absent })),
    /absent does not exist; set MCKD_DATA/,
  );
  const text = path.join(root, 'notes.txt');
  await writeFile(text, 'x');
  assert.match(await sentence(loadRecordings({ dataDirectory: text })), /notes\.txt is neither/);
});

test('a wrong and a missing recording are errors that name the file', async (t) => {
  const root = await temporaryFolder(t);
  await writeFile(path.join(root, '0_jackson_0.wav'), sound);
  assert.match(
    await sentence(loadRecordings({ dataDirectory: root })),
    new RegExp(`0_jackson_0\\.wav: its sha256 is ${sha256(sound)} and should be [0-9a-f]{64}`),
  );
  await rm(path.join(root, '0_jackson_0.wav'));
  await writeFile(path.join(root, '9_theo_9.wav'), sound);
  assert.match(
    await sentence(loadRecordings({ dataDirectory: root })),
    /0_jackson_0\.wav is missing/,
  );
});

test('an archive with a wrong recording, without recordings, or broken is an error', async (t) => {
  const root = await temporaryFolder(t);
  const file = path.join(root, 'fsdd.tar.gz');
  const load = async (bytes: Buffer): Promise<string> => {
    await writeFile(file, bytes);
    const message = await sentence(loadRecordings({ dataDirectory: root }));
    assert.match(message, /fsdd\.tar\.gz/);
    return message;
  };
  const wrong = await archiveOf({ 'fsdd/recordings/0_jackson_0.wav': sound });
  assert.match(await load(gzipSync(wrong)), /0_jackson_0\.wav in .*its sha256 is/);
  assert.match(await load(wrong), /0_jackson_0\.wav in .*its sha256 is/, 'also without gzip');
  const empty = await archiveOf({ 'README.md': Buffer.from('x') });
  assert.match(await load(gzipSync(empty)), /0_jackson_0\.wav is missing \(it holds 0 of 1500\)/);
  assert.match(await load(gzipSync(wrong).subarray(0, 100)), /not a whole .*unexpected end/);
  assert.match(await load(wrong.subarray(0, 600)), /not a whole/, 'cut off inside a recording');
  assert.match(await load(Buffer.from('no archive at all')), /not a whole/);
  const flipped = gzipSync(empty);
  flipped[flipped.length - 6] ^= 0xff;
  assert.match(await load(flipped), /not a whole .*incorrect data check/);
});

test('an archive that unpacks to too much stops at the limit', async () => {
  const bomb = gzipSync(await archiveOf({ '0_jackson_0.wav': Buffer.alloc(3_000_000) }));
  assert.ok(bomb.length < 10_000);
  const read = (limits: object): Promise<string> =>
    sentence(
      readArchive(
        Readable.from([bomb]),
        'bomb.tar.gz',
        () => true,
        () => undefined,
        limits,
      ),
    );
  assert.match(await read({}), /bomb\.tar\.gz: the size of 0_jackson_0\.wav is 3000000, over/);
  assert.match(
    await read({ fileBytes: 1e7, unpackedBytes: 1e6 }),
    /the unpacked size in bytes is \d+, over the limit of 1000000/,
  );
  assert.match(await read({ entries: 0 }), /the number of entries is 1, over the limit of 0/);
});

test('an unfinished download is an error, not a silent change to synthetic speech', async (t) => {
  const cacheDirectory = await temporaryFolder(t);
  const dataDirectory = await temporaryFolder(t);
  await mkdir(downloadFolder(cacheDirectory));
  await writeFile(path.join(downloadFolder(cacheDirectory), '0_jackson_0.wav'), sound);
  assert.match(
    await sentence(loadRecordings({ dataDirectory, cacheDirectory })),
    /holds 1 of 1500 recordings, an unfinished download; finish it with `npm run data -- av-mnist`/,
  );
});

test('the published recordings are read whole, from the archive and from a folder', async (t) => {
  if (!process.env.MCKD_DATA) {
    return t.skip('set MCKD_DATA to the Free Spoken Digit Dataset to run this');
  }
  const { recordings, provenance } = await loadRecordings();
  assert.equal(provenance, 'real');
  assert.equal(recordings.length, 1500);
  for (const recording of recordings) {
    assert.equal(recording.sampleRate, 8000);
    assert.equal(fsddChecksums().get(`${recording.name}.wav`), recording.sha256);
  }
  // In a folder, one recording replaced by another that is just as good a wav file.
  const root = await temporaryFolder(t);
  const write = (name: string, samples: Float32Array): Promise<void> =>
    writeFile(path.join(root, `${name}.wav`), encodeWav(samples, 8000));
  for (const { name, samples } of recordings) await write(name, samples);
  for (const other of ['0_george_0', '6_jackson_50']) await write(other, recordings[0].samples);
  const again = await loadRecordings({ dataDirectory: root });
  assert.deepEqual(
    again.recordings.map((r) => r.sha256),
    recordings.map((r) => r.sha256),
  );
  assert.deepEqual(
    again.unseen.map((r) => r.name),
    ['0_george_0'],
  );
  const [archive, folder] = [await loadAvMnist(), await loadAvMnist({ dataDirectory: root })];
  assert.equal(archive.alone.speech, undefined);
  assert.deepEqual([...folder.alone.speech!.digits], [0]);
  assert.match(folder.alone.speech!.description, /^1 recording of 1 speaker without .*george/);
  assert.notEqual(folder.sha256, archive.sha256);
  const wide = encodeWav(recordings[0].samples, 16000);
  await writeFile(path.join(root, '1_lucas_0.wav'), wide);
  assert.match(
    await sentence(loadRecordings({ dataDirectory: root })),
    /1_lucas_0\.wav: sample rate is 16000 and should be 8000/,
  );
  await rm(path.join(root, '1_lucas_0.wav'));
  await write('4_nicolas_7', recordings[0].samples);
  assert.match(
    await sentence(loadRecordings({ dataDirectory: root })),
    /4_nicolas_7\.wav: its sha/,
  );
  await rm(path.join(root, '4_nicolas_7.wav'));
  assert.match(await sentence(loadRecordings({ dataDirectory: root })), /4_nicolas_7\.wav is miss/);
});
