import assert from 'node:assert/strict';
import test from 'node:test';
import { randomStream } from '../base/random';
import { disposeAll } from '../nn/parameters';
import { tf } from '../nn/tf';
import { encodeVolumes, segmentationParameters } from './segmentation';
import { encoderWindows, receptiveField, type Window } from './receptive-field';

/** Inputs on which the middle output of convolutions with positive kernels depends: a 1 at each place in turn. */
function measured(layers: readonly Window[], length: number): number {
  return tf.tidy(() => {
    const places = tf.reshape(tf.eye(length), [length, length, 1]) as tf.Tensor3D;
    const outputs = layers.reduce(
      (x, { kernel, stride = 1, dilation = 1 }) =>
        tf.conv1d(x, tf.ones([kernel, 1, 1]), stride, 'same', 'NWC', dilation),
      places,
    );
    const middle = outputs.slice([0, outputs.shape[1] >> 1, 0], [length, 1, 1]);
    return middle.dataSync().filter((value) => value !== 0).length;
  });
}

test('the receptive field is the number of inputs that an output depends on', () => {
  const before = tf.memory().numTensors;
  const stem = [{ kernel: 7, stride: 2 }, { kernel: 3, stride: 2 }, { kernel: 3 }];
  assert.equal(receptiveField([]), 1);
  assert.equal(receptiveField(stem), measured(stem, 200));
  const dilated: Window[] = [{ kernel: 3 }, { kernel: 3, dilation: 4 }, { kernel: 5 }];
  assert.equal(receptiveField(dilated), measured(dilated, 200));
  assert.equal(tf.memory().numTensors, before);
});

test('the encoder sees twice as far in the plane as in depth, but for the stem', () => {
  const [plane, depth] = [encoderWindows('plane'), encoderWindows('depth')];
  const [inPlane, inDepth] = [receptiveField(plane), receptiveField(depth)];
  assert.equal(inPlane - 7, 2 * (inDepth - 7));
  assert.equal(inPlane, measured(plane, 2 * inPlane));
});

test('the strides are those of the encoder', () => {
  const stride = (axis: 'depth' | 'plane'): number =>
    encoderWindows(axis).reduce((product, { stride = 1 }) => product * stride, 1);
  const [depth, plane] = [3 * stride('depth'), 2 * stride('plane')];
  const parameters = segmentationParameters(1 / 16, randomStream(0, 'strides'));
  const shape = tf.tidy(() => {
    const volume = tf.zeros([1, depth, plane, plane, 1]) as tf.Tensor5D;
    return encodeVolumes(parameters, 'shared_enc', volume, {}).feature.shape;
  });
  disposeAll(parameters);
  assert.deepEqual(shape.slice(1, 4), [3, 2, 2]);
});
