/** Overfitting one crop of one case: does it learn at all? */
import type { BratsTrainingConfig } from '../config';
import { REGIONS, type Region } from '../datasets/brats';
import type { Sample } from '../loading/sampling';
import { labelDice } from './evaluate';
import { labelsOfProbabilities } from './infer/labels';
import { segmentSubsets } from './infer/segment-slabs';
import { MODALITIES } from '../base/modality';
import { openSteps } from '../graph/steps';
import { tf } from '../nn/tf';
import { trainOnBatch } from './steps';
import { createTraining, disposeTraining } from './training';

export interface OverfitStep {
  step: number;
  /** Total loss of the step. */
  loss: number;
  /** Of the crop, after the step; only every `scoreEvery` steps. */
  dice?: Record<Region, number>;
  seconds: number;
}

export interface OverfitOptions {
  config: BratsTrainingConfig;
  seed: number;
  steps: number;
  /** Default: 10. */
  scoreEvery?: number;
}

/** Trains on the crop with complete modalities and without distillation, at a constant learning rate. */
export async function* overfit(
  sample: Sample,
  { config, seed, steps, scoreEvery = 10 }: OverfitOptions,
): AsyncGenerator<OverfitStep> {
  const training = createTraining(config, seed);
  const shape = config.crop;
  const batch = tf.tidy(() => {
    const channelsLast = (values: Float32Array | Uint8Array, channels: number): tf.Tensor5D =>
      tf.transpose(tf.tensor(Float32Array.from(values), [1, channels, ...shape]), [0, 2, 3, 4, 1]);
    return { images: channelsLast(sample.images, 4), regions: channelsLast(sample.regions, 3) };
  });
  const { learningRate } = config;
  const plain = { ...training, config: { ...config, distillationWeight: 0 } };
  const functions = openSteps({ expected: steps });
  try {
    for (let step = 1; step <= steps; step++) {
      const started = performance.now();
      const done = { step: step - 1, iteration: step - 1, until: steps };
      const position = { ...done, stage: 1 as const, learningRate };
      const input = { batch, available: [MODALITIES], position };
      const { losses } = trainOnBatch(functions, plain, input);
      const seconds = (performance.now() - started) / 1000;
      const scored = step % scoreEvery === 0 || step === steps;
      let dice: Record<Region, number> | undefined;
      if (scored) {
        const volume = { size: shape, images: sample.images };
        const [map] = segmentSubsets(training, volume, [MODALITIES], { tile: shape });
        const labels = labelsOfProbabilities(map, training.model.labels);
        const scores = labelDice(labels, sample.regions);
        dice = Object.fromEntries(REGIONS.map((region, r) => [region, scores[r]])) as typeof dice;
      }
      yield {
        step,
        loss: Object.values(losses).reduce((sum, loss) => sum + loss, 0),
        ...(dice ? { dice } : {}),
        seconds,
      };
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    functions.dispose();
    tf.dispose([batch.images, batch.regions]);
    disposeTraining(training);
  }
}
