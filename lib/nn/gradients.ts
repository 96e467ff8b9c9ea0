/** Value and gradient of a loss, by parameter name. */
import { tf } from './tf';
import { backward, record, untaped } from './backward';
import { FLOAT, kernels, nativeKernels, runOp, type OpAttribute } from './kernels';
import { concatenated, type NamedTensors } from './parameters';

export interface ValueAndGradients {
  /** The loss, a scalar. */
  value: tf.Scalar;
  /** d loss / d parameter; a parameter that the loss does not reach is left out. */
  gradients: NamedTensors;
}

/**
 * Runs `loss` once and differentiates it with respect to `parameters` alone: whatever else it reads
 * (teachers, data, importance logits that are not listed) is a constant and costs nothing in
 * the backward pass. The caller disposes of `value` and of every gradient.
 */
export function valueAndGradients(
  loss: () => tf.Scalar,
  parameters: NamedTensors,
): ValueAndGradients {
  const names = Object.keys(parameters);
  return tf.tidy(() => {
    const { value, tape } = record(loss);
    const reached = backward(
      tape,
      [{ output: value, gradient: tf.onesLike(value) }],
      names.map((name) => parameters[name]),
    );
    const gradients: NamedTensors = {};
    names.forEach((name, i) => {
      const gradient = reached[i];
      if (gradient) gradients[name] = gradient;
    });
    return { value, gradients } as unknown as tf.TensorContainerObject;
  }) as unknown as ValueAndGradients;
}

/** A training objective; all scalars. */
export interface Loss {
  total: tf.Scalar;
  /** By name, each before its weight: what logs and curves show. */
  parts: Readonly<Record<string, tf.Scalar>>;
}

export interface LossTensors {
  /** d total / d parameter. */
  gradients: NamedTensors;
  /** Each part of the loss, before its weight. */
  losses: Record<string, tf.Scalar>;
}

/** The parts of a loss, and the gradients of its total as by `valueAndGradients`. The caller disposes of them all. */
export function lossTensors(loss: () => Loss, parameters: NamedTensors): LossTensors {
  const kept = new Map<string, tf.Scalar>();
  const { value, gradients } = valueAndGradients(() => {
    const { total, parts } = loss();
    for (const [name, part] of Object.entries(parts)) kept.set(name, tf.keep(part.clone()));
    return total;
  }, parameters);
  value.dispose();
  return { gradients, losses: Object.fromEntries(kept) };
}

export interface LossAndGradients {
  /** d total / d parameter. The caller disposes of them. */
  gradients: NamedTensors;
  /** Each part of the loss, before its weight. */
  losses: Record<string, number>;
}

/** As `lossTensors`, with the losses as numbers. */
export function lossAndGradients(loss: () => Loss, parameters: NamedTensors): LossAndGradients {
  const { gradients, losses } = lossTensors(loss, parameters);
  const numbers = Object.entries(losses).map(([name, part]) => [name, part.dataSync()[0]] as const);
  tf.dispose(losses);
  return { gradients, losses: Object.fromEntries(numbers) };
}

/**
 * x as a constant: its value passes, no gradient does. Distillation uses it so that a teacher is never pulled towards its
 * student. What is made of constants alone costs nothing in the backward pass.
 */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  return untaped(() => x.clone() as T);
}

/** The value of a step that is not finite. */
export interface NonFinite {
  /** A loss, or "the gradient of" a parameter. */
  field: string;
  value: number | 'not finite';
}

/** The first loss, by name, or else gradient that is not finite: checked before any weight is updated. */
export function nonFiniteOf(
  losses: Readonly<Record<string, number>>,
  gradients: NamedTensors,
): NonFinite | undefined {
  const loss = Object.entries(losses).find(([, value]) => !Number.isFinite(value));
  if (loss) return { field: loss[0], value: loss[1] };
  const gradient = firstNonFinite(gradients);
  return gradient === undefined
    ? undefined
    : { field: `the gradient of ${gradient}`, value: 'not finite' };
}

/** Are all losses and gradients finite? 1 or 0, a scalar; the caller disposes of it. */
export function allFinite({ losses, gradients }: LossTensors): tf.Scalar {
  return tf.tidy(() => {
    const all = [...Object.values(losses), ...Object.values(gradients)];
    const sums = kernels() === 'fused' ? tf.sum(tf.abs(concatenated(all))) : sizes(all);
    return tf.cast(tf.all(tf.isFinite(sums)), 'float32') as tf.Scalar;
  });
}

/** sum |x| of each tensor, which is finite where all of x is. */
function sizes(tensors: readonly tf.Tensor[]): tf.Tensor {
  if (nativeKernels()) {
    const attributes: OpAttribute[] = [FLOAT, { name: 'N', type: 'int', value: tensors.length }];
    return runOp('MckdAbsoluteSums', attributes, [...tensors])[0];
  }
  return tf.stack(tensors.map((tensor) => tf.sum(tf.abs(tensor))));
}

/** The name of the first gradient with a value that is no finite number; one read for all of them. */
export function firstNonFinite(gradients: NamedTensors): string | undefined {
  const names = Object.keys(gradients);
  const sums = tf.tidy(() => sizes(names.map((name) => gradients[name])));
  const index = sums.dataSync().findIndex((sum) => !Number.isFinite(sum));
  sums.dispose();
  return names[index];
}
