import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { UserError } from '../../base/errors';
import { readNifti, readNiftiHeader, writeNifti } from './index';
import { qFormOfAffine, affineOfQForm, axesOf } from './affine';
import { DATATYPES, encodeVoxels } from './datatypes';
import { assertAffine, bomb, makeNifti, type MadeNifti } from '../../checks/fixtures/nifti';

const folder = mkdtempSync(join(tmpdir(), 'mckd-nifti-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

/** A file of these bytes, under a name of its own. */
function keep(bytes: Uint8Array, ending = '.nii'): string {
  const file = join(folder, `image-${files++}${ending}`);
  writeFileSync(file, bytes);
  return file;
}

/** The error of reading, which must name the file and the field, and come cheaply. */
async function failure(file: string, field?: string, value?: unknown): Promise<UserError> {
  const memory = process.memoryUsage().rss;
  const error: unknown = await readNifti(file).then(
    () => assert.fail(`${file} was read`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof UserError, String(error));
  assert.ok(error.message.includes(file), error.message);
  assert.equal(error.details.field, field, error.message);
  if (value !== undefined) assert.deepEqual(error.details.value, value, error.message);
  assert.ok(process.memoryUsage().rss - memory < 64e6, 'memory');
  return error;
}

/** 24 voxels of every type: their values, and their little-endian bytes written one by one. */
const VALUES: Record<string, number[]> = {
  uint8: [0, 1, 255],
  int8: [0, -128, 127],
  uint16: [0, 1, 65535],
  int16: [0, -32768, 32767],
  uint32: [0, 1, 4294967295],
  int32: [0, -2147483648, 2147483647],
  uint64: [0, 1, Number.MAX_SAFE_INTEGER],
  int64: [0, Number.MIN_SAFE_INTEGER, -1],
  float32: [0, -1.5, 1e30],
  float64: [0, Math.PI, -1e300],
};

function voxelBytes(name: string, values: number[], littleEndian: boolean): Uint8Array {
  const size = DATATYPES.find((type) => type.name === name)?.bytes ?? 0;
  const view = new DataView(new ArrayBuffer(size * values.length));
  const setters: Record<string, (at: number, value: number) => void> = {
    uint8: (at, v) => view.setUint8(at, v),
    int8: (at, v) => view.setInt8(at, v),
    uint16: (at, v) => view.setUint16(at, v, littleEndian),
    int16: (at, v) => view.setInt16(at, v, littleEndian),
    uint32: (at, v) => view.setUint32(at, v, littleEndian),
    int32: (at, v) => view.setInt32(at, v, littleEndian),
    uint64: (at, v) => view.setBigUint64(at, BigInt(v), littleEndian),
    int64: (at, v) => view.setBigInt64(at, BigInt(v), littleEndian),
    float32: (at, v) => view.setFloat32(at, v, littleEndian),
    float64: (at, v) => view.setFloat64(at, v, littleEndian),
  };
  values.forEach((value, i) => setters[name](size * i, value));
  return new Uint8Array(view.buffer);
}

test('every scalar type, version and byte order, plain, gzipped and as a pair', async () => {
  for (const { name, code, bytes } of DATATYPES) {
    const values = Array.from({ length: 24 }, (_, i) => VALUES[name][i % 3]);
    const expected = name === 'float32' ? values.map(Math.fround) : values;
    for (const version of [1, 2] as const) {
      for (const littleEndian of [true, false]) {
        const voxels = voxelBytes(name, values, littleEndian);
        const made = { version, littleEndian, datatype: code, bitpix: 8 * bytes, voxels };
        const single = makeNifti(made);
        const pair = makeNifti({ ...made, magic: `ni${version}`, voxelOffset: 0 });
        const headerBytes = pair.length - voxels.length;
        const header = keep(pair.subarray(0, headerBytes), '.hdr');
        writeFileSync(header.replace('.hdr', '.img'), voxels);
        const places = [
          keep(single),
          keep(gzipSync(single), '.nii.gz'),
          header,
          header.replace('.hdr', '.img'),
        ];
        for (const file of places) {
          const volume = await readNifti(file);
          assert.deepEqual([...volume.values], expected, `${name} ${version} ${littleEndian}`);
          assert.deepEqual([volume.datatype, volume.shape], [name, [2, 3, 4]]);
        }
      }
    }
  }
});

test('slope and intercept are applied; 0 and NaN mean none', async () => {
  const voxels = Uint8Array.from({ length: 24 }, (_, i) => i);
  for (const version of [1, 2] as const) {
    const scaled = await readNifti(keep(makeNifti({ version, voxels, slope: 0.5, intercept: -3 })));
    assert.deepEqual([...scaled.values.slice(0, 3)], [-3, -2.5, -2]);
    for (const slope of [0, NaN]) {
      const plain = await readNifti(keep(makeNifti({ version, voxels, slope, intercept: 7 })));
      assert.deepEqual([...plain.values], [...voxels]);
    }
  }
  await failure(keep(makeNifti({ slope: Infinity })), 'scl_slope', Infinity);
  await failure(keep(makeNifti({ slope: 1, intercept: NaN })), 'scl_inter', NaN);
});

/*
Python 3.11, nibabel 5.3, numpy 2.4:
  h = nib.Nifti1Header(); h.set_data_shape((3, 4, 5))
  h['pixdim'][:4] = [-1, 2, 3, 4]; h['qform_code'] = 1
  h['quatern_b'], h['quatern_c'], h['quatern_d'] = 0.1, 0.2, 0.3
  h['qoffset_x'], h['qoffset_y'], h['qoffset_z'] = -10, 20, 30
  np.round(h.get_best_affine(), 6), nib.aff2axcodes(h.get_best_affine())
  nib.aff2axcodes(np.array(OBLIQUE))
*/
const QFORM = [
  [1.48, -1.549251, -1.723779, -10],
  [1.192834, 2.4, 0.261889, 20],
  [-0.621889, 0.916417, -3.6, 30],
  [0, 0, 0, 1],
];
const OBLIQUE = [
  [0, -2, 0.1, 1],
  [0.3, 0, 3, 2],
  [1, 0.2, 0, 3],
  [0, 0, 0, 1],
];

test('the affine is the sform, else the qform, else the voxel sizes; axes by the nearest', async () => {
  const forms: MadeNifti = {
    pixdim: [-1, 2, 3, 4],
    qform: [0.1, 0.2, 0.3, -10, 20, 30],
    srow: OBLIQUE.slice(0, 3).flat(),
  };
  for (const version of [1, 2] as const) {
    const read = (codes: MadeNifti) =>
      readNiftiHeader(keep(makeNifti({ version, ...forms, ...codes })));
    // A higher code of the qform doesn't put it first.
    const both = await read({ qformCode: 2, sformCode: 1 });
    assertAffine(both.affine, OBLIQUE);
    assert.equal(both.axes, 'SLA');
    const qform = await read({ qformCode: 1 });
    assertAffine(qform.affine, QFORM);
    assert.deepEqual([qform.axes, qform.header.affineFrom], ['RAI', 'qform']);
    const neither = await read({});
    assert.deepEqual(neither.affine, [
      [2, 0, 0, 0],
      [0, 3, 0, 0],
      [0, 0, 4, 0],
      [0, 0, 0, 1],
    ]);
    assert.equal(neither.axes, 'RAS');
  }
});

test('affine to qform and back are inverse', () => {
  const form = qFormOfAffine(QFORM);
  assert.ok(form);
  assertAffine(affineOfQForm(form, 'x'), QFORM, 1e-5);
  for (const signs of [
    [1, 1, 1],
    [-1, -1, 1],
    [1, -1, -1],
    [-1, 1, -1],
    [-1, 1, 1],
    [1, 1, -1],
  ]) {
    const affine = [
      [signs[0], 0, 0, 5],
      [0, 2 * signs[1], 0, -6],
      [0, 0, 3 * signs[2], 7],
      [0, 0, 0, 1],
    ];
    const qform = qFormOfAffine(affine);
    assert.ok(qform);
    assertAffine(affineOfQForm(qform, 'x'), affine);
  }
  assert.equal(qFormOfAffine(OBLIQUE), undefined, 'sheared');
  assert.equal(axesOf(QFORM), 'RAI');
});

test('a quaternion that is too long by rounding is read, and an invalid one is refused', async () => {
  // Half a turn about the third axis; its square is over 1 by 8e-7.
  const image = (square: number): string =>
    keep(makeNifti({ qformCode: 1, qform: [0, 0, Math.sqrt(square), 5, 6, 7] }));
  const { affine } = await readNiftiHeader(image(1 + 8e-7));
  const turned = [
    [-1, 0, 0, 5],
    [0, -1, 0, 6],
    [0, 0, 1, 7],
    [0, 0, 0, 1],
  ];
  assertAffine(affine, turned, 1e-5);
  const { message } = await failure(image(1.2), 'quatern');
  assert.match(message, /1\.09/);
});

test('a wrong header is an error with its field and value', async () => {
  const cases: [MadeNifti, string, unknown][] = [
    [{ dim: [3, 2, 3, 5] }, 'length', 352 + 24],
    [{ dim: [3, -2, 3, 4] }, 'dim[1]', -2],
    [{ dim: [3, 2, 0, 4] }, 'dim[2]', 0],
    [{ dim: [0, 2, 3, 4] }, 'dim[0]', 0],
    [{ dim: [8, 2, 3, 4] }, 'dim[0]', 8],
    [{ dim: [3, 32767, 32767, 32767] }, 'dim', [3, 32767, 32767, 32767]],
    [{ datatype: 128, bitpix: 24 }, 'datatype', 128],
    [{ datatype: 32, bitpix: 64 }, 'datatype', 32],
    [{ datatype: 1792, bitpix: 128 }, 'datatype', 1792],
    [{ datatype: 2304, bitpix: 32 }, 'datatype', 2304],
    [{ datatype: 77 }, 'datatype', 77],
    [{ datatype: 4, bitpix: 8 }, 'bitpix', 8],
    [{ voxelOffset: NaN }, 'vox_offset', NaN],
    [{ voxelOffset: -352 }, 'vox_offset', -352],
    [{ voxelOffset: 0 }, 'vox_offset', 0],
    [{ voxelOffset: 352.5 }, 'vox_offset', 352.5],
    [{ voxelOffset: 2 ** 60 }, 'vox_offset', 2 ** 60],
    [{ sformCode: 1, srow: new Array<number>(12).fill(NaN) }, 'srow', undefined],
    [{ sformCode: 1, srow: [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0] }, 'srow', undefined],
    [{ qformCode: 1, qform: [1, 1, 0, 0, 0, 0] }, 'quatern', [1, 1, 0]],
    [{ qformCode: 1, qform: [NaN, 0, 0, 0, 0, 0] }, 'quatern', [NaN, 0, 0]],
    [{ qformCode: 1, qform: [0, 0, 0, NaN, 0, 0] }, 'qoffset', [NaN, 0, 0]],
    [{ pixdim: [1, 0, 1, 1] }, 'pixdim[1]', 0],
    [{ magic: 'xyz' }, 'magic', 'xyz'],
  ];
  for (const [made, field, value] of cases) {
    await failure(keep(makeNifti(made)), field, value);
    await failure(
      keep(gzipSync(makeNifti(made)), '.nii.gz'),
      field,
      field === 'length' ? undefined : value,
    );
  }
  const huge = [3, 2 ** 40, 2 ** 40, 4];
  for (const littleEndian of [true, false]) {
    await failure(keep(makeNifti({ version: 2, littleEndian, dim: huge })), 'dim', huge);
    const negative = makeNifti({ version: 2, littleEndian, dim: [3, -2, 3, 4] });
    await failure(keep(negative), 'dim[1]', -2);
  }
  await failure(keep(makeNifti({ version: 2, voxelOffset: -1 })), 'vox_offset', -1);
  const error = await failure(keep(makeNifti({ datatype: 128, bitpix: 24 })), 'datatype');
  assert.match(error.message, /datatype is 128 \(RGB colours\) and should be a scalar type/);
});

test('what is no NIfTI file, or half of one', async () => {
  await failure(join(folder, 'absent.nii'), undefined);
  await failure(folder, undefined);
  await failure(keep(Buffer.alloc(0)), 'sizeof_hdr');
  await failure(keep(Buffer.from('hello, this is a text')), 'sizeof_hdr');
  await failure(keep(makeNifti().subarray(0, 100)), 'length', 100);
  await failure(keep(makeNifti({ magic: 'ni1', voxelOffset: 0 })), 'magic');
  await failure(keep(makeNifti(), '.hdr'), 'magic');
  const alone = keep(makeNifti({ magic: 'ni1', voxelOffset: 0 }).subarray(0, 348), '.hdr');
  await assert.rejects(readNifti(alone), /\.img is missing, and the two make one image/);
});

test('the first bytes decide whether an image is gzipped, not its name', async () => {
  const voxels = Uint8Array.from({ length: 24 }, (_, i) => i);
  const image = makeNifti({ voxels });
  for (const file of [keep(gzipSync(image)), keep(image, '.nii.gz')]) {
    assert.deepEqual([...(await readNifti(file)).values], [...voxels], file);
  }
});

test('what a failed download or a clone without LFS leaves in place of an image is named', async () => {
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0000\nsize 2463105\n';
  for (const text of ['', pointer, `<!DOCTYPE html><html>${' '.repeat(1000)}</html>`]) {
    for (const ending of ['.nii', '.nii.gz'])
      await failure(keep(Buffer.from(text), ending), 'sizeof_hdr');
  }
});

test('an extension of the header is skipped, and so is a flag without one', async () => {
  const voxels = Uint8Array.from({ length: 24 }, (_, i) => i);
  for (const version of [1, 2] as const) {
    const end = version === 1 ? 348 : 540;
    const flagged = makeNifti({ version, voxels });
    const extended = makeNifti({ version, voxels, voxelOffset: end + 4 + 48 });
    extended.writeInt32LE(48, end + 4);
    extended.fill('a', end + 8, end + 52);
    for (const bytes of [flagged, extended]) {
      bytes[end] = 1;
      const { values, notes } = await readNifti(keep(bytes));
      assert.deepEqual([[...values], notes], [[...voxels], []]);
    }
  }
});

test('a gzip that is cut off, broken or a bomb is an error before memory is taken', async () => {
  const voxels = Uint8Array.from({ length: 40 ** 3 }, (_, i) => (i * 7919) % 251);
  const whole = gzipSync(makeNifti({ dim: [3, 40, 40, 40], voxels }));
  await failure(keep(whole.subarray(0, whole.length - 9), '.nii.gz'), 'gzip', 'Z_BUF_ERROR');
  await failure(keep(whole.subarray(0, 40), '.nii.gz'), 'gzip');
  await failure(keep(whole.subarray(0, 12), '.nii.gz'), 'gzip');
  const flipped = Buffer.from(whole);
  flipped[flipped.length - 6] ^= 1;
  await failure(keep(flipped, '.nii.gz'), 'gzip', 'Z_DATA_ERROR');
  // A kilobyte that promises 300 megabytes.
  await failure(keep(gzipSync(makeNifti({ dim: [3, 800, 800, 480] })), '.nii.gz'), 'length');
  await failure(keep(bomb(2 ** 32), '.nii.gz'), 'sizeof_hdr', 0);
});

test('bytes after the voxels are ignored, with a note, as in nibabel and ITK', async () => {
  const image = makeNifti();
  const sound = await readNifti(keep(image));
  assert.deepEqual(sound.notes, []);
  const more = Buffer.concat([image, Buffer.alloc(100, 7)]);
  const pair = makeNifti({ magic: 'ni1', voxelOffset: 0 });
  const header = keep(pair.subarray(0, 348), '.hdr');
  writeFileSync(header.replace(/hdr$/, 'img'), Buffer.concat([pair.subarray(348), more]));
  // The size that the header promises decides, not that of the file.
  const files: [string, number][] = [
    [keep(more), 100],
    [keep(gzipSync(more), '.nii.gz'), 100],
    [keep(Buffer.concat([gzipSync(image), gzipSync(more)]), '.nii.gz'), more.length],
    [header, more.length + pair.length - 348 - 24],
  ];
  for (const [file, bytes] of files) {
    const { values, notes } = await readNifti(file);
    assert.deepEqual(values, sound.values);
    assert.equal(notes.length, 1);
    assert.match(notes[0], new RegExp(`: ${bytes} byte\\(s\\) follow the voxels`));
  }
  // Zeros after a gzip are padding, and members of one gzip are one file: nothing to note.
  const halves = [image.subarray(0, 200), image.subarray(200)].map((half) => gzipSync(half));
  for (const bytes of [
    Buffer.concat([gzipSync(image), Buffer.alloc(512)]),
    Buffer.concat(halves),
  ]) {
    const { values, notes } = await readNifti(keep(bytes, '.nii.gz'));
    assert.deepEqual([values, notes], [sound.values, []]);
  }
  // Four gigabytes after 24 voxels are not unpacked to their end.
  const bombed = await readNifti(keep(Buffer.concat([gzipSync(image), bomb(2 ** 32)]), '.nii.gz'));
  assert.deepEqual(bombed.values, sound.values);
  assert.match(bombed.notes[0], /: 16777216 or more bytes follow/);
});

test('a 64-bit integer beyond 2^53 is an error, not a rounded number', async () => {
  const voxels = new Uint8Array(24 * 8);
  new DataView(voxels.buffer).setBigInt64(8, 2n ** 53n, true);
  const file = keep(makeNifti({ datatype: 1024, bitpix: 64, voxels }));
  await failure(file, 'voxel 1', '9007199254740992');
});

test('what was written is read, with its affine; the same image gives the same bytes', async () => {
  const values = Float32Array.from({ length: 24 }, (_, i) => i - 7);
  const affine = [
    [-1, 0, 0, 10],
    [0, -2, 0, 239],
    [0, 0, 3, -4.5],
    [0, 0, 0, 1],
  ];
  for (const datatype of ['int8', 'int16', 'int32', 'int64', 'float32', 'float64'] as const) {
    for (const ending of ['.nii', '.nii.gz']) {
      const image = { shape: [2, 3, 4], values, affine, datatype };
      const [first, second] = [join(folder, `a${ending}`), join(folder, `b${ending}`)];
      writeNifti(first, image);
      writeNifti(second, image);
      assert.deepEqual(readFileSync(first), readFileSync(second));
      const back = await readNifti(first);
      assert.deepEqual([...back.values], [...values]);
      assert.deepEqual([back.affine, back.axes], [affine, 'LPS']);
      assert.deepEqual([back.datatype, back.shape], [datatype, [2, 3, 4]]);
      // Readers that use only the qform get the same position.
      const header = Buffer.from(readFileSync(join(folder, 'a.nii')));
      header.writeInt16LE(0, 254);
      const qform = await readNiftiHeader(keep(header));
      assert.equal(qform.header.affineFrom, 'qform');
      assertAffine(qform.affine, affine);
    }
  }
  assert.ok(!readdirSync(folder).some((name) => name.includes('.part-')));
});

test('voxels of every type are written little-endian, and what a type can’t hold is refused', () => {
  for (const type of DATATYPES) {
    const values = VALUES[type.name];
    const bytes = encodeVoxels(values, type, 'x');
    assert.deepEqual(new Uint8Array(bytes), voxelBytes(type.name, values, true), type.name);
    if (type.name.startsWith('float')) continue;
    const wrong = type.name.startsWith('u')
      ? [-1, 0.5, NaN, 2 ** 64]
      : [0.5, NaN, -(2 ** 63) - 2048];
    for (const value of wrong) {
      assert.throws(
        () => encodeVoxels([0, value], type, 'x'),
        (error: UserError) => error.message.includes(`voxel 1 is ${value}, which ${type.name}`),
      );
    }
  }
});
