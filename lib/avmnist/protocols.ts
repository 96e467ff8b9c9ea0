/** By what methods are trained: the config's settings, or their own code's, for as many epochs as the preset allows. */
import type { AvTrainingConfig } from '../config';
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
