/**
 * GAN: the producer learns against a discriminator of (plentiful, scarce) features. Our reading of a name in a table
 * (Goodfellow 2014), without noise, since one imputation is wanted, and without a reconstruction term:
 *
 *   D: BCE(D(true), 1) + BCE(D(made), 0),   A: BCE(D(made), 1),   in turns
 *
 * D: 480 -> 64, leaky ReLU 0.2 -> 1 logit; Adam at 2e-4 with beta1 0.5 and without decay, batches of 32, 2,000 steps each.
 */
import { openSteps } from '../../graph/steps';
import { IMAGE_FEATURES, SPEECH_FEATURES } from '../../models/audio-visual';
import { leakyRelu } from '../../nn/elementwise';
import { linear } from '../../nn/layers2d';
import { logisticLoss } from '../../nn/losses';
import { disposeAll, linearParameters } from '../../nn/parameters';
import { tf } from '../../nn/tf';
import { imputation, produce } from './imputation';
import { adamTrainer } from './trainer';

const OPTIONS = { learningRate: 2e-4, beta1: 0.5 };

export const gan = imputation('gan', (producer, { from, to, batches }, stream) => {
  const start = stream.split('discriminator');
  const discriminator = {
    ...linearParameters('fc1', IMAGE_FEATURES + SPEECH_FEATURES, 64, start),
    ...linearParameters('fc2', 64, 1, start),
  };
  const judge = (x: tf.Tensor2D, y: tf.Tensor2D): tf.Tensor2D => {
    const hidden = leakyRelu(linear(discriminator, 'fc1', tf.concat([x, y], 1)), 0.2);
    return linear(discriminator, 'fc2', hidden);
  };
  const steps = openSteps({ expected: 2 * batches.length });
  const own = Object.values(discriminator);
  const made = Object.values(producer);
  const critic = adamTrainer(steps, 'discriminator', discriminator, { ...OPTIONS, reads: made });
  const maker = adamTrainer(steps, 'generator', producer, { ...OPTIONS, reads: own });
  try {
    for (const rows of batches) {
      critic.step([from, to], rows, ([x, y]) =>
        tf.add(
          logisticLoss(judge(x, y), true),
          logisticLoss(judge(x, produce(producer, x)), false),
        ),
      );
      maker.step([from, to], rows, ([x]) => logisticLoss(judge(x, produce(producer, x)), true));
    }
  } finally {
    critic.dispose();
    maker.dispose();
    disposeAll(discriminator);
    steps.dispose();
  }
});
