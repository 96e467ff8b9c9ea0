import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { zipSync } from 'fflate';
import { temporaryFolder } from '../checks/fixtures/prepared';
import { readZipFile } from './zip-archive';

const wav = (text: string): Uint8Array => new TextEncoder().encode(text);

test('wanted files of a zip, at any depth; what is no such archive is refused', async (t) => {
  const folder = temporaryFolder(t);
  const read = async (bytes: Uint8Array): Promise<Record<string, string>> => {
    const file = join(folder, 'a.zip');
    writeFileSync(file, bytes);
    const found: Record<string, string> = {};
    const wanted = (name: string): boolean => name.endsWith('.wav');
    await readZipFile(file, wanted, (name, own) => void (found[name] = own.toString()));
    return found;
  };
  const sound = zipSync({
    'set-master/recordings/a.wav': wav('A'),
    'b.txt': wav('no'),
    'c.wav': wav('C'),
  });
  assert.deepEqual(await read(sound), { 'a.wav': 'A', 'c.wav': 'C' });
  await assert.rejects(read(sound.subarray(0, 60)), { code: 'BAD_FILE' });
  await assert.rejects(read(zipSync({ '../a.wav': wav('A') })), { code: 'BAD_FILE' });
  await assert.rejects(
    read(zipSync({ 'a.wav': new Uint8Array(1024 * 1024 + 1) })),
    /the size of a\.wav is 1048577, over the limit/,
  );
  await assert.rejects(
    readZipFile(
      join(folder, 'absent.zip'),
      () => true,
      () => undefined,
    ),
    /absent/,
  );
});
