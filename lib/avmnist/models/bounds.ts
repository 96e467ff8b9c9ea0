/** The two bounds: the plentiful modality alone, and both, complete, in training and at test. */
import * as model from '../../models/audio-visual';
import { UserError } from '../../base/errors';
import type { tf } from '../../nn/tf';
import { plentifulOf } from '../modalities';
import { bothEncoders, encode, plentifulAlone, taskLoss } from './features';
import { shortened } from '../protocols';
import type { AvInput, AvProtocol, ClassificationModel } from './model';

function classifyOne({ network, config, batch, mode }: AvInput): tf.Tensor2D {
  const [image, speech] = encode(network, batch, false, mode);
  return plentifulOf(config) === 'image'
    ? model.classifyImage(network, image)
    : model.classifySpeech(network, speech, mode);
}

export const lowerBound: ClassificationModel = {
  name: 'lowerBound',
  requires: ({ pretrain, scarce }) => {
    if (pretrain !== 'each') return;
    throw new UserError(
      `avMnist.pretrain is each, but lowerBound has no ${scarce} encoder to start; set it to none for this method`,
      { code: 'BAD_VALUE', field: 'avMnist.pretrain', value: pretrain },
    );
  },
  rate: ({ rate }) => rate,
  available: plentifulAlone,
  availableAtTest: plentifulAlone,
  network: (config, stream) => {
    if (plentifulOf(config) === 'image') {
      const parameters = model.imageEncoderParameters(stream);
      return {
        parameters: { ...parameters, ...model.imageClassifierParameters(stream) },
        statistics: {},
      };
    }
    const { parameters, statistics } = model.speechEncoderParameters(stream);
    return {
      parameters: { ...parameters, ...model.speechClassifierParameters(stream) },
      statistics,
    };
  },
  logits: classifyOne,
  loss: taskLoss(classifyOne),
};

function classifyBoth({ network, config, batch, mode }: AvInput): tf.Tensor2D {
  return model.classifyFused(
    network,
    encode(network, batch, false, mode),
    config.headDropout,
    mode,
  );
}

/** Of SMIL's script, for nets whose encoders were trained alone first. */
export const FROM_TRAINED: AvProtocol = {
  ...{ epochs: 60, batchSize: 32, learningRate: 1e-3, weightDecay: 1e-4 },
  ...{ decayFactor: 0.1, decayEveryEpochs: 30, trainingModeEpochs: 1 },
};

export const upperBound: ClassificationModel = {
  name: 'upperBound',
  protocol: (config) =>
    config.pretrain === 'each' ? shortened(FROM_TRAINED, config.epochs) : config,
  rate: () => 1,
  available: () => [true, true],
  availableAtTest: () => [true, true],
  network: ({ hiddenSize }, stream) =>
    bothEncoders(
      stream,
      model.fusionParameters(model.IMAGE_FEATURES, model.SPEECH_FEATURES, hiddenSize, stream),
    ),
  logits: classifyBoth,
  loss: taskLoss(classifyBoth),
};
