import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { UserError } from '../../base/errors';
import { IMPORTANCE_NAME } from '../../mckd';
import { segmentationParameters } from '../../models/segmentation';
import { constantVariable, disposeAll } from '../../nn/parameters';
import { assertLogits, type ExpectedLogits } from '../../checks/parity/logits';
import { randomStream } from '../../base/random';
import { readSafetensors, writeSafetensors, type StoredTensor } from '../../formats/safetensors';
import { tf } from '../../nn/tf';
import { BRATS_METHODS, buildConfig } from '../../config';
import { mckdModel, modelNamed } from '../models';
import { mckdShapes, mckdWidthOf } from '../models/mckd-shapes';
import { disposeWeights, loadWeights, saveWeights } from './weights';
import { shippedFile } from '../../base/shipped-file';

/*
Python 3.11, torch 2.13.0, safetensors 0.8.0, in data-scripts/pytorch:
  python logits.py w.pth pytorch-logits.json --random 0.03125 2
  python convert.py w.pth pytorch.safetensors
*/
const fixtures = shippedFile('checks', 'fixtures');
const FIXTURE = join(fixtures, 'pytorch.safetensors');

const folder = mkdtempSync(join(tmpdir(), 'mckd-weights-'));
after(() => rmSync(folder, { recursive: true }));

test("weights that PyTorch wrote give PyTorch's logits", async () => {
  const before = tf.memory().numTensors;
  const weights = await loadWeights(FIXTURE);
  assert.equal(weights.width, 1 / 32);
  assert.deepEqual(weights.metadata, { format: 'pt' });
  assert.deepEqual(weights.state[IMPORTANCE_NAME].shape, [4]);
  const expected = JSON.parse(
    readFileSync(join(fixtures, 'pytorch-logits.json'), 'utf8'),
  ) as ExpectedLogits;
  assertLogits(weights.parameters, expected);
  disposeWeights(weights);
  assert.equal(tf.memory().numTensors, before, 'tensors leaked');
});

test('the kit writes them as PyTorch did, byte for byte', async () => {
  const { parameters, state, metadata } = await loadWeights(FIXTURE);
  const file = join(folder, 'again.safetensors');
  const before = tf.memory().numTensors;
  saveWeights(file, { ...state, ...parameters }, metadata);
  assert.equal(tf.memory().numTensors, before, 'tensors leaked');
  assert.deepEqual(readFileSync(file), readFileSync(FIXTURE));
  disposeAll(parameters);
  disposeAll(state);
});

test('fresh weights are restored exactly, also without importance logits', async () => {
  const parameters = segmentationParameters(1 / 32, randomStream(0, 'network'));
  const file = join(folder, 'fresh.safetensors');
  saveWeights(file, parameters, { step: '7' });
  const weights = await loadWeights(file, 1 / 32);
  assert.deepEqual(weights.metadata, { format: 'pt', step: '7' });
  assert.deepEqual(weights.state, {});
  assert.deepEqual(Object.keys(weights.parameters).sort(), Object.keys(parameters).sort());
  for (const [name, parameter] of Object.entries(parameters)) {
    assert.deepEqual(weights.parameters[name].shape, parameter.shape, name);
    assert.deepEqual(weights.parameters[name].dataSync(), parameter.dataSync(), name);
  }
  disposeWeights(weights);
  disposeAll(parameters);
});

test('a width is found from the shapes, also where channel counts were rounded', () => {
  for (const width of [1, 1 / 2, 1 / 8, 1 / 16, 1 / 64, 0.1, 0.3, 0.1234, 0.777, 1.5]) {
    const found = mckdWidthOf(mckdShapes({ width }));
    const [is, should] = [found, width].map((one) => mckdShapes({ width: one }));
    assert.deepEqual(is, should, `${width}, found ${found}`);
    if (width !== 1 / 64 && Number.isInteger(width * 320)) assert.equal(found, width);
  }
  assert.equal(mckdWidthOf(new Map([['x', [3]]])), 1);
});

/** The fixture with its tensors changed, in a new file. */
async function changed(change: (tensors: Map<string, StoredTensor>) => void): Promise<string> {
  const { tensors } = await readSafetensors(FIXTURE);
  change(tensors);
  const file = join(folder, 'changed.safetensors');
  writeSafetensors(file, Object.fromEntries(tensors));
  return file;
}

const vector = (...values: number[]): StoredTensor => ({
  dtype: 'F32',
  shape: [values.length],
  values: Float32Array.from(values),
});

test("the authors' extras and the prefixes of DataParallel and torch.compile are ignored, float64 is narrowed", async () => {
  const file = await changed((tensors) => {
    for (const [i, [name, tensor]] of [...tensors].entries()) {
      tensors.delete(name);
      const values = Float64Array.from(tensor.values as Float32Array);
      const prefix = ['module.', '_orig_mod.', 'module._orig_mod.'][i % 3];
      tensors.set(`${prefix}${name}`, { dtype: 'F64', shape: tensor.shape, values });
    }
    for (const name of mckdModel.layout.unused ?? []) tensors.set(`module.${name}`, vector(1, 2));
  });
  const [plain, prefixed] = [await loadWeights(FIXTURE), await loadWeights(file)];
  assert.deepEqual(Object.keys(prefixed.parameters).sort(), Object.keys(plain.parameters).sort());
  for (const [name, parameter] of Object.entries(plain.parameters)) {
    assert.deepEqual(prefixed.parameters[name].dataSync(), parameter.dataSync(), name);
  }
  disposeWeights(plain);
  disposeWeights(prefixed);
});

/** The error of loading, which must leak no tensor. */
async function failure(file: string, width?: number): Promise<UserError> {
  const before = tf.memory().numTensors;
  const error: unknown = await loadWeights(file, width).then(
    () => assert.fail('loaded'),
    (reason: unknown) => reason,
  );
  assert.equal(tf.memory().numTensors, before, 'tensors leaked');
  assert.ok(error instanceof UserError, String(error));
  assert.ok(error.message.startsWith(`${file}: `), error.message);
  return error;
}

test('every tensor that is missing, unexpected, of another shape or type is named in one error', async () => {
  const file = await changed((tensors) => {
    tensors.delete('shared_enc.aspp.branch2.1.bias');
    tensors.delete('shared_dec.cls_conv.0.weight');
    tensors.set('shared_enc.backbone.norm1.bias', vector(1, 2, 3));
    tensors.set('extra', vector(1));
    const values = BigInt64Array.of(1n, 2n, 3n, 4n);
    tensors.set(IMPORTANCE_NAME, { dtype: 'I64', shape: [4], values });
  });
  const { message, details } = await failure(file);
  const faults = [
    'shared_dec.cls_conv.0.weight [3, 1, 1, 1, 1] is missing',
    'shared_enc.aspp.branch2.1.bias [8] is missing',
    'shared_enc.backbone.norm1.bias is [3], not [2]',
    'extra [1] is unexpected',
    'kd_weights.kd_weights is I64, not one of F32, F64, F16, BF16',
  ];
  assert.deepEqual([...(details.value as string[])].sort(), [...faults].sort());
  for (const fault of faults) assert.ok(message.includes(fault), message);
});

test('another width is named, and another network is not listed tensor by tensor', async () => {
  const other = await failure(FIXTURE, 1 / 16);
  assert.match(other.message, /at width 0.0625: .* more; use width 0.03125, which is the file's$/);
  const foreign = await failure(await changed((tensors) => tensors.clear()));
  assert.match(foreign.message, /is missing; and 209 more; convert the checkpoint again/);
  assert.equal((foreign.details.value as string[]).length, 221);
  assert.ok(foreign.message.length < 1500);
});

test('a name with and without the prefix, a value that is not finite', async () => {
  const twice = await changed((tensors) => tensors.set(`module.${IMPORTANCE_NAME}`, vector(1)));
  assert.match((await failure(twice)).message, /appears with a prefix \(module\..*\) and without/);
  const name = 'shared_enc.backbone.norm1.bias';
  const nan = await failure(await changed((tensors) => tensors.set(name, vector(1, NaN))));
  assert.match(nan.message, /value 1 of shared_enc.backbone.norm1.bias is NaN/);
});

test('parameters of any names can be written, so that optimizer state can be', async () => {
  const state = { 'velocity/a': constantVariable([2, 3], 1.5) };
  const file = join(folder, 'state.safetensors');
  saveWeights(file, state);
  const { tensors } = await readSafetensors(file);
  assert.deepEqual(tensors.get('velocity/a')?.shape, [2, 3]);
  disposeAll(state);
});

for (const model of Object.keys(BRATS_METHODS)) {
  test(`${model}: weights go out in PyTorch's names and shapes, and come in as they were`, async () => {
    const { brats: config } = buildConfig('smoke', { brats: { model } });
    const { layout, parameters: fresh } = modelNamed(model);
    const parameters = fresh(config, randomStream(0, 'network'));
    const [first, second] = ['first', 'second'].map((name) => join(folder, `${model}-${name}`));
    const metadata = { config: JSON.stringify(config) };
    saveWeights(first, parameters, metadata);
    disposeAll(parameters);
    const { tensors } = await readSafetensors(first);
    const shapes = new Map([...tensors].map(([name, { shape }]) => [name, shape]));
    assert.deepEqual(shapes, new Map(layout.shapes(config)));
    const weights = await loadWeights(first);
    assert.deepEqual([weights.model.name, weights.width], [model, config.width]);
    saveWeights(second, weights.parameters, metadata);
    disposeWeights(weights);
    assert.deepEqual(readFileSync(second), readFileSync(first));
  });
}

test('weights without metadata are of the method whose names they have', async () => {
  // LCKD's network is MCKD's.
  for (const model of ['mckd', 'shaspec', 'rfnet', 'uhved', 'uhemis', 'robustseg']) {
    const { brats: config } = buildConfig('smoke', { brats: { model } });
    const parameters = modelNamed(model).parameters(config, randomStream(0, 'network'));
    const file = join(folder, `${model}-plain`);
    saveWeights(file, parameters);
    disposeAll(parameters);
    const weights = await loadWeights(file);
    assert.deepEqual([weights.model.name, weights.width], [model, config.width]);
    disposeWeights(weights);
  }
});

test('weights of another method are refused, naming its tensors', async () => {
  const { brats: config } = buildConfig('smoke', { brats: { model: 'uhemis' } });
  const parameters = modelNamed('uhemis').parameters(config, randomStream(0, 'network'));
  const file = join(folder, 'other');
  saveWeights(file, parameters, { config: JSON.stringify({ ...config, model: 'uhved' }) });
  disposeAll(parameters);
  await assert.rejects(
    loadWeights(file),
    (error: UserError) =>
      error.details.code === 'MISMATCH' &&
      /not the segmentation network of uhved at width 0\.25: flair_encoder\.e1_c2/.test(
        error.message,
      ),
  );
});
