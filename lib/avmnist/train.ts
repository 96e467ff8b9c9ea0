/**
 * One training run of Audiovision-MNIST as a stream of events: no console, no files, no plots.
 *
 * What is published: 60 epochs of Adam at 1e-3 with weight decay 1e-2, x0.9 every 20 epochs; the
 * encoders; MCKD's filling, distillation and importance weights. Our interpretation, since this half
 * of the authors' code was never released: the shared feature size, the batch size, and that the
 * meta step uses held-out training pairs.
 */
import type { AvTrainingConfig } from '../config';
import { avMnistStream, completePairs, type AvMnist } from '../datasets/av-mnist/avmnist';
import { UserError } from '../base/errors';
import { disposeNetwork } from '../models/audio-visual';
import { openSteps, type StepsOptions } from '../graph/steps';
import { disposeAdam, initAdam } from '../nn/adam';
import { tf } from '../nn/tf';
import { classificationModel } from './models';
import { runError, trainEpoch } from './epoch';
import type { ClassificationModel, TrainingPairs } from './models/model';
import { pretrainEncoders } from './pretrain';
import { protocolOf } from './protocols';
import { noScores, noteEpoch, type AvEvent } from './run';
import { epochBatches, splitTraining } from './split';
import { keepValues, predictTwice } from './predict';
import { between, evaluate, toDevice, type Trainee } from './steps';

export interface AvTrainingOptions {
  /** Default: that of the config's method. */
  model?: ClassificationModel;
  /** Called when the training's step became a function. */
  onCompiled?: StepsOptions['onCompiled'];
  /** Folder of nets on one modality, as `PretrainInput` has it. */
  netsAlone?: string;
}

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
  { model = classificationModel(config), onCompiled, netsAlone }: AvTrainingOptions = {},
): AsyncGenerator<AvEvent> {
  const started = performance.now();
  const stream = avMnistStream(seed);
  model.requires?.(config);
  const { scarce } = config;
  const complete = completePairs(data.train, { scarce, rate: model.rate(config), seed });
  const { digits } = data.train;
  const split = splitTraining(digits, complete, config.heldOutShare, stream.split('split'));
  const train = toDevice(data.train);
  const test = toDevice(data.test);
  const testIndices = Array.from(test.digits.keys());
  const network = model.network(config, stream.split('start'));
  const adam = initAdam(network.parameters);
  const state = model.state?.create(config, stream.split('importance'));
  const protocol = protocolOf(model, config);
  const own = { ...config, weightDecay: protocol.weightDecay };
  const trainee: Trainee = { model, network, config: own, adam, state };
  const { recordings } = data.train;
  const pairs: TrainingPairs = { train, recordings, sha256: data.sha256, seed };
  const [order, dropout] = [stream.split('order'), stream.split('dropout')];
  const scores = noScores();
  const draw = (): number[][] => (model.batches ?? epochBatches)(split, protocol.batchSize, order);
  let batches = draw();
  const steps = openSteps({ expected: protocol.epochs * batches.length, onCompiled });
  let backToChosen = (): void => undefined;
  try {
    if (config.pretrain === 'each') {
      const keeps = (p: number, m: number): boolean => model.available(config, complete[p])[m];
      await pretrainEncoders({
        ...{ network, config, pairs, split, keeps },
        stream: stream.split('pretrain'),
        folder: netsAlone,
      });
    }
    await model.prepare?.({
      ...{ network, config, pairs, split },
      stream: stream.split('prepare'),
    });
    for (let epoch = 1; epoch <= protocol.epochs; epoch++) {
      if (epoch > 1) batches = draw();
      const now = { split, protocol, epoch, batches, dropout };
      const means = trainEpoch(steps, trainee, pairs, now);
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
      yield { kind: 'epoch', epoch, epochs: protocol.epochs, ...numbers };
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
