/** The two bounds: the plentiful modality alone, and both, complete, in training and at test. */
import * as model from '../../models/audio-visual';
import type { tf } from '../../nn/tf';
import { plentifulOf } from '../modalities';
import { bothEncoders, encode, plentifulAlone, taskLoss } from './features';
import type { AvInput, ClassificationModel } from './model';

function classifyOne({ network, config, batch, mode }: AvInput): tf.Tensor2D {
  const [image, speech] = encode(network, batch, false, mode);
  return plentifulOf(config) === 'image'
    ? model.classifyImage(network, image)
    : model.classifySpeech(network, speech, mode);
}

export const lowerBound: ClassificationModel = {
  name: 'lowerBound',
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

export const upperBound: ClassificationModel = {
  name: 'upperBound',
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
