import { attention } from '../models/attention';
import { electTeachers } from '../models/lckd';
import { uhemisMoments } from '../models/uhemis';
import { uhvedProduct } from '../models/uhved';
import { tf } from '../nn/tf';
import { exercise } from './exercise';
import { average, distinct, oneOf, total, transposed, variance } from './numbers';

/** One voxel of one feature map of each scan. */
const voxel = (value: number): tf.Tensor5D => tf.tensor5d([value], [1, 1, 1, 1, 1]);
const maskRow = (available: readonly boolean[]): tf.Tensor2D =>
  tf.tensor2d([available.map(Number)]);
const only = <T>(values: readonly T[], available: readonly boolean[]): T[] =>
  values.filter((_, m) => available[m]);

export interface Gaussians {
  means: number[];
  variances: number[];
  available: boolean[];
}

/** Mean and variance of a product of Gaussians whose precisions are `weigh` of their variances. */
function productBy(
  { means, variances, available }: Gaussians,
  { prior = 1, weigh = (v: number) => 1 / v },
): number[] {
  const [mu, precision] = [only(means, available), only(variances, available).map(weigh)];
  const all = prior + total(precision);
  return [total(mu.map((value, m) => value * precision[m])) / all, 1 / all];
}

/** Attention with queries, keys and values that are the tokens themselves. */
function attendBy(
  tokens: readonly (readonly number[])[],
  { heads = 2, root = (width: number) => Math.sqrt(width), columns = false },
): number[] {
  const width = tokens[0].length / heads;
  return Array.from({ length: heads }).flatMap((_, h) => {
    const own = tokens.map((token) => token.slice(h * width, (h + 1) * width));
    const scores = own.map((q) =>
      own.map((k) => Math.exp(total(q.map((value, e) => value * k[e])) / root(width))),
    );
    const normal = columns ? transposed(scores.map(share)) : scores.map(share);
    return own[0].map((_, e) => total(own.map((token, t) => normal[0][t] * token[e])));
  });
}

const share = (values: readonly number[]): number[] => values.map((v) => v / total(values));

export const rivals = {
  '08.1': exercise({
    asks: 'mean and variance of the available feature maps',
    given: (stream) => ({
      features: distinct(stream, 4, [1, 2, 4, 7, 9, 12]),
      available: stream.shuffle([true, true, true, false]),
    }),
    solve: ({ features, available }) =>
      tf.tidy(() => {
        const moments = uhemisMoments(features.map(voxel), maskRow(available));
        return [moments.mean.dataSync()[0], moments.variance.dataSync()[0]];
      }),
    why: 'both exist for any number of scans, and with one scan the variance is 0',
    hint: 'leave the absent scan out of both sums; the formula divides both by the same number',
    mistakes: [
      {
        answer: ({ features, available }) => {
          const own = only(features, available);
          return [average(own), (variance(own) * own.length) / (own.length - 1)];
        },
        hint: 'the mean is right. This variance is divided by n - 1 (torch.var’s default), which a single scan wouldn’t have',
      },
      {
        answer: ({ features, available }) => {
          const own = only(features, available);
          return [average(own), Math.sqrt(variance(own))];
        },
        hint: 'the mean is right; the other is a standard deviation',
      },
      {
        answer: ({ features, available }) => {
          const zeros = features.map((value, m) => (available[m] ? value : 0));
          return [average(zeros), variance(zeros)];
        },
        hint: 'the absent scan takes part as a 0 here: it isn’t in the sums, nor in their number',
      },
      {
        answer: ({ features }) => [average(features), variance(features)],
        hint: 'all four scans are in this; one is absent',
      },
    ],
  }),

  '08.2': exercise({
    asks: 'mean and variance of the product',
    given: (stream): Gaussians => ({
      means: distinct(stream, 4, [-3, -1, 2, 3, 5]),
      variances: distinct(stream, 4, [0.25, 0.5, 2, 4]),
      available: stream.shuffle([true, true, false, false]),
    }),
    solve: ({ means, variances, available }) =>
      tf.tidy(() => {
        const of = means.map((mean, m) => ({
          mean: voxel(mean),
          logVariance: voxel(Math.log(variances[m])),
        }));
        const product = uhvedProduct(of, maskRow(available));
        return [product.mean.dataSync()[0], Math.exp(product.logVariance.dataSync()[0])];
      }),
    why: 'a sure scan (small variance) counts most, and the prior pulls towards 0 as one more factor',
    hint: 'precisions (one over the variance) add up, with 1 for the prior; the means are weighted by them',
    mistakes: [
      {
        answer: (given) => productBy(given, { prior: 0 }),
        hint: 'the prior N(0, 1) is a factor, too: look at the formula for T',
      },
      {
        answer: (given) => productBy(given, { weigh: (v) => v }),
        hint: 'the weights are variances here: an unsure scan would count most',
      },
      {
        answer: (given) => productBy({ ...given, available: given.means.map(() => true) }, {}),
        hint: 'absent scans are factors here',
      },
      {
        answer: (given) => {
          const [mean, spread] = productBy(given, {});
          return [mean, Math.sqrt(spread)];
        },
        hint: 'the mean is right; the other number is a standard deviation',
      },
    ],
  }),

  '08.3': exercise({
    asks: 'the first token after attention with two heads, six numbers',
    given: (stream) => ({
      tokens: [0, 1, 2].map(() => Array.from({ length: 6 }, () => oneOf(stream, [-1, 0, 1, 2]))),
      heads: 2,
    }),
    solve: ({ tokens, heads }) =>
      tf.tidy(() => {
        const width = tokens[0].length;
        const one = tf.eye(width);
        const parameters = { 'a.qkv.weight': tf.concat([one, one, one], 0), 'a.proj.weight': one };
        const mixed = attention(parameters, 'a', tf.tensor3d([tokens]), { heads });
        return Array.from(mixed.dataSync()).slice(0, width);
      }),
    why: 'each head compares and mixes its own part of the tokens, scaled by the root of that part’s width',
    hint: 'split each token into two heads; in each: scores, divided by the root of the head’s width, softmax over the keys, weighted sum',
    mistakes: [
      {
        answer: ({ tokens }) => attendBy(tokens, { heads: 1 }),
        hint: 'this is attention with one head: each head sees only its own part of a token',
      },
      {
        answer: ({ tokens }) => attendBy(tokens, { root: () => 1 }),
        hint: 'the scores are not scaled: what is under the fraction in the formula?',
      },
      {
        answer: ({ tokens }) => attendBy(tokens, { root: (width) => width }),
        hint: 'scaled by the width itself; the formula has a root',
      },
      {
        answer: ({ tokens, heads }) =>
          attendBy(tokens, { root: (width) => Math.sqrt(width * heads) }),
        hint: 'scaled by the width of the whole token; a head has only a part of it',
      },
      {
        answer: ({ tokens }) => attendBy(tokens, { columns: true }),
        hint: 'the softmax runs over the wrong axis: the weights with which *one* token looks at all others sum to 1',
      },
    ],
  }),

  '08.4': exercise({
    asks: 'for each of the four scans 1 if it is elected as a teacher, 0 if not',
    given: (stream) => {
      const [a, b, c, d] = stream.shuffle([0, 1, 2, 3]);
      const scores = [0, 1, 2, 3].map(() => [0, 1, 2].map(() => 20 + stream.integer(20)));
      // One scan wins two regions, another the third; a third one has the best mean.
      scores[a] = [75, 30, 71];
      scores[b] = [40, 82, 20];
      scores[c] = [70, 70, 68];
      scores[d] = [25, 30, 10];
      return { scores };
    },
    solve: ({ scores }) => electTeachers(scores).map(Number),
    why: 'a vote for each region, so a scan that is second everywhere is nobody’s teacher, however good its mean',
    hint: 'go through the regions (columns): which scan is best in each?',
    mistakes: [
      {
        answer: ({ scores }) => {
          const means = scores.map(average);
          return means.map((value) => Number(value === Math.max(...means)));
        },
        hint: 'this elects by the mean over the regions; the vote is held for each region',
      },
      {
        answer: ({ scores }) => {
          const first = scores.map(([value]) => value);
          return first.map((value) => Number(value === Math.max(...first)));
        },
        hint: 'only the first region has voted',
      },
      {
        answer: ({ scores }) => scores.map((of) => Number(Math.max(...of) > 65)),
        hint: 'being good somewhere is not enough: a teacher is the *best* of a region',
      },
    ],
  }),
};
