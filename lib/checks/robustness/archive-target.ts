/** Archives of recordings: tar and gzipped tar, with links, paths that lead outside, and wrong sizes. */
import { gzipSync } from 'node:zlib';
import { readArchiveFile } from '../../formats/archive';
import type { RandomStream } from '../../base/random';
import { mutateBytes, unpacked } from './bytes';
import type { FuzzTarget, Made } from './types';

const FILE = 'recordings.tar.gz';
const BLOCK = 512;

interface Entry {
  name: string;
  /** tar's type flag: 0 a file, 1 a hard link, 2 a symbolic link, 5 a folder, x a pax header. */
  type: string;
  bytes: Buffer;
  /** A declared size other than the real one. */
  size?: number;
}

/** An entry of an old-style (ustar) archive. */
function tarEntry({ name, type, bytes, size = bytes.length }: Entry): Buffer {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, width: number): void =>
    void header.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
  header.write(name.slice(0, 100), 0, 'latin1');
  octal(0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  header.write(' '.repeat(8), 148, 'latin1');
  header.write(type, 156, 'latin1');
  if (type === '1' || type === '2') header.write('/outside/of/it', 157, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([header, bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]);
}

function tarOf(entries: readonly Entry[]): Buffer {
  return Buffer.concat([...entries.map(tarEntry), Buffer.alloc(2 * BLOCK)]);
}

const NAMES = ['a.wav', 'fsdd/b.wav', 'fsdd/recordings/c.wav', 'README.md'];
const HOSTILE = [
  '../d.wav',
  '/outside/d.wav',
  'x/../../d.wav',
  'x\\..\\d.wav',
  './d.wav',
  'x/./d.wav',
  '.wav',
  'x//d.wav',
];

function entriesOf(stream: RandomStream): Entry[] {
  const bytes = (): Buffer =>
    Buffer.from(Array.from({ length: stream.integer(700) }, () => stream.integer(256)));
  const entries = NAMES.map((name): Entry => ({ name, type: '0', bytes: bytes() }));
  const at = stream.integer(entries.length);
  const kind = stream.integer(8);
  if (kind === 0) entries[at].type = ['1', '2', '3', '5', '6', '7'][stream.integer(6)];
  if (kind === 1) entries[at].name = HOSTILE[stream.integer(HOSTILE.length)];
  if (kind === 2) entries[at].size = [0, 1, 511, 513, 2 ** 20 + 1, 2 ** 32][stream.integer(6)];
  if (kind === 3) entries.push({ ...entries[at], bytes: bytes() });
  return entries;
}

/** Headers and sizes with which an archive could consume memory or time. */
function heavy(stream: RandomStream): Made {
  const kind = stream.integer(3);
  const pax = Buffer.from('7 a=b1\n'.repeat([1e3, 1e5, 5e5][stream.integer(3)]));
  const zeros = Buffer.alloc(4 * 1024 * 1024);
  const entry: Entry[][] = [
    [{ name: 'p', type: 'x', bytes: pax }],
    [{ name: 'big.bin', type: '0', bytes: zeros }],
    [
      { name: 'p', type: 'x', bytes: pax },
      { name: 'n.txt', type: '0', bytes: Buffer.alloc(1) },
    ],
  ];
  const times = [1, 8, 40, 120][stream.integer(4)];
  // Gzips may be joined, so one packed piece is enough.
  const piece = gzipSync(Buffer.concat(entry[kind].map(tarEntry)));
  const end = gzipSync(tarOf([{ name: 'a.wav', type: '0', bytes: Buffer.from('x') }]));
  const bytes = Buffer.concat([...new Array<Buffer>(times).fill(piece), end]);
  return {
    files: { [FILE]: bytes },
    how: `${times} times ${['pax', 'zeros', 'pax and a file'][kind]} of ${pax.length}`,
  };
}

type Read = [name: string, hex: string][];

const wanted = (name: string): boolean => name.endsWith('.wav');

async function read(file: string): Promise<Read> {
  const found: Read = [];
  await readArchiveFile(
    file,
    wanted,
    (name, bytes) => void found.push([name, bytes.toString('hex')]),
  );
  return found;
}

/** The wanted files of a plain ustar archive; undefined if it is broken, or one of them is no file inside. */
function archiveReference(bytes: Buffer): Read | undefined {
  if (bytes.length === 0) return undefined;
  const found: Read = [];
  let at = 0;
  while (at < bytes.length) {
    const header = bytes.subarray(at, at + BLOCK);
    if (header.length < BLOCK) return undefined;
    at += BLOCK;
    const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
    // A block of zeros ends an archive, whatever its checksum field holds.
    if (sum === 8 * 32) continue;
    if (sum !== parseInt(header.toString('latin1', 148, 156), 8)) return undefined;
    const text = (from: number, to: number): string =>
      header.toString('utf8', from, to).split('\0')[0];
    const size = parseInt(text(124, 136) || '0', 8);
    const type = header[156] === 0 ? '0' : String.fromCharCode(header[156]);
    const path = text(0, 100);
    const name = path.split('/').pop() ?? '';
    const holds = type === '5' ? 0 : size;
    if (!(holds >= 0) || at + holds > bytes.length) return undefined;
    if (wanted(name) && type !== '5') {
      if (type !== '0' || path.startsWith('/') || /(^|[\\/])\.\.([\\/]|$)/.test(path))
        return undefined;
      found.push([name, bytes.subarray(at, at + size).toString('hex')]);
    }
    at += Math.ceil(holds / BLOCK) * BLOCK;
  }
  return found;
}

const archive: FuzzTarget = {
  name: 'archive',
  names: 'file',
  cost: 2,
  make(stream) {
    const tar = tarOf(entriesOf(stream));
    const inside =
      stream.integer(2) === 0 ? mutateBytes(stream, tar) : { bytes: tar, how: 'entries' };
    const kind = stream.integer(3);
    if (kind === 0) return { files: { [FILE]: inside.bytes }, how: `plain: ${inside.how}` };
    const whole = gzipSync(inside.bytes);
    if (kind === 1) return { files: { [FILE]: whole }, how: `packed after: ${inside.how}` };
    const outside = mutateBytes(stream, whole);
    return {
      files: { [FILE]: outside.bytes },
      how: `packed: ${outside.how}`,
      same: { [FILE]: whole },
    };
  },
  read,
  expected({ [FILE]: bytes }) {
    const tar = unpacked(bytes);
    return tar && archiveReference(tar);
  },
};

const heavyArchive: FuzzTarget = {
  name: 'archive-heavy',
  names: 'file',
  cost: 40,
  alone: true,
  make: heavy,
  read,
  expected: () => [['a.wav', '78']],
};

export const ARCHIVE_TARGETS: readonly FuzzTarget[] = [archive, heavyArchive];
