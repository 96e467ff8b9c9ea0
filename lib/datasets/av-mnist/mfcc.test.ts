import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { mfcc } from './mfcc';
import { loadRecordings } from './recordings';
import { shippedFile } from '../../base/shipped-file';

/*
Python 3.11, librosa 0.11.0:
  n = np.arange(3000)
  clip = (0.5 * np.sin(2*np.pi*440*n/8000) * np.exp(-n/1500)
          + 0.2 * np.sin(2*np.pi*(300*n/8000 + 400*(n/8000)**2))).astype(np.float32)
  librosa.feature.mfcc(y=clip[::3], sr=8000, n_mfcc=20, pad_mode='reflect').T      # CLIP, per frame
  librosa.feature.mfcc(y=clip[:300:3], sr=8000, n_mfcc=20, pad_mode='reflect').T   # SHORT
SHORT is 100 samples between paddings of 1,024: the mirror is mirrored again.
*/
// prettier-ignore
const CLIP = [
  [2.9081, 47.5894, -97.0155, -1.8498, 35.9478, 0.452, -14.8498, 4.4469, 2.8909, -6.934, 2.1435, 7.5803, -3.8908, -6.5451, 4.0845, 5.0455, -4.2506, -3.7253, 4.5784, 2.8711],
  [-35.5519, 30.7337, -119.2484, 25.3551, 34.8911, -17.493, -1.0856, 5.5949, -8.5994, 2.8152, 3.7324, -2.3011, 1.9437, -2.8004, -2.3718, 6.5119, -1.4867, -6.0198, 4.9898, 3.0678],
];
// prettier-ignore
const SHORT = [
  [35.6301, 30.6621, -66.144, 7.4994, 11.3429, -12.501, 0.0731, 20.1877, -2.4509, -24.1645, -0.2661, 22.4252, 1.2501, -19.6537, -4.7235, 12.8917, 3.3913, -9.2691, -2.7896, 4.8501],
];

const clip = Float32Array.from({ length: 3000 }, (_, n) => {
  const decaying = 0.5 * Math.sin((2 * Math.PI * 440 * n) / 8000) * Math.exp(-n / 1500);
  const rising = 0.2 * Math.sin(2 * Math.PI * ((300 * n) / 8000 + 400 * (n / 8000) ** 2));
  return decaying + rising;
});

/** Largest difference of a map [20 coefficients, 20 frames] to [frames][20], zeros after. */
function difference(map: Float32Array, frames: number[][]): number {
  return Math.max(
    ...map.map((value, i) => Math.abs(value - (frames[i % 20]?.[Math.floor(i / 20)] ?? 0))),
  );
}

test('equals librosa on synthetic clips', () => {
  assert.ok(difference(mfcc(clip), CLIP) < 1e-2);
  assert.ok(difference(mfcc(clip.subarray(0, 300)), SHORT) < 1e-2);
});

test('silence, one sample, and a clip of more than twenty frames', () => {
  // Every band at the floor of 1e-10: -100 dB, so c_0 = -100 * sqrt(128).
  const silent = mfcc(new Float32Array(10));
  assert.ok(Math.abs(silent[0] + 100 * Math.sqrt(128)) < 1e-3);
  assert.ok(mfcc(Float32Array.of(0.5)).every(Number.isFinite));
  const long = mfcc(Float32Array.from({ length: 3 * 512 * 30 }, (_, i) => clip[i % 3000]));
  assert.equal(long.length, 400);
  assert.ok(long.slice(0, 20).every((value) => value !== 0));
});

test('equals librosa on five of the published recordings in every cell', async (t) => {
  if (!process.env.MCKD_DATA) {
    return t.skip('set MCKD_DATA to the Free Spoken Digit Dataset to run this');
  }
  // [coefficient][frame], librosa 0.11.0:
  //   y, rate = librosa.load(f'{name}.wav', sr=None, mono=True)
  //   m = librosa.feature.mfcc(y=y[::3], sr=8000, n_mfcc=20, pad_mode='reflect')
  //   np.pad(m, ((0, 0), (0, 20 - m.shape[1])))
  const expected = JSON.parse(
    readFileSync(shippedFile('checks', 'fixtures', 'mfcc.json'), 'utf8'),
  ) as Record<string, number[][]>;
  const { recordings } = await loadRecordings();
  assert.equal(Object.keys(expected).length, 5);
  for (const [name, map] of Object.entries(expected)) {
    const recording = recordings.find((r) => r.name === name);
    assert.ok(recording, name);
    const ours = mfcc(recording.samples);
    const worst = Math.max(...map.flat().map((value, i) => Math.abs(value - ours[i])));
    assert.ok(worst < 1e-2, `${name}: ${worst}`);
  }
});
