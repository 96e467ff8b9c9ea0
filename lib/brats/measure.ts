/** Time and memory of a training step on this machine. */
import type { BratsTrainingConfig } from '../config';
import { MODALITIES } from '../base/modality';
import type { RunOptions } from '../models/segmentation';
import { lossAndGradients } from '../nn/gradients';
import { disposeAll } from '../nn/parameters';
import { tf } from '../nn/tf';
import { createTraining, disposeTraining, trainingStream } from './training';

export interface StepCost {
  seconds: number;
  /** Largest resident size of the process so far. */
  peakBytes: number;
}

/** Training steps on noise with complete modalities; the first includes TensorFlow's warm-up. */
export function* measureSteps(
  config: BratsTrainingConfig,
  seed: number,
  steps: number,
  options: RunOptions = {},
): Generator<StepCost> {
  const training = createTraining(config, seed);
  const { model, parameters, state } = training;
  const optimizer = model.optimizer(config);
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
      const { gradients } = lossAndGradients(
        () =>
          model.loss(
            { parameters, state, batch, available: MODALITIES, config, stage: 2 },
            options,
          ),
        parameters,
      );
      optimizer.step(parameters, gradients, training.optimizer, config.learningRate);
      disposeAll(gradients);
      yield {
        seconds: (performance.now() - started) / 1000,
        peakBytes: process.resourceUsage().maxRSS * 1024,
      };
    }
  } finally {
    tf.dispose([batch.images, batch.regions]);
    disposeTraining(training);
  }
}
