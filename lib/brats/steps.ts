/** A training step of any model: its loss by parts, and the gradient of its total. */
import { valueAndGradients } from '../nn/gradients';
import type { NamedTensors } from '../nn/parameters';
import { tf } from '../nn/tf';
import type { Loss } from './models';

export interface StepResult {
  /** d total / d parameter. The caller disposes of them. */
  gradients: NamedTensors;
  /** Each part of the loss, before its weight. */
  losses: Record<string, number>;
}

/** The parts of a loss and the gradients of its total. */
export function lossAndGradients(loss: () => Loss, parameters: NamedTensors): StepResult {
  const kept = new Map<string, tf.Scalar>();
  const { value, gradients } = valueAndGradients(() => {
    const { total, parts } = loss();
    for (const [name, part] of Object.entries(parts)) kept.set(name, tf.keep(part.clone()));
    return total;
  }, parameters);
  const losses = Object.fromEntries([...kept].map(([name, part]) => [name, part.dataSync()[0]]));
  tf.dispose([value, ...kept.values()]);
  return { gradients, losses };
}
