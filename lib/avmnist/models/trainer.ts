/** Adam's steps on rows of fixed data, for the small nets that a method trains beforehand. */
import { UserError } from '../../base/errors';
import type { Steps } from '../../graph/steps';
import { runTrainingStep } from '../../graph/training-step';
import { takeRows } from '../../nn/dense';
import {
  adamRates,
  countAdamStep,
  disposeAdam,
  initAdam,
  moveByAdam,
  type AdamOptions,
} from '../../nn/adam';
import type { Parameters } from '../../nn/parameters';
import { tf } from '../../nn/tf';

export interface TrainerOptions extends AdamOptions {
  learningRate: number;
  /** Variables that losses read beside the parameters. */
  reads?: readonly tf.Variable[];
}

export interface Trainer {
  /**
   * One step on the rows of each tensor.
   * @throws UserError where loss or gradient is not finite
   */
  step(
    data: readonly tf.Tensor2D[],
    rows: readonly number[],
    loss: (taken: tf.Tensor2D[]) => tf.Scalar,
  ): void;
  dispose(): void;
}

/** The caller disposes of it; the parameters stay the caller's. */
export function adamTrainer(
  steps: Steps,
  name: string,
  parameters: Parameters,
  { learningRate, reads = [], ...options }: TrainerOptions,
): Trainer {
  const adam = initAdam(parameters);
  const variables = [parameters, adam.firstMoment, adam.secondMoment].flatMap(
    Object.values<tf.Variable>,
  );
  return {
    step: (data, rows, loss) => {
      const rates = adamRates(adam, learningRate, options);
      const taken = tf.tidy(() => {
        const at = tf.tensor1d([...rows], 'int32');
        return data.map((x) => takeRows(x, at));
      });
      try {
        const { moved, wrong } = runTrainingStep(steps, {
          signature: `${name}, ${rows.length}`,
          inputs: [...taken, ...rates.rates],
          variables: [...variables, ...reads],
          parameters,
          loss: () => () => {
            const total = loss(taken);
            return { total, parts: { total } };
          },
          update: (gradients) => moveByAdam(parameters, gradients, adam, rates, options),
        });
        if (wrong) {
          const what = `the training of the ${name} failed: ${wrong.field} is ${wrong.value}`;
          throw new UserError(`${what}; check the recordings`, { code: 'NOT_FINITE', ...wrong });
        }
        countAdamStep(adam, moved);
      } finally {
        tf.dispose([...taken, ...rates.rates]);
      }
    },
    dispose: () => disposeAdam(adam),
  };
}
