/** The two bounds: the plentiful modality alone, and both, complete, in training and at test. */
import { AV_MODALITIES } from '../../config';
import * as model from '../../models/audio-visual';
import { crossEntropy } from '../../nn/losses';
import { plentifulOf } from '../modalities';
import { encode } from './features';
import type { AvInput, AvLoss, AvLossInput, ClassificationModel } from './model';

/** Cross-entropy alone. */
function taskLoss(of: Pick<ClassificationModel, 'logits'>, input: AvLossInput<unknown>): AvLoss {
  const task = crossEntropy(of.logits(input), input.labels);
  return { total: task, parts: { task } };
}

const classifyOne = {
  logits: ({ network, config, batch, mode }: AvInput) => {
    const [image, speech] = encode(network, batch, false, mode);
    return plentifulOf(config) === 'image'
      ? model.classifyImage(network, image)
      : model.classifySpeech(network, speech, mode);
  },
};

export const lowerBound: ClassificationModel = {
  name: 'lowerBound',
  rate: ({ rate }) => rate,
  available: ({ scarce }) => AV_MODALITIES.map((modality) => modality !== scarce),
  availableAtTest: ({ scarce }) => AV_MODALITIES.map((modality) => modality !== scarce),
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
  ...classifyOne,
  loss: (input) => taskLoss(classifyOne, input),
};

const classifyBoth = {
  logits: ({ network, config, batch, mode }: AvInput) =>
    model.classifyFused(network, encode(network, batch, false, mode), config.headDropout, mode),
};

export const upperBound: ClassificationModel = {
  name: 'upperBound',
  rate: () => 1,
  available: () => [true, true],
  availableAtTest: () => [true, true],
  network: ({ hiddenSize }, stream) => {
    const image = model.imageEncoderParameters(stream);
    const { parameters, statistics } = model.speechEncoderParameters(stream);
    return {
      parameters: {
        ...image,
        ...parameters,
        ...model.fusionParameters(model.IMAGE_FEATURES, model.SPEECH_FEATURES, hiddenSize, stream),
      },
      statistics,
    };
  },
  ...classifyBoth,
  loss: (input) => taskLoss(classifyBoth, input),
};
