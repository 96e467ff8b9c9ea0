/** Named parameters of a network, and their initialisation. */
import { tf } from './tf';
import type { RandomStream } from '../base/random';
import { sizeOf, type Initial, type ParameterSpec } from './parameter-specs';

/** Parameters by name, in the names of the PyTorch network they correspond to. */
export type Parameters = Record<string, tf.Variable>;

/** Tensors by name: gradients, statistics, a snapshot of parameters. */
export type NamedTensors = Record<string, tf.Tensor>;

/** U(-bound, bound), drawn from the stream in C order of `shape`. The caller disposes of it. */
function uniformVariable(shape: number[], bound: number, stream: RandomStream): tf.Variable {
  const values = Float32Array.from(
    { length: shape.reduce((a, b) => a * b, 1) },
    () => bound * (2 * stream.uniform() - 1),
  );
  return constantVariable(shape, values);
}

/** A trainable variable that starts as `value` everywhere, or as the given values. */
export function constantVariable(shape: number[], value: number | Float32Array): tf.Variable {
  return tf.tidy(() =>
    tf.variable(typeof value === 'number' ? tf.fill(shape, value) : tf.tensor(value, shape)),
  );
}

/**
 * Weight and bias of a linear layer as PyTorch starts them: U(+-1/sqrt(fan_in)).
 * `name.weight` [in, out], `name.bias` [out].
 */
export function linearParameters(
  name: string,
  inputs: number,
  outputs: number,
  stream: RandomStream,
): Parameters {
  const bound = 1 / Math.sqrt(inputs);
  return {
    [`${name}.weight`]: uniformVariable([inputs, outputs], bound, stream.split(`${name}.weight`)),
    [`${name}.bias`]: uniformVariable([outputs], bound, stream.split(`${name}.bias`)),
  };
}

/**
 * Weight and bias of a square 2-D convolution as PyTorch starts them: U(+-1/sqrt(fan_in)).
 * `name.weight` [k, k, in, out], `name.bias` [out].
 */
export function conv2dParameters(
  name: string,
  kernel: number,
  inputs: number,
  outputs: number,
  stream: RandomStream,
): Parameters {
  const bound = 1 / Math.sqrt(inputs * kernel * kernel);
  return {
    [`${name}.weight`]: uniformVariable(
      [kernel, kernel, inputs, outputs],
      bound,
      stream.split(`${name}.weight`),
    ),
    [`${name}.bias`]: uniformVariable([outputs], bound, stream.split(`${name}.bias`)),
  };
}

/** A 5-D weight's axes in the kit's order: [k, k, k, in, out], a transposed convolution's [k, k, k, out, in]. */
const KERNEL_FIRST = [2, 3, 4, 1, 0];

/**
 * Fresh parameters, each drawn from a stream of its own by name, in the order of its values here: a 5-D weight
 * [k, k, k, in, out] (transposed [k, k, k, out, in]), any other in PyTorch's shape. The caller disposes of them.
 */
export function freshParameters(specs: readonly ParameterSpec[], stream: RandomStream): Parameters {
  const parameters: Parameters = {};
  for (const { name, shape, initial } of specs) {
    const own = shape.length === 5 ? KERNEL_FIRST.map((axis) => shape[axis]) : [...shape];
    const draw = drawer(initial, stream.split(name));
    parameters[name] = constantVariable(
      own,
      'constant' in initial ? initial.constant : Float32Array.from({ length: sizeOf(own) }, draw),
    );
  }
  return parameters;
}

function drawer(initial: Initial, stream: RandomStream): () => number {
  if ('constant' in initial) return () => initial.constant;
  if ('uniform' in initial) return () => initial.uniform * (2 * stream.uniform() - 1);
  if ('normal' in initial) return () => initial.normal * stream.normal();
  return () => {
    let value = stream.normal();
    while (Math.abs(value) > 2) value = stream.normal();
    return initial.truncatedNormal * value;
  };
}

/** All values of all tensors, [sum of sizes]. The caller disposes of it. */
export function concatenated(tensors: readonly tf.Tensor[]): tf.Tensor1D {
  return tf.tidy(() =>
    tf.concat(
      tensors.map(
        (tensor) => (tensor.rank === 1 ? tensor : tf.reshape(tensor, [-1])) as tf.Tensor1D,
      ),
    ),
  );
}

/**
 * The sum over tensors of the sum of their squares, in the order of names, so that parameters from a file give the same
 * bits as those that they were. The caller disposes of it.
 */
export function sumOfSquares(tensors: NamedTensors, names: readonly string[]): tf.Scalar {
  return tf.tidy(() => {
    const each = [...names].sort().map((name) => tf.sum(tf.square(tensors[name])));
    return tf.addN(each) as tf.Scalar;
  });
}

/** Disposes of every tensor in the record. */
export function disposeAll(tensors: NamedTensors): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}
