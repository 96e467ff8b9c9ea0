/** Time and memory of a training step on this machine. */
import type { BratsTrainingConfig } from '../config';
import { MODALITIES } from '../base/modality';
import type { RunOptions } from '../models/segmentation';
import { openSteps } from '../graph/steps';
import { tf } from '../nn/tf';
import { trainOnBatch } from './steps';
import { createTraining, disposeTraining, trainingStream } from './training';

export interface StepCost {
  seconds: number;
  /** Largest resident size of the process so far. */
  peakBytes: number;
}

export interface MeasureOptions extends RunOptions {
  /** Whether steps become one function, as in a training. Default: true. */
  functions?: boolean;
}

/** Steps before measured ones: two run op by op, and the third is the first call of the function. */
export const WARM_UP_STEPS = 3;

/** Training steps on noise with complete modalities; the first includes TensorFlow's warm-up. */
export function* measureSteps(
  config: BratsTrainingConfig,
  seed: number,
  steps: number,
  { functions = true, ...options }: MeasureOptions = {},
): Generator<StepCost> {
  const training = createTraining(config, seed);
  const own = openSteps(functions ? {} : { expected: 1 });
  const shape: [number, number, number, number] = [config.batchSize, ...config.crop];
  const stream = trainingStream(seed, 'noise');
  const voxels = shape.reduce((a, b) => a * b, 1);
  const noise = (channels: number, f: (u: number) => number): tf.Tensor5D =>
    tf.tensor5d(
      Float32Array.from({ length: voxels * channels }, () => f(stream.uniform())),
      [...shape, channels],
    );
  const batch = { images: noise(4, (u) => 2 * u - 1), regions: noise(3, (u) => Number(u > 0.9)) };
  try {
    for (let step = 0; step < steps; step++) {
      const started = performance.now();
      const { learningRate } = config;
      const input = { batch, available: MODALITIES, stage: 2, learningRate } as const;
      trainOnBatch(own, training, input, options);
      yield {
        seconds: (performance.now() - started) / 1000,
        peakBytes: process.resourceUsage().maxRSS * 1024,
      };
    }
  } finally {
    own.dispose();
    tf.dispose([batch.images, batch.regions]);
    disposeTraining(training);
  }
}
