/** Overfitting one crop of one case: does it learn at all? */
import { diceScore } from '../metrics/overlap';
import type { BratsTrainingConfig } from '../config';
import { REGIONS, type Region } from '../datasets/brats';
import type { Sample } from '../loading/sampling';
import { voxelCount } from '../volume/size';
import { REGION_THRESHOLD, segmentSubsets } from './infer/segment-slabs';
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
  const count = voxelCount(shape);
  try {
    for (let step = 1; step <= steps; step++) {
      const started = performance.now();
      const input = { batch, available: MODALITIES, stage: 1, learningRate } as const;
      const { losses } = trainOnBatch(functions, plain, input);
      const seconds = (performance.now() - started) / 1000;
      const scored = step % scoreEvery === 0 || step === steps;
      let dice: Record<Region, number> | undefined;
      if (scored) {
        const volume = { size: shape, images: sample.images };
        const [map] = segmentSubsets(training, volume, [MODALITIES], { tile: shape });
        dice = Object.fromEntries(
          REGIONS.map((region, r) => [
            region,
            diceScore(
              map.subarray(r * count, (r + 1) * count).map((p) => Number(p > REGION_THRESHOLD)),
              sample.regions.subarray(r * count, (r + 1) * count),
            ),
          ]),
        ) as Record<Region, number>;
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
