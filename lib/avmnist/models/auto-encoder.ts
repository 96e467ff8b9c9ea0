/**
 * AutoEncoder: the producer learns to give the scarce feature of complete pairs, by mean squared error. Our reading of a name in
 * a table (Baldi 2012): Adam at 1e-3 without decay, batches of 32, 2,000 steps.
 */
import { openSteps } from '../../graph/steps';
import { tf } from '../../nn/tf';
import { imputation, produce } from './imputation';
import { adamTrainer } from './trainer';

export const autoEncoder = imputation('autoEncoder', (producer, { from, to, batches }) => {
  const steps = openSteps({ expected: batches.length });
  const trainer = adamTrainer(steps, 'auto-encoder', producer, { learningRate: 1e-3 });
  try {
    for (const rows of batches) {
      trainer.step([from, to], rows, ([x, y]) =>
        tf.mean(tf.squaredDifference(produce(producer, x), y)),
      );
    }
  } finally {
    trainer.dispose();
    steps.dispose();
  }
});
