import type { RandomStream } from '../base/random';
import { pairwiseDistillation, teacherStudentRatios, type Availability } from '../mckd';
import { tf } from '../nn/tf';
import { exercise } from './exercise';
import { average, distinct, oneOf, total, transposed } from './numbers';

const ratiosOf = (w: readonly number[]): number[][] => w.map((wi) => w.map((wj) => wi / wj));

export interface Batch {
  w: number[];
  /** [scan][sample][number]. */
  features: number[][][];
  available: boolean[][];
}

const batchOf = (stream: RandomStream): Batch => ({
  w: distinct(stream, 3, [0.2, 0.3, 0.5]),
  features: [0, 1, 2].map(() => [0, 1].map(() => distinct(stream, 4, [1, 2, 4, 7, 11]))),
  available: [[true, true, true], stream.shuffle([true, true, false])],
});

/** L_KD in plain arithmetic, with a rule changed. */
function lossWith(
  { w, features, available }: Batch,
  { once = false, all = false, sum = false, samples = available.length },
): number {
  const pairs = w.flatMap((_, i) => w.map((_, j) => [i, j])).filter(([i, j]) => i !== j);
  const terms = available.flatMap((row, n) =>
    pairs
      .filter(([i, j]) => (all || (row[i] && row[j])) && (!once || i < j))
      .map(([i, j]) => {
        const distances = features[i][n].map((value, k) => Math.abs(value - features[j][n][k]));
        return (w[i] / w[j]) * (sum ? total(distances) : average(distances));
      }),
  );
  return total(terms) / samples;
}

export interface Pair {
  w: number[];
  teacher: number[];
  student: number[];
}

const pull = ({ w, teacher, student }: Pair, ratio = w[0] / w[1]): number[] =>
  student.map((value, k) => (-ratio * Math.sign(teacher[k] - value)) / student.length);

export const pairwiseDistillationLesson = {
  '04.1': exercise({
    asks: 'the ratio of each teacher (row) to each student (column)',
    given: (stream) => ({ w: stream.shuffle([0.4, 0.3, 0.2, 0.1]) }),
    solve: ({ w }) => tf.tidy(() => teacherStudentRatios(tf.tensor1d(w)).arraySync()),
    why: 'row i holds w_i over every w_j: an important teacher has large numbers in its row',
    hint: 'row i, column j: the weight of teacher i divided by that of student j; what is on the diagonal?',
    mistakes: [
      {
        answer: ({ w }) => transposed(ratiosOf(w)),
        hint: 'teacher and student are swapped: rows are teachers, and the most important one has the largest numbers in its row',
      },
      {
        answer: ({ w }) => w.map((wi) => w.map((wj) => wi - wj)),
        hint: 'these are differences; the formula divides',
      },
      {
        answer: ({ w }) => ratiosOf(w).map((row) => row.map((value) => value / total(row))),
        hint: 'the rows are normalised here; the formula takes the ratios as they are',
      },
      {
        answer: ({ w }) =>
          ratiosOf(w).map((row, i) => row.map((value, j) => (i === j ? 0 : value))),
        hint: 'nobody teaches itself, but the ratio of a weight to itself is not 0; the loss leaves these pairs out by itself',
      },
    ],
  }),

  '04.2': exercise({
    asks: 'the distillation loss of the two samples',
    given: batchOf,
    solve: ({ w, features, available }) =>
      tf.tidy(() => {
        const tensors = features.map((of) => tf.tensor2d(of));
        const ratios = teacherStudentRatios(tf.tensor1d(w));
        return pairwiseDistillation(tensors, available as Availability, ratios).dataSync()[0];
      }),
    why: 'six ordered pairs in the complete sample, two in the other, and a mean over both samples',
    hint: 'list the ordered pairs that each sample has; a mean within a feature, a sum over pairs, a mean over samples',
    mistakes: [
      {
        answer: (batch) => lossWith(batch, { once: true }),
        hint: 'each pair appears once here; in the sum both are teacher and student in turn, with different ratios',
      },
      {
        answer: (batch) => lossWith(batch, { all: true }),
        hint: 'one sample lacks a scan: pairs with it are left out, whatever its row holds',
      },
      {
        answer: (batch) => lossWith(batch, { sum: true }),
        hint: 'the bar over the difference is a mean over the numbers of a feature, not a sum',
      },
      {
        answer: (batch) => lossWith(batch, { samples: 1 }),
        hint: 'this is the sum over the samples; the formula begins with 1/N',
      },
    ],
  }),

  '04.3': exercise({
    asks: 'the gradient of the loss with respect to the student’s feature',
    given: (stream): Pair => {
      const first = oneOf(stream, [0.6, 0.7, 0.9]);
      const signs = stream.shuffle([1, 1, -1, -1]);
      const student = distinct(stream, 4, [4, 5, 6, 7, 8]);
      return {
        w: [first, Number((1 - first).toFixed(1))],
        teacher: student.map((value, k) => value + signs[k] * (1 + stream.integer(3))),
        student,
      };
    },
    solve: ({ w, teacher, student }) =>
      tf.tidy(() => {
        const ratios = teacherStudentRatios(tf.tensor1d(w));
        const loss = (x: tf.Tensor): tf.Scalar =>
          pairwiseDistillation([tf.tensor2d([teacher]), x], [[true, true]], ratios);
        return Array.from(
          tf
            .grad(loss)(tf.tensor2d([student]))
            .dataSync(),
        );
      }),
    why: 'a sign for each number, scaled by the ratio of teacher to student; where it is a teacher itself it is a constant',
    hint: 'write the term in which it is the student, and differentiate the absolute value; its mean has how many numbers?',
    mistakes: [
      {
        answer: (pair) => pull(pair, pair.w[1] / pair.w[0]),
        hint: 'the ratio is upside down: this is how hard the important one is pulled',
      },
      {
        answer: (pair) => pull(pair).map((g) => -g),
        hint: 'the sizes are right; going *against* a gradient must bring the student nearer to its teacher',
      },
      {
        answer: (pair) => pull(pair).map((g) => g * pair.student.length),
        hint: 'the mean over the numbers of the feature also divides its gradient',
      },
      {
        answer: (pair) => pull(pair, pair.w[0] / pair.w[1] + pair.w[1] / pair.w[0]),
        hint: 'the term in which it is the *teacher* counts here, too: what does the stop-gradient do there?',
      },
    ],
  }),

  '04.4': exercise({
    asks: 'how many times as hard the less important one is pulled',
    given: (stream) => {
      const large = oneOf(stream, [0.6, 0.7, 0.75]);
      return { w: [large, 1 - large].map((value) => Number(value.toFixed(2))) };
    },
    solve: ({ w }) =>
      tf.tidy(() => {
        const ratios = teacherStudentRatios(tf.tensor1d(w));
        const loss = (a: tf.Tensor, b: tf.Tensor): tf.Scalar =>
          pairwiseDistillation([a, b], [[true, true]], ratios);
        const [a, b] = tf.grads(loss)([tf.tensor2d([[1, 2]]), tf.tensor2d([[3, 5]])]);
        return Math.abs(b.dataSync()[0] / a.dataSync()[0]);
      }),
    why: 'one is pulled with r, the other with 1/r, so they differ by the square',
    hint: 'write down the factor with which each of the two is pulled, then divide',
    mistakes: [
      {
        answer: ({ w }) => w[0] / w[1],
        hint: 'this is the factor of one pull; how large is the other one’s, compared with it?',
      },
      {
        answer: ({ w }) => (w[1] / w[0]) ** 2,
        hint: 'upside down: the question is about the *less* important one, which is pulled harder',
      },
      {
        answer: ({ w }) => w[0] / w[1] + w[1] / w[0],
        hint: 'the factors are added here, as in the loss; the question compares them',
      },
    ],
  }),
};
