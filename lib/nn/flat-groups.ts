/** Named tensors that are moved together, as one vector. */
import { concatenated, type NamedTensors, type Parameters } from './parameters';
import { tf } from './tf';

/** The named tensors concatenated, [sum of sizes]. */
export function flat(names: string[], tensors: NamedTensors): tf.Tensor1D {
  return concatenated(names.map((name) => tensors[name]));
}

export function assignFlat(names: string[], variables: Parameters, values: tf.Tensor): void {
  const pieces = tf.split(
    values,
    names.map((name) => variables[name].size),
  );
  names.forEach((name, i) =>
    variables[name].assign(
      variables[name].rank === 1 ? pieces[i] : tf.reshape(pieces[i], variables[name].shape),
    ),
  );
}
