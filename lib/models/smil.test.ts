import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomStream } from '../base/random';
import { valueAndGradients } from '../nn/gradients';
import { constantVariable, disposeAll, type NamedTensors } from '../nn/parameters';
import { normalNumbers, seedsOf } from '../nn/random';
import { tf } from '../nn/tf';
import {
  disposeNetwork,
  FEATURES,
  fusionParameters,
  IMAGE_FEATURES,
  imageEncoderParameters,
  SPEECH_FEATURES,
  speechEncoderParameters,
  type Modality,
  type Mode,
  type Network,
} from './audio-visual';
import {
  CENTRES,
  centresName,
  inferenceParameters,
  innerGradients,
  innerNames,
  innerStep,
  knownLoss,
  validationLoss,
  type InnerStep,
  type MetaInput,
  type Pass,
} from './smil';

const HIDDEN = 64;
const [WITHOUT, COMPLETE] = [5, 4];

function made(scarce: Modality = 'speech'): Network {
  const stream = randomStream(1, 'smil');
  const sound = speechEncoderParameters(stream);
  const features = FEATURES[scarce];
  const values = Float32Array.from({ length: CENTRES * features }, () => stream.uniform());
  return {
    parameters: {
      ...imageEncoderParameters(stream),
      ...sound.parameters,
      ...fusionParameters(IMAGE_FEATURES, SPEECH_FEATURES, HIDDEN, stream),
      ...inferenceParameters(HIDDEN, stream, scarce),
    },
    statistics: {
      ...sound.statistics,
      [centresName(scarce)]: constantVariable([CENTRES, features], values),
    },
  };
}

interface Inputs {
  train: Record<Modality, tf.Tensor4D> & { labels: tf.Tensor1D };
  complete: MetaInput['complete'];
  pass: Required<Pass>;
}

/** In a tidy. Every call draws the same dropout and noise. */
function inputs(): Inputs {
  const stream = randomStream(2, 'inputs');
  const seed = seedsOf(randomStream(3, 'masks'));
  const mode: Mode = { training: true, seed, keepStatistics: true };
  const samples = (count: number): Inputs['train'] => {
    const pictures = (side: number): tf.Tensor4D =>
      tf.tensor4d(
        Float32Array.from({ length: count * side * side }, () => 2 * stream.uniform() - 1),
        [count, side, side, 1],
      );
    const digits = Array.from({ length: count }, () => stream.integer(10));
    return { image: pictures(28), speech: pictures(20), labels: tf.tensor1d(digits, 'int32') };
  };
  const train = samples(WITHOUT);
  const { image, speech, labels } = samples(COMPLETE);
  return {
    train,
    complete: { images: image, speech, labels },
    pass: { mode, noise: (_, shape) => normalNumbers(shape, seed()) },
  };
}

interface Meta extends Pick<MetaInput, 'innerRate' | 'order' | 'soundLearns'> {
  /** Instead of the one that is written out. */
  inner: (given: Inputs) => InnerStep;
  scarce: Modality;
}

/** L_tr + L_val. In a tidy. */
function metaLoss(network: Network, changes: Partial<Meta> = {}): tf.Scalar {
  const given = inputs();
  const { train, complete, pass } = given;
  const written = (): InnerStep => innerStep(network, train.image, train.labels, pass);
  const inner = changes.inner?.(given) ?? written();
  const { validation } = validationLoss({
    ...{ network, complete, innerRate: 1e-2, order: 'second', soundLearns: true },
    ...changes,
    ...{ inner, modes: { incomplete: pass.mode, complete: pass.mode } },
  });
  return tf.add(inner.loss, validation);
}

const sizeOf = (x: tf.Tensor): number => tf.norm(x).dataSync()[0];

test('the inner gradient that is written out is that of its loss, with dropout and noise', () => {
  const before = tf.memory().numTensors;
  const network = made();
  const kept: NamedTensors = {};
  const { value, gradients } = valueAndGradients(() => {
    const { train, pass } = inputs();
    const { loss, gradients: written } = innerStep(network, train.image, train.labels, pass);
    for (const [name, one] of Object.entries(written)) kept[name] = tf.keep(one.clone());
    return loss;
  }, network.parameters);
  assert.deepEqual(Object.keys(kept), innerNames('speech'));
  for (const name of innerNames('speech')) {
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
function outer(network: Network, changes: Partial<Meta>): NamedTensors {
  const { value, gradients } = valueAndGradients(
    () => metaLoss(network, changes),
    network.parameters,
  );
  value.dispose();
  return gradients;
}

test('the second order is what finite differences give, and the first order is not', () => {
  const before = tf.memory().numTensors;
  const network = made();
  const name = 'fusion.fc2.weight';
  const innerRate = 1;
  const start = network.parameters[name].clone();
  const loss = (): number => tf.tidy(() => metaLoss(network, { innerRate }).dataSync()[0]);
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

/** L_tr by the backward pass, before the outer one. */
function known(network: Network, scarce: Modality): InnerStep {
  return tf.tidy(() => {
    const { train, pass } = inputs();
    const plentiful = scarce === 'speech' ? train.image : train.speech;
    const inner = innerGradients(network, plentiful, train.labels, pass, scarce);
    return { ...inner } as unknown as tf.TensorContainerObject;
  }) as unknown as InnerStep;
}

test('the first order with an inner gradient of the backward pass is the one that is written out', () => {
  const before = tf.memory().numTensors;
  const network = made();
  const inner = known(network, 'speech');
  const change = { innerRate: 1, order: 'first' } as const;
  const [written, found] = [
    outer(network, change),
    outer(network, {
      ...change,
      // Draws as the written one does.
      inner: ({ train, pass }) => {
        innerStep(network, train.image, train.labels, pass);
        return { ...inner, loss: knownLoss(inner, network) };
      },
    }),
  ];
  assert.deepEqual(Object.keys(found).sort(), Object.keys(written).sort());
  for (const name of Object.keys(written)) {
    const off = tf.tidy(() => sizeOf(tf.sub(found[name], written[name])));
    const size = tf.tidy(() => sizeOf(written[name]));
    // A bias before a batch norm has no effect.
    assert.ok(size > 0 && off < 1e-5 * size + 1e-6, `${name}: ${off} of ${size}`);
  }
  const value = tf.tidy(() => knownLoss(inner, network).dataSync()[0]);
  assert.equal(value, inner.loss.dataSync()[0]);
  inner.loss.dispose();
  for (const all of [inner.gradients, written, found]) disposeAll(all);
  disposeNetwork(network);
  assert.equal(tf.memory().numTensors, before);
});

test('where images are scarce, one meta step lowers its loss and moves every net', () => {
  const before = tf.memory().numTensors;
  const network = made('image');
  const scarce = 'image';
  const loss = (): number =>
    tf.tidy(
      () =>
        metaLoss(network, {
          scarce,
          order: 'first',
          inner: () => known(network, scarce),
        }).dataSync()[0],
    );
  const first = loss();
  const inner = known(network, scarce);
  assert.deepEqual(
    innerNames(scarce).filter((name) => !(name in inner.gradients)),
    [],
  );
  const gradients = outer(network, {
    ...{ scarce, order: 'first' },
    inner: () => ({ ...inner, loss: knownLoss(inner, network) }),
  });
  assert.deepEqual(Object.keys(gradients).sort(), Object.keys(network.parameters).sort());
  tf.tidy(() => {
    for (const [name, gradient] of Object.entries(gradients)) {
      const parameter = network.parameters[name];
      parameter.assign(tf.sub(parameter as tf.Tensor, tf.mul(gradient, 1e-3)));
    }
  });
  const second = loss();
  assert.ok(second < first, `${first} and then ${second}`);
  inner.loss.dispose();
  disposeAll(inner.gradients);
  disposeAll(gradients);
  disposeNetwork(network);
  assert.equal(tf.memory().numTensors, before);
});
