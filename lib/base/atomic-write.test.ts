import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../checks/fixtures/prepared';
import { UserError } from './errors';
import { removePartialFiles, writeFileAtomic } from './atomic-write';

test('the previous file keeps a name of its own, from the second write on', (t) => {
  const folder = temporaryFolder(t);
  const [file, previous] = [join(folder, 'new', 'a'), join(folder, 'new', 'b')];
  writeFileAtomic(file, '1', { previous });
  assert.deepEqual(readdirSync(join(folder, 'new')), ['a']);
  writeFileAtomic(file, '2', { previous });
  writeFileAtomic(file, '3', { previous });
  assert.deepEqual([readFileSync(file, 'utf8'), readFileSync(previous, 'utf8')], ['3', '2']);
});

test('at every moment the name is that of a complete file', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'a');
  const script = `
    const { writeFileAtomic } = require(${JSON.stringify(join(__dirname, 'atomic-write.js'))});
    for (const text of ['1', '2', '3'])
      writeFileAtomic(${JSON.stringify(file)}, text, { flush: true, previous: ${JSON.stringify(`${file}0`)} });`;
  const env = { ...process.env, MCKD_SLOW_WRITE_MS: '3' };
  const child = spawn(process.execPath, ['-e', script], { env });
  const seen = new Set<string>();
  let over = false;
  child.once('exit', () => (over = true));
  while (!over) {
    if (existsSync(file) || seen.size > 0) seen.add(readFileSync(file, 'utf8'));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.deepEqual([...seen], ['1', '2', '3']);
  assert.deepEqual(readdirSync(folder), ['a', 'a0']);
});

test('a link that a kill left between two steps of a write does no harm', (t) => {
  const folder = temporaryFolder(t);
  const [file, previous] = [join(folder, 'a'), join(folder, 'b')];
  writeFileAtomic(file, '1');
  // Killed after the second name was given, before the new file took the first.
  linkSync(file, previous);
  writeFileAtomic(file, '2', { previous });
  assert.deepEqual(readdirSync(folder), ['a', 'b']);
  assert.deepEqual([readFileSync(file, 'utf8'), readFileSync(previous, 'utf8')], ['2', '1']);
});

test('a write that fails leaves everything as it was', (t) => {
  const folder = temporaryFolder(t);
  const [file, previous] = [join(folder, 'a'), join(folder, 'b')];
  writeFileAtomic(file, '1', { previous });
  writeFileAtomic(file, '2', { previous });
  const pieces = function* (): Generator<Uint8Array> {
    yield Buffer.from('3');
    throw new Error('no more');
  };
  assert.throws(() => writeFileAtomic(file, pieces(), { flush: true, previous }), /no more/);
  assert.deepEqual(readdirSync(folder), ['a', 'b']);
  assert.deepEqual([readFileSync(file, 'utf8'), readFileSync(previous, 'utf8')], ['2', '1']);
});

test('a full disk: one line that names the file, and nothing half-written', (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'a');
  const script = `
    const { writeFileAtomic } = require(${JSON.stringify(join(__dirname, 'atomic-write.js'))});
    writeFileAtomic(${JSON.stringify(file)}, 'small', { previous: ${JSON.stringify(`${file}0`)} });
    try { writeFileAtomic(${JSON.stringify(file)}, Buffer.alloc(1e6), { flush: true, previous: ${JSON.stringify(`${file}0`)} }); }
    catch (error) { process.stdout.write(error.name + ' ' + error.message); }`;
  // No file may become larger than 64 KiB.
  const { stdout } = spawnSync(
    'bash',
    ['-c', 'ulimit -f 64; exec "$0" -e "$1"', process.execPath, script],
    {
      encoding: 'utf8',
    },
  );
  assert.match(stdout, /^UserError .*\/a can't be written \(EFBIG.*\); free some space[^\n]*$/);
  assert.deepEqual(readdirSync(folder), ['a']);
  assert.equal(readFileSync(file, 'utf8'), 'small');
});

test('a folder that is read-only, or no folder, is named', (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'file'), '');
  const refused = (file: string): void =>
    assert.throws(
      () => writeFileAtomic(file, '1'),
      (error: UserError) => {
        assert.ok(error instanceof UserError);
        return error.message.startsWith(`${file} can't be written`);
      },
    );
  refused(join(folder, 'file', 'a'));
  mkdirSync(join(folder, 'closed'), { mode: 0o555 });
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65534);
  try {
    refused(join(folder, 'closed', 'a'));
  } finally {
    if (root) process.seteuid?.(0);
  }
  assert.deepEqual(readdirSync(join(folder, 'closed')), []);
});

test('unfinished copies of a file are removed, and those of no other', (t) => {
  const folder = temporaryFolder(t);
  for (const name of ['a', 'a.part-1-0', 'a.part-22-3', 'ab.part-1-0'])
    writeFileSync(join(folder, name), '');
  removePartialFiles(join(folder, 'a'));
  assert.deepEqual(readdirSync(folder), ['a', 'ab.part-1-0']);
  removePartialFiles(join(folder, 'nowhere', 'a'));
  assert.ok(!existsSync(join(folder, 'nowhere')));
});
