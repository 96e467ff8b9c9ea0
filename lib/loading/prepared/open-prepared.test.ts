import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { findCases } from '../../datasets/brats';
import type { Sample } from '../sampling/sample';
import { caseKey } from './case-key';
import { contentHashes } from './content-hashes';
import { makeRoom } from './folder';
import { folderUsage, openPrepared, prepareCase, type PreparedOptions } from './index';
import { storedBytes } from './stored-case';
import { temporaryFolder, writeMadeCase } from '../../checks/fixtures/prepared';

interface Opened {
  data: string;
  folder: string;
  notes: string[];
  /** Opened again, as by another process. */
  open(options?: PreparedOptions): ReturnType<typeof openPrepared>;
  /** The files of prepared cases. */
  stored(): string[];
}

function makeSet(t: TestContext, names = ['a', 'b', 'c']): Opened {
  const root = temporaryFolder(t);
  const [data, folder] = [join(root, 'data'), join(root, 'prepared')];
  for (const name of names) writeMadeCase(data, name);
  const notes: string[] = [];
  return {
    data,
    folder,
    notes,
    open: (options = {}) =>
      openPrepared(findCases(data), { folder, ...options }, (note) => notes.push(note)),
    stored: () => readdirSync(folder).filter((name) => name.endsWith('.prepared')),
  };
}

/** The slices from..to-1 of a sample, by plain arithmetic. */
function cut({ size: [depth, height, width], images, regions }: Sample, from: number, to: number) {
  const slice = height * width;
  const of = (values: ArrayLike<number>): number[] =>
    Array.from(values).filter((_, i) => {
      const z = Math.floor(i / slice) % depth;
      return z >= from && z < to;
    });
  return { size: [to - from, height, width], images: of(images), regions: of(regions) };
}

const plain = ({ size, images, regions }: Sample) => ({
  size: [...size],
  images: [...images],
  regions: [...regions],
});

test('reading from memory and from disk gives exactly what was prepared', async (t) => {
  const { data, open, stored } = makeSet(t, ['a']);
  const whole = await prepareCase(findCases(data)[0]);
  for (const memoryBytes of [0, 0, 1e9, 1e9]) {
    const cases = open({ memoryBytes });
    assert.deepEqual(cases.names, ['a']);
    for (let again = 0; again < 2; again++) {
      const reader = await cases.open('a');
      assert.deepEqual([reader.name, reader.size], ['a', whole.size]);
      assert.deepEqual(await reader.regions(), whole.regions);
      for (const [from, to] of [
        [0, 7],
        [2, 5],
        [6, 7],
      ]) {
        assert.deepEqual(plain(await reader.slab(from, to)), cut(whole, from, to));
      }
      await assert.rejects(reader.slab(3, 8), RangeError);
    }
  }
  assert.equal(stored().length, 1);
  const usage = open().usage();
  assert.deepEqual([usage.cases, usage.bytes], [1, storedBytes(whole)]);
});

test('cases in memory are not read again, within the limit', async (t) => {
  const { open, folder } = makeSet(t);
  const cases = open({ memoryBytes: 1e6 });
  const before = await (await cases.open('a')).slab(1, 3);
  rmSync(folder, { recursive: true });
  assert.deepEqual(await (await cases.open('a')).slab(1, 3), before);
  assert.equal(folderUsage(folder).cases, 0);

  const tooLarge = open({ memoryBytes: 1000 });
  await tooLarge.open('a');
  rmSync(folder, { recursive: true });
  assert.deepEqual(await (await tooLarge.open('a')).slab(1, 3), before);
  assert.equal(folderUsage(folder).cases, 1);
});

test('the key is a hash of the content: copies share it, a change gives a new one', async (t) => {
  const { data, folder, open, stored } = makeSet(t, ['a']);
  const key = (options = {}) =>
    caseKey(findCases(data)[0], options, contentHashes(join(folder, 'index.json')));
  const first = await key();
  renameSync(join(data, 'a'), join(data, 'moved'));
  assert.equal(await key(), first);
  const settings = [{ withoutLabels: true }, { missingScans: 'allow' }];
  const keys = new Set([first, ...(await Promise.all(settings.map((options) => key(options))))]);
  assert.equal(keys.size, 3);
  const [files] = findCases(data);
  const [flair, t1] = [files.scans.flair?.file as string, files.scans.t1?.file as string];
  files.scans = { ...files.scans, flair: { file: t1 }, t1: { file: flair } };
  assert.notEqual(await caseKey(files, {}, contentHashes('none')), first, 'scans swapped');
  const codes = { core: [2], oedema: [1], enhancing: [4] };
  assert.notEqual(await caseKey({ ...files, codes }, {}, contentHashes('none')), first);

  await (await open().open('a')).regions();
  const bytes = readFileSync(flair);
  bytes[bytes.length - 2] ^= 1;
  writeFileSync(flair, bytes);
  assert.notEqual(await key(), first);
  await (await open().open('a')).regions();
  assert.equal(stored().length, 2);
});

test('hashes are cached by size and time, and a broken index counts as empty', async (t) => {
  const folder = temporaryFolder(t);
  const [file, index] = [join(folder, 'x'), join(folder, 'index.json')];
  const old = new Date('2020-01-01');
  const put = (text: string, time?: Date): void => {
    writeFileSync(file, text);
    if (time) utimesSync(file, time, time);
  };
  const hashOnce = async (): Promise<string> => {
    const hashes = contentHashes(index);
    const found = await hashes.of(file);
    hashes.save();
    return found;
  };
  put('one', old);
  const one = await hashOnce();
  assert.equal(one, '7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed');
  put('two', old);
  assert.equal(await hashOnce(), one, 'not read again: nothing shows that it changed');
  put('two', new Date('2020-01-02'));
  const two = await hashOnce();
  assert.notEqual(two, one);
  put('three', old);
  assert.notEqual(await hashOnce(), one, 'another size');
  // Changed just now: it could change again within the clock's resolution, so it isn't cached.
  put('four');
  await hashOnce();
  assert.equal(JSON.parse(readFileSync(index, 'utf8')).files[file].size, '5');
  for (const broken of ['', '{', '{"format":"mckd-content-hashes-1","files":{"x":{}}}', '[]']) {
    writeFileSync(index, broken);
    put('one', old);
    assert.equal(await hashOnce(), one);
    assert.ok(readFileSync(index, 'utf8').includes(one));
  }
  await assert.rejects(contentHashes(index).of(join(folder, 'absent')), { code: 'CANNOT_READ' });
});

test('a damaged file is made again, with a note, wherever the damage is', async (t) => {
  const { data, folder, notes, open, stored } = makeSet(t, ['a']);
  const whole = await prepareCase(findCases(data)[0]);
  await open().open('a');
  const file = join(folder, stored()[0]);
  const sound = readFileSync(file);
  const header = sound.length - (17 * whole.regions.length) / 3;
  const flips = [0, 8, 13, 24, header - 1, header, header + 5000, sound.length - 1];
  const damages = flips.map((at) => () => {
    const bytes = Buffer.from(sound);
    bytes[at] ^= 0x10;
    writeFileSync(file, bytes);
  });
  for (const length of [0, 10, header, sound.length - 1]) {
    damages.push(() => truncateSync(file, length));
  }
  damages.push(() => writeFileSync(file, Buffer.concat([sound, Buffer.of(0)])));
  for (const memoryBytes of [0, 1e9]) {
    for (const [i, damage] of damages.entries()) {
      damage();
      notes.length = 0;
      const reader = await open({ memoryBytes }).open('a');
      assert.deepEqual(plain(await reader.slab(0, 7)), plain(whole), `damage ${i}`);
      assert.equal(notes.length, 1, `damage ${i}: ${notes.join('; ')}`);
      assert.match(notes[0], /is damaged \(.*\): a is prepared again/);
      assert.deepEqual(readFileSync(file), sound);
    }
  }

  // Damage while it is open, outside and inside of what is read.
  const reader = await open({ memoryBytes: 0 }).open('a');
  notes.length = 0;
  damages[flips.length - 1]();
  assert.deepEqual(plain(await reader.slab(0, 3)), cut(whole, 0, 3));
  assert.deepEqual(notes, []);
  assert.deepEqual(await reader.regions(), whole.regions);
  rmSync(file);
  assert.deepEqual(plain(await reader.slab(4, 6)), cut(whole, 4, 6));
  assert.deepEqual(
    notes.map((note) => /\((.*)\)/.exec(note)?.[1]),
    ['the checksum of label slice 6', 'it is gone'],
  );
});

test('two processes and two threads prepare the same cases at once', async (t) => {
  const { data, folder, notes, open, stored } = makeSet(t);
  const text = JSON.stringify;
  const script = `
    const { findCases } = require(${text(join(__dirname, '..', '..', 'datasets', 'brats'))});
    const { openPrepared } = require(${text(__dirname)});
    const options = { folder: ${text(folder)}, memoryBytes: 0 };
    const cases = openPrepared(findCases(${text(data)}), options, console.log);
    (async () => {
      for (const name of cases.names) await (await cases.open(name)).slab(0, 7);
    })();`;
  const twice = `
    const { Worker } = require('node:worker_threads');
    for (let i = 0; i < 2; i++) new Worker(${text(script)}, { eval: true });`;
  const run = (code: string) => promisify(execFile)(process.execPath, ['-e', code]);
  const done = await Promise.all([script, script, twice].map(run));
  assert.deepEqual(
    done.map(({ stdout, stderr }) => stdout + stderr),
    ['', '', ''],
  );
  assert.equal(stored().length, 3);
  assert.ok(readdirSync(folder).every((name) => !name.includes('.part-')));
  for (const files of findCases(data)) {
    const reader = await open({ memoryBytes: 0 }).open(files.name);
    assert.deepEqual(plain(await reader.slab(0, 7)), plain(await prepareCase(files)));
  }
  assert.deepEqual(notes, []);
});

test('the folder stays within its limit, and only own files are deleted', async (t) => {
  const { folder, notes, open, stored } = makeSet(t);
  mkdirSync(folder);
  const foreign = [`${'f'.repeat(64)}.prepared`, 'notes.txt', 'mine.prepared'];
  for (const name of foreign) writeFileSync(join(folder, name), 'not a prepared case');
  const bytes = storedBytes({ size: [7, 8, 9] });
  const mostBytes = 2 * bytes + 100;
  const cases = open({ mostBytes, memoryBytes: 0 });
  await cases.open('a');
  const [a] = stored().filter((name) => !foreign.includes(name));
  await cases.open('b');
  utimesSync(join(folder, a), new Date(0), new Date(0));
  await cases.open('a');
  const [b] = stored().filter((name) => !foreign.includes(name) && name !== a);
  utimesSync(join(folder, b), new Date(1e12), new Date(1e12));
  assert.deepEqual(notes, []);
  await cases.open('c');
  assert.match(notes.join(), /1 prepared cases deleted to stay within \d+ bytes/);
  assert.ok(stored().includes(a) && !stored().includes(b), 'b was the least recently used');
  assert.ok(foreign.every((name) => readdirSync(folder).includes(name)));
  assert.ok(cases.usage().bytes <= mostBytes);

  const small = open({ folder: join(folder, 'small'), mostBytes: bytes - 1 });
  assert.equal((await (await small.open('a')).slab(0, 7)).size[0], 7);
  assert.match(notes.join(), /no room for a/);
  assert.equal(small.usage().bytes, 0);

  const part = join(folder, `${a}.part-1-0`);
  copyFileSync(join(folder, a), part);
  assert.deepEqual(makeRoom(folder, 0, mostBytes).deleted, 1, 'a partial file counts');
  assert.ok(readdirSync(folder).includes(`${a}.part-1-0`));
  utimesSync(part, new Date(0), new Date(0));
  makeRoom(folder, 0, mostBytes);
  assert.ok(!readdirSync(folder).includes(`${a}.part-1-0`));
});

test('an unknown case, two of one name, a missing image', async (t) => {
  const { data, open } = makeSet(t, ['a', 'b']);
  await assert.rejects(open().open('x'), { code: 'MISSING' });
  const cases = findCases(data);
  assert.throws(() => openPrepared([...cases, cases[1]]), { code: 'AMBIGUOUS' });
  const opened = open();
  rmSync(join(data, 'b', 'b_t2.nii'));
  await assert.rejects(opened.open('b'), /b_t2\.nii can't be read/);
});
