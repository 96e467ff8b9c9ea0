import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomStream } from '../base/random';
import { valueAndGradients } from '../nn/gradients';
import { constantVariable, disposeAll, type NamedTensors } from '../nn/parameters';
import { normalNumbers, seedsOf } from '../nn/random';
import { tf } from '../nn/tf';
import {
  disposeNetwork,
  fusionParameters,
  IMAGE_FEATURES,
  imageEncoderParameters,
  SPEECH_FEATURES,
  speechEncoderParameters,
  type Mode,
  type Network,
} from './audio-visual';
import {
  CENTRES,
  CENTRES_NAME,
  INNER,
  inferenceParameters,
  innerStep,
  metaLosses,
  type MetaInput,
} from './smil';

const HIDDEN = 64;
const [WITHOUT, COMPLETE] = [5, 4];

function made(): Network {
  const stream = randomStream(1, 'smil');
  const sound = speechEncoderParameters(stream);
  const values = Float32Array.from({ length: CENTRES * SPEECH_FEATURES }, () => stream.uniform());
  return {
    parameters: {
      ...imageEncoderParameters(stream),
      ...sound.parameters,
      ...fusionParameters(IMAGE_FEATURES, SPEECH_FEATURES, HIDDEN, stream),
      ...inferenceParameters(HIDDEN, stream),
    },
    statistics: {
      ...sound.statistics,
      [CENTRES_NAME]: constantVariable([CENTRES, SPEECH_FEATURES], values),
    },
  };
}

/** In a tidy. Every call draws the same dropout and noise. */
function inputOf(network: Network, changes: Partial<MetaInput> = {}): MetaInput {
  const stream = randomStream(2, 'inputs');
  const seed = seedsOf(randomStream(3, 'masks'));
  const mode: Mode = { training: true, seed, keepStatistics: true };
  const pictures = (count: number, side: number): tf.Tensor4D =>
    tf.tensor4d(
      Float32Array.from({ length: count * side * side }, () => 2 * stream.uniform() - 1),
      [count, side, side, 1],
    );
  const labels = (count: number): tf.Tensor1D =>
    tf.tensor1d(
      Array.from({ length: count }, () => stream.integer(10)),
      'int32',
    );
  return {
    network,
    train: { images: pictures(WITHOUT, 28), labels: labels(WITHOUT) },
    complete: {
      images: pictures(COMPLETE, 28),
      speech: pictures(COMPLETE, 20),
      labels: labels(COMPLETE),
    },
    innerRate: 1e-2,
    order: 'second',
    soundLearns: true,
    passes: {
      inner: { mode, noise: (_, shape) => normalNumbers(shape, seed()) },
      incomplete: { mode },
      complete: { mode },
    },
    ...changes,
  };
}

const sizeOf = (x: tf.Tensor): number => tf.norm(x).dataSync()[0];

test('the inner gradient that is written out is that of its loss, with dropout and noise', () => {
  const before = tf.memory().numTensors;
  const network = made();
  const kept: NamedTensors = {};
  const { value, gradients } = valueAndGradients(() => {
    const { train, passes } = inputOf(network);
    const { mode, noise } = passes.inner;
    const { loss, gradients: written } = innerStep(
      network,
      train.images,
      train.labels,
      mode,
      noise!,
    );
    for (const [name, one] of Object.entries(written)) kept[name] = tf.keep(one.clone());
    return loss;
  }, network.parameters);
  assert.deepEqual(Object.keys(kept), INNER);
  for (const name of INNER) {
    const off = tf.tidy(() => sizeOf(tf.sub(kept[name], gradients[name])));
    const size = tf.tidy(() => sizeOf(gradients[name]));
    assert.ok(size > 0 && off < 1e-5 * size, `${name}: ${off} of ${size}`);
  }
  value.dispose();
  disposeAll(gradients);
  disposeAll(kept as never);
  disposeNetwork(network);
  assert.equal(tf.memory().numTensors, before);
});

/** d (L_tr + L_val) / d parameter. */
function outer(network: Network, changes: Partial<MetaInput>): NamedTensors {
  const { value, gradients } = valueAndGradients(() => {
    const { train, validation } = metaLosses(inputOf(network, changes));
    return tf.add(train, validation);
  }, network.parameters);
  value.dispose();
  return gradients;
}

test('the second order is what finite differences give, and the first order is not', () => {
  const before = tf.memory().numTensors;
  const network = made();
  const name = 'fusion.fc2.weight';
  const innerRate = 1;
  const start = network.parameters[name].clone();
  const loss = (): number =>
    tf.tidy(() => {
      const { train, validation } = metaLosses(inputOf(network, { innerRate }));
      return tf.add(train, validation).dataSync()[0];
    });
  const slope = (gradients: NamedTensors): number => {
    const squared = tf.tidy(() => tf.sum(tf.square(gradients[name])).dataSync()[0]);
    disposeAll(gradients);
    return squared;
  };
  const second = outer(network, { innerRate });
  const along = second[name].clone();
  const expected = slope(second);
  const at = (step: number): number => {
    tf.tidy(() => network.parameters[name].assign(tf.add(start, tf.mul(along, step))));
    return loss();
  };
  const step = 2e-2 / expected;
  const found = (at(step) - at(-step)) / (2 * step);
  network.parameters[name].assign(start);
  assert.ok(Math.abs(found / expected - 1) < 0.02, `${found} and ${expected}`);
  const first = tf.tidy(() => {
    const gradients = outer(network, { innerRate, order: 'first' });
    return tf.sum(tf.mul(gradients[name], along)).dataSync()[0];
  });
  assert.ok(Math.abs(first / expected - 1) > 0.05, `${first} and ${expected}`);
  tf.dispose([start, along]);
  disposeNetwork(network);
  assert.equal(tf.memory().numTensors, before);
});

test('a frozen sound net gets no gradient, and running statistics and centres stay', () => {
  const network = made();
  const values = (): number[][] =>
    Object.values(network.statistics).map((one) => Array.from(one.dataSync()));
  const statistics = values();
  const frozen = outer(network, { soundLearns: false });
  const moving = outer(network, { soundLearns: true });
  const sound = (all: NamedTensors): string[] =>
    Object.keys(all).filter((name) => name.startsWith('speech.'));
  assert.deepEqual(sound(frozen), []);
  assert.equal(sound(moving).length, 12);
  assert.deepEqual(values(), statistics);
  disposeAll(frozen);
  disposeAll(moving);
  disposeNetwork(network);
});
