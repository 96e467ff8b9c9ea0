/** By what methods are trained: the config's settings, or their own code's, for as many epochs as the preset allows. */
import type { AvModality, AvTrainingConfig } from '../config';
import type { AvProtocol, ClassificationModel } from './models/model';

/** Epochs of the published protocol: a preset with fewer shortens every schedule in proportion. */
export const PROTOCOL_EPOCHS = 60;

/** A schedule for a preset of `epochs` instead of 60. */
export function shortened(protocol: AvProtocol, epochs: number): AvProtocol {
  const part = (count: number): number =>
    Math.max(1, Math.round((count * epochs) / PROTOCOL_EPOCHS));
  return {
    ...protocol,
    epochs: part(protocol.epochs),
    decayEveryEpochs: part(protocol.decayEveryEpochs),
  };
}

/** The protocol of a method under a config. */
export function protocolOf(
  { protocol }: Pick<ClassificationModel, 'protocol'>,
  config: AvTrainingConfig,
): AvProtocol {
  return protocol?.(config) ?? config;
}

/** The schedules of SMIL's scripts for nets on one modality; kept from the 15th and the 11th epoch on. */
export const ALONE: Record<AvModality, { protocol: AvProtocol; keptFrom: number }> = {
  image: {
    protocol: {
      ...{ epochs: 50, batchSize: 64, learningRate: 1e-3, weightDecay: 1e-4 },
      ...{ decayFactor: 0.1, decayEveryEpochs: 20, trainingModeEpochs: 1 },
    },
    keptFrom: 15,
  },
  speech: {
    protocol: {
      ...{ epochs: 35, batchSize: 4, learningRate: 1e-3, weightDecay: 1e-4 },
      ...{ decayFactor: 0.5, decayEveryEpochs: 10, trainingModeEpochs: 1 },
    },
    keptFrom: 11,
  },
};
