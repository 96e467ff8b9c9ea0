// %% [markdown]
// # 03 · Importance weights: which scan matters, learned by the meta step
//
// **Aim.** Learn a weight for each scan by a meta step on held-out cases, while the network trains. **Data.** The cases of 01; the meta step uses the
// meta-validation cases, which the network is never trained on. **You should see** four weights that start
// at random and converge as the network learns; short trainings do not move them far.

// %%
import * as mckd from '@mckd/lib';

const book = mckd.startNotebook('03-importance-weights');
const settings = book.config.brats;
const study = await mckd.brats.study(book.config);

// %% [markdown]
// ## The idea with one number per scan
// A weight $w_m = \mathrm{softmax}(\theta_w)_m$ multiplies each feature. The **meta step** evaluates the weighted features on held-out cases and moves $\theta_w$ only:
// $$\theta_w \leftarrow \mathrm{Adam}\big(\theta_w,\; \nabla_{\theta_w} \mathcal{L}_{seg}(\mathrm{decode}(w_1 f_1, \dots, w_4 f_4))\big).$$
// Here, features of two numbers and a "decoder" that adds them up; the target is (1, 0). Only the third scan points there, so its weight should rise.

// %%
const tf = mckd.tf;
const toyConfig: mckd.ImportanceConfig = { ...settings.importance, initial: 'equal', learningRate: 0.1 };
const toy = mckd.initImportance(4, toyConfig, mckd.randomStream(0, 'toy'));
const features = [
  [0, 1],
  [-1, 0],
  [2, 0],
  [0, -1],
].map((values) => tf.tensor1d(values));
const target = tf.tensor1d([1, 0]);
for (let step = 0; step <= 20; step++) {
  if (step % 5 === 0)
    console.log(
      `step ${step}: w =`,
      mckd
        .readWeights(toy, toyConfig)
        .map((w) => w.toFixed(3))
        .join(', '),
    );
  mckd.metaStep(
    toy,
    toyConfig,
    features,
    (weighted) => tf.sum(tf.square(tf.sub(tf.addN(weighted), target))) as mckd.tf.Scalar,
  );
}
const toyWeights = mckd.readWeights(toy, toyConfig);
mckd.disposeImportance(toy);

// %% [markdown]
// ## Why only $\theta_w$ moves
// The meta loss depends on $\theta_w$ and, through features and decoder, on the network's parameters $\phi$. The meta step takes
// $\nabla_{\theta_w}$ alone, with $\phi$ a constant. With $g_m = \langle \partial\mathcal{L} / \partial (w_m f_m),\, f_m \rangle = \partial\mathcal{L} / \partial w_m$ it is
// $$\frac{\partial \mathcal{L}}{\partial \theta_m} = w_m \Big(g_m - \sum_k w_k g_k\Big):$$
// a scan's parameter rises where its feature lowers the loss by more than the weighted mean of all does; together they sum to 0. This is *first order*: that other weights would
// have trained another network, $\phi(\theta_w)$, is left out, and with it the second derivatives. The gradient names one parameter:

// %%
const constants = mckd.initImportance(4, toyConfig, mckd.randomStream(0, 'constants'));
const decoder = tf.variable(tf.scalar(2));
const { gradients } = mckd.metaGradient(
  constants,
  toyConfig,
  features,
  (weighted) => tf.sum(tf.square(tf.sub(tf.mul(tf.addN(weighted), decoder), target))) as mckd.tf.Scalar,
);
for (const name of Object.keys(gradients)) console.log(name, gradients[name].arraySync());
mckd.disposeImportance(constants);

// %%
book.showSource(mckd.metaGradient);

// %% [markdown]
// ## While the network trains
// Stage one trains on complete modalities; in stage two each step draws a subset. At regular intervals a **meta event** takes one step per meta-validation case. The first Adam steps
// move $\theta_w$ by about the learning rate each, whatever the gradient's size. Losses above, weights below.

// %%
const experiment = mckd.brats.comparison(book.config);
const stageTwo = mckd.brats.stageSteps(settings, 1);
const run = await study.run(experiment, 'mckd', { title: 'MCKD in training' });

// %%
const { normalisation } = settings.importance;
book.show(
  mckd.brats.figures.importance(run.weights, {
    name: 'brats-importance',
    title: 'Importance weights in training',
    stageTwoFrom: stageTwo,
    normalisation: normalisation,
  }),
);

// %% [markdown]
// ## Reading the weights
// First and last weights of this run, and of every seed of the recorded long run. Initial weights differ by the seed (the authors draw
// $\theta_w$ from $U(0, 1)$), so look at the *change*.

// %%
book.show(mckd.brats.tables.importance([run], settings.importance));

// %%
const recorded = mckd.brats.recordedComparison();
const long = mckd.runsOf(recorded.runs, 'mckd');
const longTable = mckd.brats.tables.importance(long, recorded.manifest.config.brats.importance);
book.show({
  ...longTable,
  name: 'brats-importance-standard',
  title: 'Importance weights of the recorded run (preset standard)',
});

// %% [markdown]
// ## From weights to distillation
// Distillation uses the weights through their ratios only, $r_{ij} = w_i / w_j$: rows are teachers, columns students. The next notebook is about it.

// %%
const last = run.weights[run.weights.length - 1].w;
book.show(mckd.brats.figures.ratios(last));

// %% [markdown]
// ## Try it
// Initialise equally instead of at random, or use $\theta_w$ unnormalised (`normalisation: 'raw'`): one step of each on the toy.

// %%
for (const normalisation of ['softmax', 'sigmoid', 'raw'] as const) {
  const config: mckd.ImportanceConfig = { ...settings.importance, normalisation: normalisation, initial: 'equal' };
  const one = mckd.initImportance(4, config, mckd.randomStream(0, 'try'));
  mckd.metaStep(
    one,
    config,
    features,
    (weighted) => tf.sum(tf.square(tf.sub(tf.addN(weighted), target))) as mckd.tf.Scalar,
  );
  console.log(
    normalisation,
    mckd
      .readWeights(one, config)
      .map((w) => w.toFixed(4))
      .join(', '),
  );
  mckd.disposeImportance(one);
}

// %% [markdown]
// ## Exercises
// As in notebook 00: put your answer in the place of `undefined`. Solutions: `notebooks/solutions/`.

// %% [markdown]
// **03.1** Three parameters, the gradient of the meta loss with respect to them, and Adam's learning rate. Where are they after the *first* step?

// %%
const q1 = mckd.given('03.1');
console.log(q1);
mckd.check('03.1', undefined);

// %% tags=["solution"]
mckd.check(
  '03.1',
  q1.theta.map((value, m) => value - q1.learningRate * Math.sign(q1.gradient[m])),
);

// %% [markdown]
// **03.2** Features of one number each, a decoder that adds, and $\mathcal{L} = (\sum_m w_m f_m - y)^2$ with $y$ the target and
// $w = \mathrm{softmax}(\theta_w)$. What is $\nabla_{\theta_w} \mathcal{L}$?

// %%
const q2 = mckd.given('03.2');
console.log(q2);
mckd.check('03.2', undefined);

// %% tags=["solution"]
const powers2 = q2.theta.map((value) => Math.exp(value));
const powerSum2 = powers2.reduce((a, b) => a + b);
const w2 = powers2.map((power) => power / powerSum2);
const decoded2 = w2.reduce((sum, weight, m) => sum + weight * q2.features[m], 0);
mckd.check(
  '03.2',
  q2.features.map((f, m) => 2 * (decoded2 - q2.target) * w2[m] * (f - decoded2)),
);

// %% [markdown]
// **03.3** The decoder now has a number of its own: $\mathcal{L} = (v \sum_m w_m f_m - y)^2$. What are the three parameters and, as the fourth
// number, $v$ after one meta step with Adam's learning rate `learningRate`?

// %%
const q3 = mckd.given('03.3');
console.log(q3);
mckd.check('03.3', undefined);

// %% tags=["solution"]
const powers3 = q3.theta.map((value) => Math.exp(value));
const powerSum3 = powers3.reduce((a, b) => a + b);
const decoded3 = q3.features.reduce((sum, f, m) => sum + (powers3[m] / powerSum3) * f, 0);
const slopes = q3.features.map((f) => (q3.v * decoded3 - q3.target) * q3.v * (f - decoded3));
const after = q3.theta.map((value, m) => value - q3.learningRate * Math.sign(slopes[m]));
mckd.check('03.3', [...after, q3.v]); // v is a constant in the meta step

// %%
const sums = run.weights.map(({ w }) => w.reduce((a, b) => a + b));
await mckd.finishNotebook([
  {
    claim: 'on the toy, the scan that points to the target gets the largest weight',
    holds: Math.max(...toyWeights) === toyWeights[2],
    found: toyWeights[2].toFixed(3),
  },
  {
    claim: 'the weights sum to 1 after every meta event',
    holds: sums.every((sum) => Math.abs(sum - 1) < 1e-4),
    found: `${sums.length} events`,
  },
  { claim: 'they moved', holds: run.weights[0].w.some((w, m) => Math.abs(w - last[m]) > 1e-4) },
]);
