import { receptiveField, type Window } from '../models/receptive-field';
import { segmentationLayers } from '../models/segmentation-layers';
import { binaryCrossEntropy, diceLoss } from '../nn/losses';
import { tf } from '../nn/tf';
import { exercise } from './exercise';
import { distinct, oneOf, sigmoid, total } from './numbers';

const WIDTH = 1 / 8;

/** Soft Dice by hand: 2 sum(p y) / (sum(p) + sum(y) + smooth). */
const dice = (p: readonly number[], y: readonly number[], smooth: number): number =>
  (2 * total(p.map((value, v) => value * y[v]))) / (total(p) + total(y) + smooth);

const crossEntropies = (logits: readonly number[], y: readonly number[]): number[] =>
  logits.map((x, v) => -Math.log(y[v] === 1 ? sigmoid(x) : 1 - sigmoid(x)));

/** Of a block: its channels, and what a convolution's kernel, a norm and the last convolution count. */
const blockParameters = (
  { inputs, planes }: { inputs: number; planes: number },
  { middle = 27, norms = 2, biases = 0, widen = 4 },
): number =>
  inputs * planes +
  middle * planes * planes +
  planes * widen * planes +
  (norms + biases) * (2 + widen) * planes;

/** Without strides, or without the product of those before. */
const fieldWith = (layers: readonly Required<Pick<Window, 'kernel' | 'stride'>>[]) => ({
  noStride: 1 + total(layers.map(({ kernel }) => kernel - 1)),
  product: layers.reduce((all, { kernel }) => all * kernel, 1),
  ownStride: 1 + total(layers.map(({ kernel, stride }) => (kernel - 1) * stride)),
});

export const baselineTraining = {
  '02.1': exercise({
    asks: 'the Dice loss',
    given: (stream) => ({
      logits: distinct(stream, 4, [-3, -2, -1, 1, 2, 3]),
      truth: stream.shuffle([1, 1, 1, 0]),
    }),
    solve: ({ logits, truth }) =>
      tf.tidy(() => {
        const shape: [number, number, number, number, number] = [1, 1, 1, 4, 1];
        return diceLoss(tf.tensor5d(logits, shape), tf.tensor5d(truth, shape)).dataSync()[0];
      }),
    why: 'probabilities, not decisions, so that it has a gradient; the 1 keeps empty regions finite',
    hint: 'logits to probabilities first; then the fraction with the 1 in its denominator',
    mistakes: [
      {
        answer: ({ logits, truth }) => dice(logits.map(sigmoid), truth, 1),
        hint: 'this is the overlap, which should rise; a loss should fall',
      },
      {
        answer: ({ logits, truth }) => 1 - dice(logits.map(sigmoid), truth, 0),
        hint: 'nearly: look at what the denominator has besides the two sums',
      },
      {
        answer: ({ logits, truth }) => 1 - dice(logits, truth, 1),
        hint: 'these are logits; p in the formula is a probability',
      },
      {
        answer: ({ logits, truth }) =>
          1 -
          dice(
            logits.map((x) => Number(x > 0)),
            truth,
            1,
          ),
        hint: 'the probabilities are rounded to decisions here, as in the score; the loss keeps them',
      },
    ],
  }),

  '02.2': exercise({
    asks: 'the cross-entropy of two voxels with three regions',
    given: (stream) => ({
      logits: [0, 1].map(() => distinct(stream, 3, [-2, -1, 0.5, 1, 2])),
      truth: [stream.shuffle([1, 1, 0]), stream.shuffle([1, 0, 0])],
    }),
    solve: ({ logits, truth }) =>
      tf.tidy(() => {
        const shape: [number, number, number, number, number] = [1, 1, 1, 2, 3];
        const [x, y] = [logits.flat(), truth.flat()];
        return binaryCrossEntropy(tf.tensor5d(x, shape), tf.tensor5d(y, shape)).dataSync()[0];
      }),
    why: 'a mean over voxels and a sum over regions: three times what a plain mean would give',
    hint: 'one cross-entropy per voxel and region; then which of the two is averaged, and which summed?',
    mistakes: [
      {
        answer: ({ logits, truth }) => total(crossEntropies(logits.flat(), truth.flat())) / 6,
        hint: 'regions are averaged here, too (PyTorch’s default); the authors’ code sums over them',
      },
      {
        answer: ({ logits, truth }) => total(crossEntropies(logits.flat(), truth.flat())),
        hint: 'voxels are summed here, too: a larger crop would have a larger loss',
      },
      {
        answer: ({ logits, truth }) =>
          total(
            crossEntropies(logits.flat(), truth.flat()).filter((_, v) => truth.flat()[v] === 1),
          ) / 2,
        hint: 'voxels outside a region count, too: the formula has a second term',
      },
    ],
  }),

  '02.3': exercise({
    asks: 'the parameters of the block',
    given: (stream) => {
      const block = `shared_enc.backbone.layer${oneOf(stream, [2, 3])}.1`;
      const { inputs, outputs } = segmentationLayers(WIDTH).convolutions.find(
        ({ name }) => name === `${block}.conv1`,
      ) as { inputs: number; outputs: number };
      return { block, inputs, planes: outputs };
    },
    solve: ({ block }) => {
      const { convolutions, norms } = segmentationLayers(WIDTH);
      const own = <T extends { name: string }>(all: readonly T[]): T[] =>
        all.filter(({ name }) => name.startsWith(`${block}.`));
      return (
        total(own(convolutions).map((one) => one.kernel ** 3 * one.inputs * one.outputs)) +
        total(own(norms).map(({ channels }) => 2 * channels))
      );
    },
    tolerance: 0.5,
    why: 'kernels have three axes, no convolution has a bias, and each norm has a scale and a shift',
    hint: 'for each convolution kernel^3 x inputs x outputs; for each norm two numbers a channel',
    mistakes: [
      {
        answer: (given) => blockParameters(given, { middle: 9 }),
        hint: 'a 3x3 kernel is two-dimensional; scans are volumes',
      },
      {
        answer: (given) => blockParameters(given, { norms: 0 }),
        hint: 'the convolutions are right; the norms have parameters, too',
      },
      {
        answer: (given) => blockParameters(given, { biases: 1 }),
        hint: 'the convolutions have no bias: the shift of the norm behind each does its work',
      },
      {
        answer: (given) => blockParameters(given, { widen: 1 }),
        hint: 'the last convolution makes four times the planes',
      },
    ],
  }),

  '02.4': exercise({
    asks: 'the receptive field in voxels',
    given: (stream) => ({
      layers: [
        { kernel: oneOf(stream, [5, 7]), stride: 2 },
        { kernel: 3, stride: 2 },
        { kernel: 3, stride: 1 },
        { kernel: 3, stride: 1 },
      ],
    }),
    solve: ({ layers }) => receptiveField(layers),
    tolerance: 0.5,
    why: 'behind a stride of 2 each step of a kernel is two voxels of the input, behind two of them four',
    hint: 'start at 1; each layer adds (kernel - 1) times the product of the strides of the layers *before* it',
    mistakes: [
      {
        answer: ({ layers }) => fieldWith(layers).noStride,
        hint: 'the strides are missing: after one, neighbours are two input voxels apart',
      },
      {
        answer: ({ layers }) => fieldWith(layers).product,
        hint: 'kernels are multiplied here; two 3-kernels in a row see 5 voxels, not 9',
      },
      {
        answer: ({ layers }) => fieldWith(layers).ownStride,
        hint: 'each layer is widened by its *own* stride here; it is those before it that count, multiplied',
      },
    ],
  }),
};
