// %% [markdown]
// # 03 · Importance weights: which scan matters, learned by asking
//
// **Aim.** Learn a weight for each scan by a meta step on held-back cases, while the network trains. **Data.** The cases of 01; the meta step asks the
// meta-validation cases, which the network never learns from. **Time.** About three minutes at `quick`. **You should see** four weights that start
// at random and draw together as the network learns; short trainings do not move them far.

// %%
import * as mckd from '@mckd/lib';

const book = mckd.startNotebook('03-importance-weights');
const settings = book.config.brats;
const data = await mckd.openStudy(book.config);
book.recordData({ name: 'brats', sha256: data.sha256, description: data.description });
const place = mckd.studyPlace(book.resultsDirectory, data);

// %% [markdown]
// ## The idea on one number a scan
// A weight $w_m = \mathrm{softmax}(\theta_w)_m$ stands before each feature. The **meta step** asks held-back cases how well the weighted features do and moves $\theta_w$ alone:
// $$\theta_w \leftarrow \mathrm{Adam}\big(\theta_w,\; \nabla_{\theta_w} \mathcal{L}_{seg}(\mathrm{decode}(w_1 f_1, \dots, w_4 f_4))\big).$$
// Here, features of two numbers and a "decoder" that adds them up; the target is (1, 0). Only the third scan points there, so its weight should rise.

// %%
const tf = mckd.tf;
const toyConfig: mckd.ImportanceConfig = { ...settings.importance, initial: 'equal', learningRate: 0.1 };
const toy = mckd.initImportance(4, toyConfig, mckd.randomStream(0, 'toy'));
const features = [[0, 1], [-1, 0], [2, 0], [0, -1]].map((values) => tf.tensor1d(values));
const target = tf.tensor1d([1, 0]);
for (let step = 0; step <= 20; step++) {
  if (step % 5 === 0) console.log(`step ${step}: w =`, mckd.readWeights(toy, toyConfig).map((w) => w.toFixed(3)).join(', '));
  mckd.metaStep(toy, toyConfig, features, (weighted) => tf.sum(tf.square(tf.sub(tf.addN(weighted), target))) as mckd.tf.Scalar);
}
const toyWeights = mckd.readWeights(toy, toyConfig);
mckd.disposeImportance(toy);

// %% [markdown]
// ## While the network trains
// Stage one trains on all scans; in stage two each step draws a subset. Every so many steps a **meta event** asks each meta-validation case once. The first Adam steps
// move $\theta_w$ by about the learning rate each, whatever the gradient's size. Losses above, weights below.

// %%
const experiment = mckd.comparison(book.config);
const stageTwo = mckd.stageSteps(settings, 1);
const run = await mckd.watchTraining(experiment, { arm: 'mckd', seed: book.config.seed }, place, { title: 'MCKD in training' });
book.recordTrainings(mckd.trainingRecords(experiment, [run], place));

// %%
const curves = mckd.importanceFigure(run.weights, { title: 'Importance weights in training', stageTwoFrom: stageTwo, normalisation: settings.importance.normalisation });
mckd.showFigure(curves);
book.saveFigure('brats-importance', curves);

// %% [markdown]
// ## What the weights say
// First and last weights of this run, and of every seed of the long run that is kept with the kit. Starts differ by the seed (the authors draw
// $\theta_w$ from $U(0, 1)$), so look at the *change*.

// %%
const table = mckd.importanceTable([run], settings.importance);
mckd.showTable(table);
book.saveTable(table);

// %%
const recorded = mckd.recordedBrats();
const long = mckd.runsOf(recorded.runs, 'mckd');
const longTable = { ...mckd.importanceTable(long, recorded.manifest.config.brats.importance), name: 'brats-importance-standard', title: 'Importance weights of the recorded run (preset standard)' };
mckd.showTable(longTable);
book.saveTable(longTable);

// %% [markdown]
// ## From weights to teaching
// Distillation uses the weights through their ratios only, $r_{ij} = w_i / w_j$: rows teach, columns learn. It is the subject of the next notebook.

// %%
const last = run.weights.at(-1)!.w;
const ratios = mckd.ratioMatrixFigure(last);
mckd.showFigure(ratios);
book.saveFigure('brats-ratios', ratios);

// %% [markdown]
// ## Try it
// Start equal instead of at random, or let $\theta_w$ be the weight itself (`normalisation: 'raw'`): one step of each on the toy.

// %%
for (const normalisation of ['softmax', 'sigmoid', 'raw'] as const) {
  const config: mckd.ImportanceConfig = { ...settings.importance, normalisation: normalisation, initial: 'equal' };
  const one = mckd.initImportance(4, config, mckd.randomStream(0, 'try'));
  mckd.metaStep(one, config, features, (weighted) => tf.sum(tf.square(tf.sub(tf.addN(weighted), target))) as mckd.tf.Scalar);
  console.log(normalisation, mckd.readWeights(one, config).map((w) => w.toFixed(4)).join(', '));
  mckd.disposeImportance(one);
}

// %%
const sums = run.weights.map(({ w }) => w.reduce((a, b) => a + b));
await mckd.finishNotebook([
  { claim: 'on the toy, the scan that points to the target gets the largest weight', holds: Math.max(...toyWeights) === toyWeights[2], found: toyWeights[2].toFixed(3) },
  { claim: 'the weights sum to 1 after every meta event', holds: sums.every((sum) => Math.abs(sum - 1) < 1e-4), found: `${sums.length} events` },
  { claim: 'they moved', holds: run.weights[0].w.some((w, m) => Math.abs(w - last[m]) > 1e-4) },
]);
