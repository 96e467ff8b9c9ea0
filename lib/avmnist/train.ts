/**
 * One training run of Audiovision-MNIST as a stream of events: no console, no files, no plots.
 *
 * What is published: 60 epochs of Adam at 1e-3 with weight decay 1e-2, x0.9 every 20 epochs; the
 * encoders; MCKD's filling, distillation and importance weights. What is our reading, since this half
 * of the authors' code was never released: the shared feature size, the batch size, and that the
 * meta step asks held-back training pairs.
 */
import type { AvTrainingConfig } from '../config';
import { keepRecordings, type AvMnist } from '../datasets/av-mnist/avmnist';
import { ReaderError } from '../base/errors';
import { disposeImportance, initImportance, readWeights } from '../mckd';
import { disposeNetwork } from '../models/audio-visual';
import { nonFiniteOf } from '../nn/gradients';
import { disposeAll } from '../nn/parameters';
import { adamStep, disposeAdam, initAdam } from '../nn/optimizers';
import { randomStream } from '../base/random';
import { tf } from '../nn/tf';
import { createNetwork } from './network';
import { noScores, noteEpoch, type AvEvent } from './run';
import { epochBatches, splitTraining } from './split';
import { evaluate, metaEvent, toDevice, trainStep, type Trainee } from './steps';

/**
 * Trains once. Stops between epochs when the consumer does; frees all it made either way.
 * The same data, config and seed give the same events, number for number.
 *
 * @throws ReaderError where a loss or gradient is not finite: before it touches a weight, naming epoch, step and pairs
 */
export async function* trainAvMnist(
  data: AvMnist,
  config: AvTrainingConfig,
  seed: number,
): AsyncGenerator<AvEvent> {
  const started = performance.now();
  const stream = randomStream(seed, 'av-mnist');
  const { method, scarce } = config;
  const rate = method === 'upperBound' ? 1 : config.rate;
  const complete = keepRecordings(data.train, rate, stream.split(`keep/${scarce}`));
  const { digits } = data.train;
  const split = splitTraining(digits, complete, config.heldBackShare, stream.split('split'));
  const train = toDevice(data.train);
  const test = toDevice(data.test);
  const testIndices = Array.from(test.digits.keys());
  const network = createNetwork(config, stream.split('start'));
  const adam = initAdam(network.parameters);
  const importance =
    method === 'mckd'
      ? initImportance(2, config.importance, stream.split('importance'))
      : undefined;
  const trainee: Trainee = { network, config, importance };
  const [order, dropout] = [stream.split('order'), stream.split('dropout')];
  const { weightDecay } = config;
  const scores = noScores();
  try {
    for (let epoch = 1; epoch <= config.epochs; epoch++) {
      const decays = Math.floor((epoch - 1) / config.decayEveryEpochs);
      const learningRate = config.learningRate * config.decayFactor ** decays;
      const batches = epochBatches(split, config.batchSize, order);
      const mean = { taskLoss: 0, distillationLoss: 0 };
      for (const [step, indices] of batches.entries()) {
        const losses = trainStep(trainee, train, split, indices, dropout);
        const { task: taskLoss, distillation, gradients } = losses;
        const wrong = nonFiniteOf(
          { 'the loss': taskLoss, 'the distillation': distillation },
          gradients,
        );
        if (wrong) {
          disposeAll(losses.gradients);
          const pairs = indices.map((p) => data.train.recordings[p]).join(', ');
          throw runError(
            config,
            seed,
            `epoch ${epoch}, step ${step}: ${wrong.field} is ${wrong.value} on ${pairs}`,
          );
        }
        adamStep(network.parameters, losses.gradients, adam, learningRate, { weightDecay });
        disposeAll(losses.gradients);
        mean.taskLoss += losses.task / batches.length;
        mean.distillationLoss += losses.distillation / batches.length;
      }
      if (importance !== undefined && epoch % config.importance.eventEveryEpochs === 0) {
        try {
          metaEvent(trainee, importance, train, split);
        } catch (error) {
          if (!(error instanceof ReaderError)) throw error;
          throw runError(config, seed, `epoch ${epoch}: ${error.message} in its meta event`);
        }
      }
      const onTest = evaluate(trainee, test, testIndices);
      const onHeldBack = evaluate(trainee, train, split.heldBack);
      const numbers = {
        ...mean,
        testAccuracy: onTest.accuracy,
        heldBackAccuracy: onHeldBack.accuracy,
        heldBackLoss: onHeldBack.loss,
        weights: importance === undefined ? [] : readWeights(importance, config.importance),
      };
      noteEpoch(scores, epoch, numbers, onTest.confusion);
      yield { kind: 'epoch', epoch, epochs: config.epochs, ...numbers };
      await new Promise((resolve) => setImmediate(resolve));
    }
    const seconds = { training: (performance.now() - started) / 1000 };
    yield { kind: 'done', run: { ...scores, seconds } };
  } finally {
    disposeNetwork(network);
    disposeAdam(adam);
    if (importance !== undefined) disposeImportance(importance);
    tf.dispose([train.image, train.speech, test.image, test.speech]);
  }
}

function runError(
  { method, scarce, rate }: AvTrainingConfig,
  seed: number,
  what: string,
): ReaderError {
  return new ReaderError(
    `${method}, ${scarce} scarce at ${rate}, seed ${seed}: ${what}; look at these recordings, or lower avMnist.learningRate`,
    { field: 'loss', value: what },
  );
}
