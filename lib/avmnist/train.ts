/**
 * One training run of Audiovision-MNIST as a stream of events: no console, no files, no plots.
 *
 * What is published: 60 epochs of Adam at 1e-3 with weight decay 1e-2, x0.9 every 20 epochs; the
 * encoders; MCKD's filling, distillation and importance weights. Our interpretation, since this half
 * of the authors' code was never released: the shared feature size, the batch size, and that the
 * meta step uses held-out training pairs.
 */
import type { AvTrainingConfig } from '../config';
import { keepRecordings, type AvMnist } from '../datasets/av-mnist/avmnist';
import { UserError } from '../base/errors';
import { disposeNetwork } from '../models/audio-visual';
import { openSteps } from '../graph/steps';
import { disposeAdam, initAdam } from '../nn/optimizers';
import { randomStream } from '../base/random';
import { tf } from '../nn/tf';
import { classificationModel } from './models';
import { noScores, noteEpoch, type AvEvent } from './run';
import { epochBatches, splitTraining } from './split';
import { keepValues, predictTwice } from './predict';
import { between, evaluate, toDevice, trainStep, type Trainee } from './steps';

/**
 * Trains once. Stops between epochs when the consumer does; disposes of its tensors either way.
 * The same data, config and seed give the same events, number for number.
 *
 * @throws UserError if a loss or gradient is not finite: before it touches a weight, naming epoch, step and pairs
 */
export async function* trainAvMnist(
  data: AvMnist,
  config: AvTrainingConfig,
  seed: number,
): AsyncGenerator<AvEvent> {
  const started = performance.now();
  const stream = randomStream(seed, 'av-mnist');
  const model = classificationModel(config);
  const kept = stream.split(`keep/${config.scarce}`);
  const complete = keepRecordings(data.train, model.rate(config), kept);
  const { digits } = data.train;
  const split = splitTraining(digits, complete, config.heldOutShare, stream.split('split'));
  const train = toDevice(data.train);
  const test = toDevice(data.test);
  const testIndices = Array.from(test.digits.keys());
  const network = model.network(config, stream.split('start'));
  const adam = initAdam(network.parameters);
  const state = model.state?.create(config, stream.split('importance'));
  const trainee: Trainee = { model, network, config, adam, state };
  const [order, dropout] = [stream.split('order'), stream.split('dropout')];
  const scores = noScores();
  const batchesEach = Math.ceil(split.train.length / config.batchSize);
  const steps = openSteps({ expected: config.epochs * batchesEach });
  let backToChosen = (): void => undefined;
  try {
    for (let epoch = 1; epoch <= config.epochs; epoch++) {
      const decays = Math.floor((epoch - 1) / config.decayEveryEpochs);
      const learningRate = config.learningRate * config.decayFactor ** decays;
      const batches = epochBatches(split, config.batchSize, order);
      const means: Record<string, number> = {};
      for (const [step, indices] of batches.entries()) {
        const input = { train, split, indices, learningRate, dropout };
        const { losses, wrong } = trainStep(steps, trainee, input);
        if (wrong) {
          const pairs = indices.map((p) => data.train.recordings[p]).join(', ');
          throw runError(
            config,
            seed,
            `epoch ${epoch}, step ${step}: ${named(wrong.field)} is ${wrong.value} on ${pairs}`,
          );
        }
        for (const [name, loss] of Object.entries(losses))
          means[name] = (means[name] ?? 0) + loss / batches.length;
      }
      if (model.between && epoch % config.importance.eventEveryEpochs === 0) {
        try {
          between(steps, trainee, train, split);
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          throw runError(config, seed, `epoch ${epoch}: ${error.message} in its meta event`);
        }
      }
      const onTest = evaluate(trainee, test, testIndices);
      const onHeldOut = evaluate(trainee, train, split.heldOut);
      const numbers = {
        losses: means,
        testAccuracy: onTest.accuracy,
        heldOutAccuracy: onHeldOut.accuracy,
        heldOutLoss: onHeldOut.loss,
        weights: model.state?.weights(state, config) ?? [],
      };
      noteEpoch(scores, epoch, numbers, onTest.confusion);
      if (scores.chosenEpoch === epoch) backToChosen = keepValues(trainee);
      yield { kind: 'epoch', epoch, epochs: config.epochs, ...numbers };
      await new Promise((resolve) => setImmediate(resolve));
    }
    const trained = performance.now();
    const predictions = predictTwice(trainee, data, test, backToChosen);
    const seconds = {
      training: (trained - started) / 1000,
      evaluation: (performance.now() - trained) / 1000,
    };
    yield { kind: 'done', run: { ...scores, predictions, seconds } };
  } finally {
    steps.dispose();
    disposeNetwork(network);
    disposeAdam(adam);
    model.state?.dispose(state);
    tf.dispose([train.image, train.speech, test.image, test.speech]);
  }
}

/** Name of a part of the loss in errors. */
function named(field: string): string {
  if (field === 'task') return 'the loss';
  return field.startsWith('the ') ? field : `the ${field}`;
}

function runError(
  { method, scarce, rate }: AvTrainingConfig,
  seed: number,
  what: string,
): UserError {
  return new UserError(
    `${method}, ${scarce} scarce at ${rate}, seed ${seed}: ${what}; check these recordings, or lower avMnist.learningRate`,
    { code: 'NOT_FINITE', field: 'loss', value: what },
  );
}
