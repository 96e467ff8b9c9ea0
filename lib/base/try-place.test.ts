import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../checks/fixtures/prepared';
import { tryPlace } from './try-place';
import { makeFolder, withFileInError } from './atomic-write';

test('a folder for results is tried, and nothing is left or made there', (t) => {
  const root = temporaryFolder(t);
  tryPlace(root);
  tryPlace(join(root, 'a', 'b'));
  assert.deepEqual(readdirSync(root), []);
});

test('a folder that can’t be written is refused by name', (t) => {
  const file = join(temporaryFolder(t), 'file');
  writeFileSync(file, '');
  for (const place of [file, join(file, 'a'), join(file, 'a', 'b')]) {
    assert.throws(() => tryPlace(place), {
      name: 'UserError',
      message: `${place} can't be written (${file} is a file, not a folder); choose another folder`,
    });
  }
});

test('a file system that reports every new folder as missing is refused at once', (t) => {
  if (!existsSync('/proc')) return t.skip('only Linux has /proc');
  assert.throws(() => tryPlace('/proc/x/y'), /^UserError: \/proc\/x\/y can't be written \(ENOENT/);
  assert.throws(() => makeFolder('/proc/x/y'), { code: 'ENOENT' });
});

test('the advice fits the error: space, permissions, another folder, another cache', (t) => {
  const root = temporaryFolder(t);
  const before = process.env.MCKD_CACHE;
  process.env.MCKD_CACHE = join(root, 'cache');
  t.after(() => {
    if (before === undefined) delete process.env.MCKD_CACHE;
    else process.env.MCKD_CACHE = before;
  });
  const said = (file: string, code: string): string => {
    try {
      withFileInError(join(root, file), () => {
        throw Object.assign(new Error(code), { code });
      });
    } catch (error) {
      return (error as Error).message.split('; ')[1];
    }
    return 'nothing';
  };
  assert.equal(said('a', 'ENOSPC'), 'free some space or choose another folder');
  assert.equal(said('a', 'EACCES'), 'allow writing there or choose another folder');
  assert.equal(said('a', 'ENOTDIR'), 'choose another folder');
  assert.equal(said('cache/a/b', 'ENOSPC'), 'free some space or set MCKD_CACHE to another folder');
  assert.equal(said('cache2/a', 'ENOTDIR'), 'choose another folder');
});
