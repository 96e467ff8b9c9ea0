/** A step that learns: a loss, its gradients, and what moves parameters by them, as one `Step`. */
import { allFinite, lossTensors, nonFiniteOf, type Loss, type NonFinite } from '../nn/gradients';
import { disposeAll, type NamedTensors } from '../nn/parameters';
import { withPrecision, type Precision } from '../nn/precision';
import { tf } from '../nn/tf';
import { openSteps, type Step, type Steps } from './steps';

export interface TrainingStep extends Pick<
  Step<unknown>,
  'signature' | 'inputs' | 'variables' | 'draw'
> {
  /** Of the loss and its gradients. Default: float32. */
  precision?: Precision;
  /** What the loss is differentiated by. */
  parameters: NamedTensors;
  /**
   * Computes what isn't differentiated, for which nothing is kept, and returns the loss of it. Both in a tidy.
   * @param draw as in `Step`
   */
  loss: (draw: () => tf.Tensor) => () => Loss;
  /** Moves variables. */
  update: (gradients: NamedTensors) => void;
}

export interface TrainingStepResult {
  /** Each part of the loss, before its weight and before the step. */
  losses: Record<string, number>;
  /** Names of the parameters that the loss reached; none where `wrong`. */
  moved: readonly string[];
  /** What is not finite: then no variable has changed. */
  wrong?: NonFinite;
}

/** @throws Error as `Steps.run` */
export function runTrainingStep(steps: Steps, step: TrainingStep): TrainingStepResult {
  const { parameters, precision = 'float32', loss, update } = step;
  const drawn: tf.Tensor[] = [];
  const draw = step.draw && keeping(step.draw, drawn);
  let numbers: ArrayLike<number> = [];
  try {
    const { results, note, accepted } = steps.run({
      ...step,
      draw,
      compute: (next) => {
        const { losses, gradients } = withPrecision(precision, () =>
          lossTensors(loss(next), parameters),
        );
        const finite = allFinite({ losses, gradients });
        update(gradients);
        const results = [tf.stack([...Object.values(losses), finite])];
        tf.dispose(losses);
        disposeAll(gradients);
        return { results, note: { losses: Object.keys(losses), moved: Object.keys(gradients) } };
      },
      accept: ([all]) => {
        numbers = all.dataSync();
        return numbers[numbers.length - 1] === 1;
      },
    });
    tf.dispose(results);
    const losses = Object.fromEntries(note.losses.map((name, i) => [name, numbers[i]]));
    if (accepted) return { losses, moved: note.moved };
    return { losses, moved: [], wrong: whatIsWrong(step, losses, drawn) };
  } finally {
    tf.dispose(drawn);
  }
}

/** `draw`, with a copy of each tensor put into `drawn`. */
function keeping(draw: () => tf.Tensor, drawn: tf.Tensor[]): () => tf.Tensor {
  return () => {
    const tensor = draw();
    drawn.push(tf.keep(tensor.clone()));
    return tensor;
  };
}

/** The gradients of a step are gone when it is over, so it is made once more, op by op, changing nothing. */
function whatIsWrong(
  { inputs, variables, parameters, precision = 'float32', loss }: TrainingStep,
  losses: Readonly<Record<string, number>>,
  drawn: readonly tf.Tensor[],
): NonFinite {
  const again = [...drawn];
  const { note } = openSteps({ expected: 1 }).run({
    ...{ signature: 'once more', inputs, variables },
    draw: () => (again.shift() as tf.Tensor).clone(),
    compute: (draw) => {
      const { losses: parts, gradients } = withPrecision(precision, () =>
        lossTensors(loss(draw), parameters),
      );
      const wrong = nonFiniteOf(losses, gradients);
      tf.dispose(parts);
      disposeAll(gradients);
      return { results: [], note: wrong };
    },
    accept: () => false,
  });
  return note ?? { field: 'a gradient', value: 'not finite' };
}
