import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeText, readLines } from './text';

const TEXT = 'Brats18_ä\r\nzwei\rdrei\n';
const le = Buffer.from(TEXT, 'utf16le');
const be = Buffer.from(le).swap16();
const ENCODED = {
  'UTF-8': Buffer.from(TEXT),
  'UTF-8 with a mark': Buffer.from(`\uFEFF${TEXT}`),
  'UTF-16 LE with a mark': Buffer.concat([Buffer.from([0xff, 0xfe]), le]),
  'UTF-16 BE with a mark': Buffer.concat([Buffer.from([0xfe, 0xff]), be]),
  'UTF-16 LE': le,
  'UTF-16 BE': be,
};

test('the same text in every encoding and with every line ending', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mckd-text-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'list.txt');
  for (const [name, bytes] of Object.entries(ENCODED)) {
    assert.equal(decodeText(bytes), TEXT, name);
    writeFileSync(file, bytes);
    assert.deepEqual(readLines(file), ['Brats18_ä', 'zwei', 'drei', ''], name);
  }
  assert.equal(decodeText(new Uint8Array(0)), '');
  assert.equal(decodeText(Uint8Array.of(65)), 'A');
});

test('a file that is no text is refused by name', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mckd-text-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'list.txt');
  writeFileSync(file, Buffer.from([0x41, 0xe4, 0x42, 0x0a]));
  assert.throws(() => readLines(file), /list\.txt is no text in UTF-8 or UTF-16; save it as UTF-8/);
  assert.throws(() => readLines(join(folder, 'absent')), { code: 'CANNOT_READ' });
});
