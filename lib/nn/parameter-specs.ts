/** What parameters a network has, under PyTorch's names and shapes. Plain numbers: no TensorFlow is loaded. */

/** How a parameter starts: one number everywhere, or drawn. */
export type Initial =
  | { constant: number }
  /** U(-b, b) */
  | { uniform: number }
  /** N(0, s^2) */
  | { normal: number }
  /** N(0, s^2), drawn anew beyond 2 s */
  | { truncatedNormal: number };

export interface ParameterSpec {
  name: string;
  /** PyTorch's: convolutions [out, in, k, k, k], transposed ones [in, out, k, k, k], linear layers [out, in]. */
  shape: readonly number[];
  initial: Initial;
}

/** Name -> PyTorch's shape. */
export function specShapes(specs: readonly ParameterSpec[]): Map<string, readonly number[]> {
  return new Map(specs.map(({ name, shape }) => [name, shape]));
}

/** How many numbers the parameters are. */
export function specCount(specs: readonly ParameterSpec[]): number {
  return specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** What each output of a layer is a sum of. */
export const fanIn = (shape: readonly number[]): number => sizeOf(shape.slice(1));

/** PyTorch's own start of convolutions and linear layers, weight and bias alike: U(+-1 / sqrt(fan_in)). */
const torchDefault = (fan: number): Initial => ({ uniform: 1 / Math.sqrt(fan) });

/** Kaiming normal by fan_in, gain sqrt 2. */
export const kaimingNormal = (fan: number): Initial => ({ normal: Math.sqrt(2 / fan) });

/** The standard deviation of N(0, 1) cut off at 2. */
const TRUNCATED_DEVIATION = 0.87962566103423978;

/** TensorFlow's variance scaling with factor 2: a truncated normal whose variance is 2 / fan_in. */
export const truncatedHe = (fan: number): Initial => ({
  truncatedNormal: Math.sqrt(2 / fan) / TRUNCATED_DEVIATION,
});

/** Scale 1 and shift 0 of a norm. */
export function normSpecs(name: string, channels: number): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [channels], initial: { constant: 1 } },
    { name: `${name}.bias`, shape: [channels], initial: { constant: 0 } },
  ];
}

/** Weight and bias of a layer by its weight's shape. Default start: PyTorch's own for both. */
export function layerSpecs(
  name: string,
  shape: readonly number[],
  { weight = torchDefault, bias = torchDefault }: LayerStart = {},
): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape, initial: weight(fanIn(shape)) },
    ...(bias ? [{ name: `${name}.bias`, shape: [shape[0]], initial: bias(fanIn(shape)) }] : []),
  ];
}

export interface LayerStart {
  /** By fan_in. */
  weight?: (fan: number) => Initial;
  /** By fan_in of the weight; null: the layer has no bias. */
  bias?: ((fan: number) => Initial) | null;
}

/** The shape of a cubic kernel's weight. */
export const kernelShape = (outputs: number, inputs: number, kernel: number): number[] => [
  outputs,
  inputs,
  kernel,
  kernel,
  kernel,
];
