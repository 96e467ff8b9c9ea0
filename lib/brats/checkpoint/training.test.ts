import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createTraining, disposeTraining } from '../training';
import { buildConfig } from '../../config';
import { UserError } from '../../base/errors';
import { partsOf, safetensorsBytes } from '../../checks/robustness/safetensors-target';
import { tf } from '../../nn/tf';
import { loadTraining, saveTraining } from './training';
import { CHECKSUM } from './checksum';

const folder = mkdtempSync(join(tmpdir(), 'mckd-training-'));
after(() => rmSync(folder, { recursive: true }));

interface Header {
  __metadata__: { training: string };
  [tensor: string]: object;
}

test('a checkpoint with damaged facts or state is an error that names it, and leaks no tensor', async () => {
  const { brats } = buildConfig('smoke', { brats: { width: 1 / 32 } });
  const file = join(folder, 'checkpoint.safetensors');
  const training = createTraining(brats, 3);
  saveTraining(file, training);
  disposeTraining(training);
  const sound = readFileSync(file);
  const before = tf.memory().numTensors;
  const facts = (change: (text: string) => string) => (header: Header) => {
    header.__metadata__.training = change(header.__metadata__.training);
  };
  const rename = (from: string, to: string) => (header: Header) => {
    header[to] = header[from];
    delete header[from];
  };
  const first = 'training/importance/first-moment';
  const cases: [(header: Header) => void, RegExp][] = [
    [facts((text) => text.slice(0, 50)), /is not JSON/],
    [facts(() => 'null'), /its training has format absent/],
    [
      facts((text) => text.replace('"format":1', '"format":9')),
      /format 9, and this version reads 1 to/,
    ],
    [facts((text) => text.replace('"step":0', '"step":"0"')), /its step is not what a training/],
    [facts((text) => text.replace('"step":0', '"step":-1')), /its step is not what/],
    [facts((text) => text.replace('"step":0', '"step":0,"step":7')), /has "step" twice/],
    [facts((text) => text.replace('"seed":3', '"seed":0.5')), /its seed is not what/],
    [facts((text) => text.replace('"seed":3,', '')), /its seed is not what/],
    [facts((text) => text.replace('"width":0.03125', '"width":1')), /not the segmentation network/],
    [facts((text) => text.replace('"L1"', '"L3"')), /config's brats.distance is not valid/],
    [rename(first, 'training/importance/another'), /first-moment is missing/],
    [
      (header) => (header['training/odd'] = { ...header[first], ...empty(header) }),
      /odd is of ano/,
    ],
    [
      (header) => (header[first] = { ...header[first], dtype: 'I32' }),
      /is I32 \[4\] and should be/,
    ],
    [(header) => (header[first] = { ...header[first], shape: [2, 2] }), /F32 \[2, 2\] and should/],
  ];
  for (const [change, message] of cases) {
    const { header, data } = withoutSum(sound);
    change(header);
    writeFileSync(file, safetensorsBytes(Buffer.from(JSON.stringify(header)), data));
    await assert.rejects(loadTraining(file), (error: Error) => {
      assert.ok(error instanceof UserError, error.stack);
      assert.ok(error.message.startsWith(file), error.message);
      assert.match(error.message, message);
      return true;
    });
  }
  assert.equal(tf.memory().numTensors, before, 'tensors leaked');
  writeFileSync(file, sound);
  const again = await loadTraining(file);
  assert.deepEqual([again.seed, again.step], [3, 0]);
  disposeTraining(again);
});

/** The parts of a checkpoint of the first format, which had no checksum: damage is detected later. */
function withoutSum(file: Buffer): { header: Header; data: Buffer } {
  const { header, data } = partsOf(file) as { header: Header; data: Buffer };
  const [from] = (header[CHECKSUM] as { data_offsets: number[] }).data_offsets;
  delete header[CHECKSUM];
  header.__metadata__.training = header.__metadata__.training.replace('"format":2', '"format":1');
  return { header, data: data.subarray(0, from) };
}

/** A tensor without elements at the end of the data. */
function empty(header: Header): object {
  const ends = Object.values(header).map(
    (entry) => (entry as { data_offsets?: number[] }).data_offsets?.[1] ?? 0,
  );
  const end = Math.max(...ends);
  return { shape: [0], data_offsets: [end, end] };
}
