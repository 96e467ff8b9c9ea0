/**
 * Gradient checkpointing (Chen et al. 2016, "Training deep nets with sublinear memory cost"): of a block only the input is
 * kept, and the backward pass runs the block once more.
 */
import { tf } from './tf';
import { backward, record } from './backward';
import { withGradient } from './custom-gradient';
import type { NamedTensors } from './parameters';

/** A part of a network: (params, x) -> y, whose parameters all have names that begin alike. */
export type Block<T extends tf.Tensor> = (parameters: NamedTensors, x: T) => T;

/**
 * `block(parameters, x)`, with the same value and the same gradients, bit for bit.
 *
 * @param name what the names of the block's parameters begin with
 * @returns the caller disposes of it
 */
export function recompute<T extends tf.Tensor>(
  block: Block<T>,
  name: string,
  parameters: NamedTensors,
  x: T,
): T {
  const names = Object.keys(parameters).filter((key) => key.startsWith(`${name}.`));
  const own = names.map((key) => parameters[key]);
  return withGradient<T>([x, ...own], {
    // What it is given of parameters may be gone by the backward pass, if it was made of them on the way.
    forward: ([input]) => ({ value: block(parameters, input as T), saved: [input, ...own] }),
    backward: (dy, xs) => {
      const [input, ...kept] = xs;
      const again = Object.fromEntries(names.map((key, i) => [key, kept[i]]));
      const { value: output, tape } = record(() => block(again, input as T));
      const gradients = backward(tape, [{ output, gradient: dy.clone() }], xs);
      return gradients.map((gradient, i) => gradient ?? tf.zerosLike(xs[i]));
    },
  });
}
