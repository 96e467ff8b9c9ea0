import assert from 'node:assert/strict';
import { test } from 'node:test';
import { segmentationLoss } from '../nn/losses';
import { fillMissing } from '../mckd';
import { valueAndGradients } from '../nn/gradients';
import { disposeAll } from '../nn/parameters';
import { filledBatch, filledParameters } from '../checks/parity/filling';
import { randomStream } from '../base/random';
import { tf } from '../nn/tf';
import {
  decodeRegions,
  encodeModalities,
  segmentationLayers,
  segmentationParameters,
} from './segmentation';

test("the network has the authors' 43,656,672 parameters at width 1", () => {
  const { convolutions, norms } = segmentationLayers(1);
  const weights = convolutions.reduce(
    (sum, { kernel, inputs, outputs }) => sum + kernel ** 3 * inputs * outputs,
    0,
  );
  const affine = norms.reduce((sum, { channels }) => sum + 2 * channels, 0);
  assert.equal(weights + affine, 43_656_672);
});

test('logits have the size of the crop, every parameter gets a gradient, no tensor is leaked', () => {
  const parameters = filledParameters(1 / 16);
  const { images, labels } = filledBatch('test', 2, [16, 32, 32]);
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const available = [
      [true, true, true, true],
      [true, false, true, false],
    ];
    let shape: number[] = [];
    const { value, gradients } = valueAndGradients(() => {
      const { features, skips } = encodeModalities(parameters, images);
      const logits = decodeRegions(parameters, fillMissing(features, available), skips);
      shape = logits.shape;
      return segmentationLoss(logits, labels);
    }, parameters);
    assert.deepEqual(shape, [2, 16, 32, 32, 3]);
    assert.ok(Number.isFinite(value.dataSync()[0]));
    assert.deepEqual(Object.keys(gradients).sort(), Object.keys(parameters).sort());
  });
  assert.equal(tf.memory().numTensors, before);
  disposeAll(parameters);
  tf.dispose([images, labels]);
});

test('fresh parameters: Kaiming normal by fan_out, norms 1 and 0, the same for the same seed', () => {
  const parameters = segmentationParameters(1 / 8, randomStream(0, 'network'));
  const again = segmentationParameters(1 / 8, randomStream(0, 'network'));
  const name = 'shared_enc.backbone.layer3.0.conv2.weight';
  const values = parameters[name].dataSync();
  const [kernel, , , , outputs] = parameters[name].shape;
  const variance = tf.tidy(() => tf.mean(tf.square(parameters[name])).dataSync()[0]);
  const expected = 2 / (outputs * kernel ** 3);
  assert.ok(
    Math.abs(variance / expected - 1) < 5 * Math.sqrt(2 / values.length),
    `${variance} against ${expected}`,
  );
  assert.deepEqual(again[name].dataSync(), values);
  assert.deepEqual(
    new Set(parameters['shared_enc.backbone.norm1.weight'].dataSync()),
    new Set([1]),
  );
  disposeAll(parameters);
  disposeAll(again);
});
