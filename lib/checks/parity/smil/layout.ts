/** Names and layout of PyTorch's network and of the kit's. */
import { IMAGE_FEATURES, SPEECH_FEATURES } from '../../../models/audio-visual';
import { tf } from '../../../nn/tf';

const NAMES: [RegExp, string][] = [
  [/^img_extractor\./, 'image.'],
  [/^sound_extractor\.bn/, 'speech.norm'],
  [/^sound_extractor\./, 'speech.'],
  [/^encoder\./, 'inference.'],
  [/^fc/, 'fusion.fc'],
];

/** The kit's name of a parameter of SMIL's networks; undefined for layers without an effect, which it leaves out. */
export function kitName(torch: string): string | undefined {
  if (/^encoder\.(conv|fc11|fc21)/.test(torch)) return undefined;
  const [pattern, name] = NAMES.find(([one]) => one.test(torch)) ?? [/^/, ''];
  return torch.replace(pattern, name);
}

/** PyTorch flattens maps channel by channel, the kit place by place: the k-th feature of the kit is this one of PyTorch's. */
function flattened(features: number): number[] {
  const places = 16;
  const channels = features / places;
  return Array.from(
    { length: features },
    (_, k) => (k % channels) * places + Math.floor(k / channels),
  );
}

const IMAGE = flattened(IMAGE_FEATURES);
const SPEECH = flattened(SPEECH_FEATURES);
const JOINED = [...IMAGE, ...SPEECH.map((k) => IMAGE_FEATURES + k)];

/** By a layer's name in the kit: the order of its inputs and outputs where that is not PyTorch's. */
const ORDERS: Record<string, { inputs?: number[]; outputs?: number[] }> = {
  'image.fc1': { inputs: IMAGE },
  'speech.fc1': { inputs: SPEECH },
  'image.project': { inputs: IMAGE },
  'speech.project': { inputs: SPEECH },
  'inference.fc0': { inputs: IMAGE },
  'inference.fc1': { inputs: IMAGE, outputs: JOINED },
  'inference.fc2': { inputs: JOINED },
};

const BY_SIZE: Record<number, number[]> = { 160: IMAGE, 320: SPEECH, 480: JOINED };

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** For each value of a parameter in the kit's layout its place in PyTorch's. @param shape PyTorch's */
function places(
  name: string,
  shape: readonly number[],
  fused: boolean,
): { kitShape: number[]; from: number[] } {
  const layer = name.replace(/\.(weight|bias)$/, '');
  const { inputs, outputs } =
    layer === 'fusion.fc1' && fused
      ? { inputs: JOINED, outputs: undefined }
      : (ORDERS[layer] ?? {});
  if (shape.length === 1) return { kitShape: [...shape], from: outputs ?? range(shape[0]) };
  if (shape.length === 2) {
    const [out, into] = shape;
    const [os, is] = [outputs ?? range(out), inputs ?? range(into)];
    return { kitShape: [into, out], from: is.flatMap((i) => os.map((o) => o * into + i)) };
  }
  const [out, into, h, w] = shape;
  const from = range(h).flatMap((y) =>
    range(w).flatMap((x) =>
      range(into).flatMap((i) => range(out).map((o) => ((o * into + i) * h + y) * w + x)),
    ),
  );
  return { kitShape: [h, w, into, out], from };
}

/** @param fused whether the fused layer reads raw features, flattened maps, and not projected ones */
export function toKit(
  name: string,
  shape: readonly number[],
  values: ArrayLike<number>,
  fused = true,
): tf.Tensor {
  const { kitShape, from } = places(name, shape, fused);
  return tf.tensor(
    Float32Array.from(from, (at) => values[at]),
    kitShape,
  );
}

/** The values of a parameter, or of its gradient, in PyTorch's order. */
export function toTorch(
  name: string,
  shape: readonly number[],
  tensor: tf.Tensor,
  fused = true,
): number[] {
  const { from } = places(name, shape, fused);
  const values = tensor.dataSync();
  const torch = new Array<number>(values.length);
  from.forEach((at, k) => (torch[at] = values[k]));
  return torch;
}

/** Features [N, 160, 320 or 480] between the two; other widths pass unchanged. */
export function featuresToKit(values: ArrayLike<number>, rows: number, width: number): tf.Tensor2D {
  const order = BY_SIZE[width] ?? range(width);
  const kit = range(rows).flatMap((n) => order.map((at) => values[n * width + at]));
  return tf.tensor2d(kit, [rows, width]);
}

export function featuresToTorch(tensor: tf.Tensor): number[] {
  const [rows, width] = tensor.shape as [number, number];
  const order = tensor.rank === 2 ? BY_SIZE[width] : undefined;
  const values = tensor.dataSync();
  if (!order) return Array.from(values);
  const torch = new Array<number>(values.length);
  for (let n = 0; n < rows; n++)
    order.forEach((at, k) => (torch[n * width + at] = values[n * width + k]));
  return torch;
}

/** [N, C, H, W] -> [N, H, W, C]. In a tidy, or the caller disposes of it. */
export function mapsToKit(values: Float32Array, [n, h, w, c]: readonly number[]): tf.Tensor4D {
  return tf.tidy(() => tf.transpose(tf.tensor4d(values, [n, c, h, w]), [0, 2, 3, 1]));
}
