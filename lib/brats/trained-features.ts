/** The features of a trained network of MCKD's kind. */
import type { Sample } from '../loading/sampling';
import { loadTraining } from './checkpoint/training';
import { encodeSample, type FeatureVectors } from './features';
import { disposeTraining } from './training';

/** The features of each crop by the network of a training's checkpoint. */
export async function encodeTraining(
  checkpoint: string,
  crops: readonly Pick<Sample, 'size' | 'images'>[],
): Promise<FeatureVectors[]> {
  const training = await loadTraining(checkpoint);
  try {
    return crops.map((crop) => encodeSample(training.parameters, crop));
  } finally {
    disposeTraining(training);
  }
}
