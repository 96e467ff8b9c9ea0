// %% [markdown]
// # 02 · Baseline: trained on complete modalities, and what breaks when one is missing
//
// **Aim.** Train the segmentation network the usual way, on complete modalities, and remove scans at test. **Data.** The cases of 01.
// **You should see** a model that is best with
// all four scans, and loses most when the scans it relies on are missing.

// %%
import * as mckd from '@mckd/lib';

const book = mckd.startNotebook('02-baseline-training');
const settings = book.config.brats;
const study = await mckd.brats.study(book.config);
const steps = mckd.brats.trainingSteps(settings);
console.log(`preset ${book.config.preset}: width ${settings.width.toFixed(4)}, crop ${settings.crop.join(' x ')}`);
console.log(`${steps} steps`);
console.log(study.data.description);

// %% [markdown]
// ## The network
// One encoder encodes each scan on its own into a feature $f_m$ (and skips); one decoder takes the four features together. So a scan that is
// missing costs only its own feature. At the authors' width it has 43.7 million parameters; presets use a share of its channels.

// %%
const counts = [settings.width, 1].map((width) => {
  const layers = mckd.brats.segmentationLayers(width);
  const convolutions = layers.convolutions.reduce(
    (sum, { kernel, inputs, outputs }) => sum + kernel ** 3 * inputs * outputs,
    0,
  );
  return convolutions + layers.norms.reduce((sum, { channels }) => sum + 2 * channels, 0);
});
console.log(
  `${counts[0].toLocaleString('en')} parameters here, ${counts[1].toLocaleString('en')} in the authors' network`,
);

// %% [markdown]
// ## How far a feature sees
// Through its convolutions and pools a voxel of a feature can depend on
// $$r = 1 + \sum_l (k_l - 1)\, d_l \prod_{m<l} s_m$$
// voxels along an axis, with kernel $k$, dilation $d$ and stride $s$ of layer $l$: a layer counts the more, the more strides are before it. The stem halves
// the plane only, so the plane's field is larger. Instance norms are left out of it: their mean and deviation come from the whole crop.

// %%
for (const axis of ['plane', 'depth'] as const) {
  const windows = mckd.brats.encoderWindows(axis);
  console.log(`${axis}: ${windows.length} layers, ${mckd.brats.receptiveField(windows)} voxels`);
}
console.log(`a crop of this preset has ${settings.crop.join(' x ')} voxels`);
book.showSource(mckd.brats.receptiveField);

// %% [markdown]
// ## The loss
// $$\mathcal{L} = \mathcal{L}_{Dice} + \mathcal{L}_{BCE}, \qquad \mathcal{L}_{Dice} = \frac{1}{N R} \sum_{n, r} \Big(1 - \frac{2 \sum_v p\, y}{\sum_v p + \sum_v y + 1}\Big),$$
// $$\mathcal{L}_{BCE} = -\sum_r \frac{1}{N V} \sum_{n, v} \big(y \log p + (1 - y) \log(1 - p)\big)$$
// with $p$ the predicted probability of region $r$ ($R = 3$) at voxel $v$ of sample $n$ and $y$ the ground truth. Dice is a *mean* over samples and regions; cross-entropy is a mean over
// samples and voxels, but a *sum* over regions, as in the authors' code: three times the mean. On four voxels of one region, two of them tumour:

// %%
const tf = mckd.tf;
const logits = tf.tensor5d([2, 1, -1, -3], [1, 1, 1, 4, 1]);
const truth = tf.tensor5d([1, 1, 0, 0], [1, 1, 1, 4, 1]);
console.log(
  'Dice loss',
  mckd.diceLoss(logits, truth).dataSync()[0].toFixed(4),
  ', cross-entropy',
  mckd.binaryCrossEntropy(logits, truth).dataSync()[0].toFixed(4),
);

// %%
book.showSource(mckd.binaryCrossEntropy);

// %% [markdown]
// ## Training, live
// The curves are moving averages over 25 steps, drawn while the network trains. A stopped training resumes from its last checkpoint.

// %%
const experiment = mckd.brats.comparison(book.config);
const run = await study.run(experiment, 'allScans', { title: 'Training on complete modalities' });

// %%
const log = study.log(experiment, 'allScans');
book.show(
  mckd.brats.figures.losses(log, {
    name: 'brats-baseline-losses',
    title: 'Losses of the training on complete modalities',
  }),
);

// %% [markdown]
// ## How a step runs
// A step is many small computations, *ops*: JavaScript names one, TensorFlow computes it, then comes the next. Here are those of one step of this
// network, by kind: how many there are, and what share of the step's time they take. The bar without ops is JavaScript itself.

// %%
const profile = mckd.brats.profileStep(settings, 0);
book.show(mckd.brats.tables.stepKinds(profile));

// %%
book.show(mckd.brats.figures.stepProfile({ name: 'brats-step-ops', profile: profile }));

// %% [markdown]
// After two steps of a kind the kit knows all of their ops, and makes them one *function* of TensorFlow: JavaScript then hands over a single op, and the
// same kernels give the same bits. The training above ran like that.

// %%
book.show(mckd.brats.tables.stepProfiles([profile]));

// %% [markdown]
// ## A test case, segmented from each subset of its scans
// The same network, the same case; only the scans differ. A missing one is a volume of zeros, and its feature is filled with the mean of the others'.

// %%
const training = await mckd.brats.loadTraining(study.checkpoint(experiment, 'allScans'));
const prepared = await mckd.data
  .openPrepared(study.data.cases, { normalisation: settings.normalisation })
  .whole(study.data.splits.test[0]);
const predictions = mckd.brats.predictSubsets(training, prepared, settings.crop);
mckd.brats.disposeTraining(training);
book.show(
  mckd.brats.figures.subsetGrid({
    name: 'brats-baseline-subsets',
    title: prepared.name,
    prepared: prepared,
    predictions: predictions,
  }),
);

// %% [markdown]
// ## All test cases, all subsets

// %%
const scores = mckd.brats.subsetScores([run]);
book.show(
  mckd.brats.figures.subsetHeatmap({
    name: 'brats-baseline-dice',
    title: 'Trained on complete modalities: Dice (%) over the 15 subsets',
    scores: scores,
  }),
);

// %% [markdown]
// ## The loss from one missing scan
// Dice with all four, minus Dice with three. The column with the largest numbers is the scan this model relies on; in the next notebook the model learns that by itself.

// %%
book.show(mckd.brats.tables.missingScans([run]));

// %% [markdown]
// ## Try it
// Which pair of scans is best for the whole tumour? Sort the 15 subsets by another region: 0 is ET, 1 WT, 2 TC.

// %%
const order = [...scores.keys()].sort((a, b) => scores[b][1] - scores[a][1]);
for (const s of order.slice(0, 5))
  console.log(mckd.brats.subsetName(mckd.brats.MODALITY_SUBSETS[s]), scores[s][1].toFixed(1));

// %% [markdown]
// ## Exercises
// As in notebook 00: put your answer in the place of `undefined`. Solutions: `notebooks/solutions/`.

// %% [markdown]
// **02.1** One region on four voxels, with these logits and this ground truth: how large is $\mathcal{L}_{Dice}$?

// %%
const q1 = mckd.given('02.1');
console.log(q1);
mckd.check('02.1', undefined);

// %% tags=["solution"]
const p = q1.logits.map((x) => 1 / (1 + Math.exp(-x)));
const overlap = p.reduce((sum, value, v) => sum + value * q1.truth[v], 0);
const sizes = p.reduce((a, b) => a + b) + q1.truth.reduce((a, b) => a + b);
mckd.check('02.1', 1 - (2 * overlap) / (sizes + 1));

// %% [markdown]
// **02.2** Two voxels (rows) with three regions (columns): how large is $\mathcal{L}_{BCE}$?

// %%
const q2 = mckd.given('02.2');
console.log(q2);
mckd.check('02.2', undefined);

// %% tags=["solution"]
const x = q2.logits.flat();
const y = q2.truth.flat();
const terms = x.map((value, i) => Math.log(1 + Math.exp(y[i] === 1 ? -value : value)));
mckd.check('02.2', terms.reduce((a, b) => a + b) / 2); // a mean over two voxels, a sum over regions

// %% [markdown]
// **02.3** A block of the encoder: convolutions 1x1x1 from `inputs` to `planes`, 3x3x3 from `planes` to `planes`, 1x1x1 from `planes` to
// four times `planes`, without biases; a norm with scale and shift behind each. How many parameters has it?

// %%
const q3 = mckd.given('02.3');
console.log(q3);
mckd.check('02.3', undefined);

// %% tags=["solution"]
const kernels = q3.inputs * q3.planes + 27 * q3.planes * q3.planes + q3.planes * 4 * q3.planes;
const norms = 2 * (q3.planes + q3.planes + 4 * q3.planes);
mckd.check('02.3', kernels + norms);

// %% [markdown]
// **02.4** What is the receptive field of these four layers, in voxels along one axis?

// %%
const q4 = mckd.given('02.4');
console.log(q4);
mckd.check('02.4', undefined);

// %% tags=["solution"]
let field = 1;
let step = 1;
for (const layer of q4.layers) {
  field = field + (layer.kernel - 1) * step;
  step = step * layer.stride;
}
mckd.check('02.4', field);

// %%
const all = scores[14];
const without = scores[mckd.brats.subsetWithout('t1ce')];
const checks: mckd.Check[] = [
  { claim: "the authors' network has 43,656,672 parameters", holds: counts[1] === 43656672, found: `${counts[1]}` },
  {
    claim: 'every test case was scored on every subset',
    holds: Object.values(run.test).every((one) => one.length === 15),
  },
  {
    claim: "every label map has the case's size",
    holds: predictions.length === 15 && predictions.every((one) => one.length === prepared.images.length / 4),
  },
];
if (book.config.preset !== 'smoke') {
  const found = `${without[0].toFixed(1)} against ${all[0].toFixed(1)} with all four`;
  checks.push({ claim: 'Dice of the enhancing tumour falls without T1ce', holds: without[0] < all[0], found });
}
await mckd.finishNotebook(checks);
