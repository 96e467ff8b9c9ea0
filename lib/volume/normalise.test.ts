import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../base/errors';
import { MODALITIES, type Modality } from '../base/modality';
import { findCases } from '../datasets/brats';
import { statisticsOf } from './describe';
import { readNifti } from '../formats/nifti';
import {
  describeNormalised,
  normalisationNotes,
  normaliseIntensity,
  type NormalisedDescription,
} from './normalise';
import { shippedFile } from '../base/shipped-file';

/*
numpy 2.4:
  def truncate(a):
      counts, _ = np.histogram(a, bins=int(a.max()))
      k = np.float32(np.argwhere(counts >= 50)[-1, 0])
      clipped = int((a >= k).sum())
      a = np.where(a >= k, k, a)
      sig = a[0]
      a = np.where(a != sig, a - np.mean(a[a != sig]), 0 * a)
      a = np.where(a != sig, a / np.std(a[a != sig] + 1e-7), 0 * a)
      return int(k), clipped, a
  i = np.arange(65536)
  a = np.where(i % 5 == 0, 0, (i * 7919 % 331) * (i * 104729 % 337) / 256 - 20); a[1] = 700.5
  for x in (a, a + 5):
      k, clipped, v = truncate(x)
      print(k, clipped, v.min(), v.max(), v.std(), (v != 0).sum(), v[[0, 1, 2, 3, 1000, 4094]])
*/
const EXPECTED = [
  {
    added: 0,
    numbers: [300, 1996, -1.159189, 2.311464, 0.894361, 52421],
    sample: [0, 2.311464, 0.995607, -0.042073, 0, 0.427008],
  },
  {
    added: 5,
    numbers: [294, 2434, -1.305362, 2.485043, 1, 52421],
    sample: [0, 2.485043, 1.131731, -0.041894, 0, 0.48864],
  },
];

function assertNear(actual: number[], expected: number[], tolerance = 1e-5): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]) <= tolerance, `${i}: ${value}, ${expected[i]}`);
  });
}

test('equals the authors’ steps in numpy, with a background of 0 and with another', () => {
  for (const { added, numbers, sample } of EXPECTED) {
    const scan = Float64Array.from({ length: 65536 }, (_, i) => {
      if (i === 1) return 700.5 + added;
      if (i % 5 === 0) return added;
      return (((i * 7919) % 331) * ((i * 104729) % 337)) / 256 - 20 + added;
    });
    const { values, clip, background, clippedVoxels } = normaliseIntensity(scan);
    const { min, max, std, nonzero } = statisticsOf(values);
    assert.equal(background, added);
    assertNear([clip, clippedVoxels, min, max, std, nonzero], numbers);
    assertNear(
      [0, 1, 2, 3, 1000, 4094].map((i) => values[i]),
      sample,
    );
  }
});

test('a scan without intensities to normalise is an error', () => {
  const cases: [Float32Array, RegExp][] = [
    [new Float32Array(100), /every voxel is 0/],
    [new Float32Array(100).fill(7), /every voxel is 7/],
    [Float32Array.of(0, 1, NaN), /number of NaN or infinite voxels is 1/],
    [Float32Array.of(0, 0.5), /deviation inside the brain is NaN and should be above 0; look at/],
  ];
  for (const [values, message] of cases) {
    assert.throws(
      () => normaliseIntensity(values, 'x.nii'),
      (error: Error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, message);
        return error.details.file === 'x.nii';
      },
    );
  }
});

/** A brain of so many intensities in a background of 0, in steps of `step`. */
function brain(step: number, levels = 400, voxels = 20_000): Float32Array {
  return Float32Array.from({ length: 4 * voxels }, (_, i) =>
    i < 3 * voxels ? 0 : step * (1 + ((i * 7919) % levels)),
  );
}

test('scans of other scales keep their contrast, with a note', () => {
  const usual = normaliseIntensity(brain(1));
  assert.deepEqual([usual.ownScale, normalisationNotes(usual, 'x')], [false, []]);
  for (const step of [1 / 400, 0.01, 1e4]) {
    const scan = normaliseIntensity(brain(step));
    const notes = normalisationNotes(scan, 'x.nii');
    assert.equal(scan.ownScale, true, String(step));
    assert.match(notes.join('\n'), /x\.nii: intensities from 0 to .* do not suit the authors'/);
    assert.equal(notes.length, 1);
    // As the scan of the usual scale, but for the few brightest.
    const apart = scan.values.map((value, i) => Math.abs(value - usual.values[i]));
    assert.ok(Math.max(...apart.slice(60_000)) < 0.02, String(Math.max(...apart.slice(60_000))));
  }
});

test('a clipped brain, and one that was not skull-stripped, give a note', () => {
  const clipped = brain(1, 100).map((value, i) => (i % 14 === 1 && value > 0 ? 99.5 : value));
  assert.match(
    normalisationNotes(normaliseIntensity(clipped), 'x').join('\n'),
    /x: \d.* % of the brain is clipped \(intensities from 0 to 100, clipped at 99\)/,
  );
  const whole = brain(1).map((value, i) => (i === 0 ? 0 : value + 1));
  assert.match(
    normalisationNotes(normaliseIntensity(whole), 'x').join('\n'),
    /100 % of the voxels are not background .*check that the skull is stripped/,
  );
});

test('equals the authors’ own code on a real case in every number', async (t) => {
  const folder = join(process.env.MCKD_DATA ?? '', 'brats');
  if (!process.env.MCKD_DATA || !existsSync(folder)) {
    return t.skip('set MCKD_DATA to a folder with a real case in brats/ to run this');
  }
  const expected = JSON.parse(
    readFileSync(shippedFile('checks', 'fixtures', 'brats-normalise.json'), 'utf8'),
  ) as Record<string, Record<Modality, NormalisedDescription>>;
  for (const { name, scans } of findCases(folder)) {
    for (const modality of MODALITIES) {
      const file = scans[modality]?.file as string;
      const { values, shape } = await readNifti(file);
      const found = describeNormalised(normaliseIntensity(values, file), shape);
      const wanted = expected[name][modality];
      assert.deepEqual(Object.keys(found), Object.keys(wanted));
      for (const [field, value] of Object.entries(found)) {
        const numbers = [value].flat(2) as number[];
        assertNear(numbers, [wanted[field as keyof NormalisedDescription]].flat(2) as number[]);
      }
    }
  }
});
