// %% [markdown]
// # 08 · Rivals: seven other ways to live without a scan
//
// **Aim.** Each idea in one equation, one picture and one call, then all methods in one table. **Data.** The phantoms of preset `quick`. The networks
// are part of the kit, each checked by its sha256, from the recorded run of the table. **You should see** what each method does with an absent scan, and how little one
// short training decides. Every method is equal to its authors' code number by number (`npm run parity`); the recipes are theirs, shortened.

// %%
import * as mckd from '@mckd/lib';

const book = mckd.startNotebook('08-rivals');
const recorded = mckd.brats.recordedRivals();
const study = await mckd.brats.study(recorded.config);
const [shown] = study.data.splits.test;
const look = async (
  method: 'lckd' | 'shaspec' | 'rfnet' | 'mmformer' | 'uhved' | 'uhemis' | 'robustseg' | 'randomSubsets',
) => {
  const network = await mckd.brats.loadRecordedWeights(method);
  const prepared = await mckd.data
    .openPrepared(study.data.cases, { normalisation: network.config.normalisation })
    .whole(shown);
  return { network: network, prepared: prepared, crop: mckd.brats.tumourCrop(prepared, network.config) };
};

// %% [markdown]
// ## U-HeMIS: moments over whatever is there
// An encoder per scan. The decoder sees, of the feature maps of the available scans $A$, only mean and variance, which exist for any number of scans:
//
// $$\mu = \frac{1}{|A|}\sum_{m \in A} f_m, \qquad \nu = \frac{1}{|A|}\sum_{m \in A} (f_m - \mu)^2$$
//
// An absent scan is not in the sums. With one scan the variance is 0. (Havaei et al. 2016; the U-Net form of Dorent et al. 2019.)

// %%
const uhemis = await look('uhemis');
book.show(mckd.brats.figures.uhemisMoments({ name: 'rivals-uhemis', title: 'U-HeMIS: one feature map', ...uhemis }));

// %% [markdown]
// ## U-HVED: the product of Gaussians
// Each scan says what it believes of a hidden feature, $q_m = N(\mu_m, \sigma_m^2)$, and the beliefs are multiplied with the prior $N(0, 1)$:
//
// $$\mu = T^{-1}\sum_{m \in A} \mu_m \sigma_m^{-2}, \qquad \sigma^2 = T^{-1}, \qquad T = 1 + \sum_{m \in A} \sigma_m^{-2}$$
//
// An absent scan is one factor less: the product gets wider, nearer to the prior. (Dorent et al. 2019.)

// %%
const uhved = await look('uhved');
book.show(
  mckd.brats.figures.uhvedGaussians({
    name: 'rivals-uhved',
    title: 'U-HVED: what the scans say of one feature',
    ...uhved,
  }),
);

// %% [markdown]
// ## RobustSeg: content apart from style
// A scan $x_m$ is a content map $c_m$, which the scans share, and a style vector $s_m$, which is its own. Gates fuse the contents; training also rebuilds every scan:
//
// $$c = \mathrm{fuse}(\{g_m \odot c_m\}_{m \in A}), \qquad L_{rec} = \sum_m |D_m(c, s_m) - x_m|$$
//
// An absent scan has content 0, and its gate sees it. (Chen et al. 2019.)

// %%
const robustseg = await look('robustseg');
book.show(
  mckd.brats.figures.robustsegRebuilt({ name: 'rivals-robustseg', title: 'RobustSeg: T1ce rebuilt', ...robustseg }),
);

// %% [markdown]
// ## RFNet: weights for each region
// Which scan matters depends on the tissue. A map $p_r$ cuts the features into background, core, oedema and enhancing tumour, and each has its own weights of the scans:
//
// $$f = \sum_r p_r \odot \sum_{m \in A} w_{r,m} f_m$$
//
// Absent features are 0. A decoder that all scans share is trained on each scan alone. (Ding et al. 2021.)

// %%
const rfnet = await look('rfnet');
book.show(
  mckd.brats.figures.rfnetRegions({ name: 'rivals-rfnet', title: 'RFNet: maps that cut the features', ...rfnet }),
);

// %% [markdown]
// ## mmFormer: attention between scans
// The deepest features are tokens, with a position each. One transformer per scan, then one over all of them:
//
// $$\mathrm{softmax}\left(\frac{Q K^\top}{\sqrt{E/h}}\right) V, \qquad \text{tokens } [f_{FLAIR}, f_{T1ce}, f_{T1}, f_{T2}]$$
//
// An absent scan's tokens are 0 and stay in the sequence: only their position is left. (Zhang et al. 2022.)

// %%
const mmformer = await look('mmformer');
book.show(
  mckd.brats.figures.mmformerAttention({
    name: 'rivals-mmformer',
    title: 'mmFormer: attention between scans',
    ...mmformer,
  }),
);

// %% [markdown]
// ## ShaSpec: shared and specific features
// A shared encoder for all scans and a specific one for each; their losses draw shared features together and let specific ones tell which scan they are of:
//
// $$f_m = r_m + P([r_m; s_m]), \qquad L = L_{seg} + \alpha \sum |r_i - r_j| + \beta\, CE(\mathrm{scan} \mid s_m)$$
//
// An absent scan gets the shared feature of the first available one. (Wang et al. 2023.)

// %%
const shaspec = await look('shaspec');
const plain = await look('randomSubsets');
book.show(
  mckd.brats.figures.shaspecDistances({
    name: 'rivals-shaspec',
    title: 'ShaSpec: distance of shared features',
    plain: plain.network,
    ...shaspec,
  }),
);

// %% [markdown]
// ## LCKD: elected teachers
// MCKD's network and filling, but the teachers are elected: for each region, the scan that alone segments held-out cases best.
//
// $$L_{KD} = \sum_{t \in T}\sum_{m \in A} |\bar f_t - f_m|, \qquad T = \{\arg\max_m \mathrm{Dice}_r(m) : r \in \{ET, WT, TC\}\}$$
//
// An absent teacher teaches nobody. MCKD puts learned weights in the place of the vote (notebook 03). (Wang et al. 2023.)

// %%
book.show(
  mckd.brats.figures.lckdTeachers({
    name: 'rivals-lckd',
    title: 'LCKD: Dice of each scan alone, test cases',
    runs: recorded.runs,
  }),
);

// %% [markdown]
// ## Trained for one scan: ACN and KD-Net
// A network for T1ce alone learns from one that sees all four scans. ACN: two discriminators and a bound of mutual information make the two networks' features alike (Wang et al. 2021).
// KD-Net: the teacher's softened class probabilities (Hu et al. 2020; no public code, so our reading). Both are trained by `npx mckd experiment run dedicated`, beside networks of all subsets.

// %% [markdown]
// ## One case, seven networks
// The whole case without T1ce, by each network of the recorded run.

// %%
const without = mckd.brats.subsetWithout('t1ce');
const networks = {
  'U-HeMIS': uhemis,
  'U-HVED': uhved,
  RobustSeg: robustseg,
  RFNet: rfnet,
  mmFormer: mmformer,
  ShaSpec: shaspec,
  LCKD: await look('lckd'),
  'random subsets': plain,
};
const predictions = Object.entries(networks).map(([name, { network, prepared }]) => ({
  name: name,
  labels: mckd.brats.predictSubsets(network, prepared, network.config.crop)[without],
}));
book.show(
  mckd.brats.figures.predictions({
    name: 'rivals-case',
    title: `${shown} without T1ce`,
    prepared: plain.prepared,
    predictions: predictions,
  }),
);

// %% [markdown]
// ## The recorded run
// All methods over the 15 subsets, made by `npx mckd experiment run rivals --preset quick` and recorded with its manifest: Dice and HD95 by region, ranks, calibration, time,
// size, and differences to MCKD. Printed numbers stand beside ours only where the protocol is the same, which phantoms never have: `lib/published/why-numbers-differ.md` has the reasons.

// %%
const experiment = mckd.brats.rivals(recorded.config);
mckd.showMarkdown(
  ['### What the recorded run shows', ...mckd.brats.rivalConclusions(experiment.arms, recorded.runs)].join('\n\n'),
);
const data = {
  ...recorded.manifest.data,
  description: `${recorded.manifest.data.description}; recorded run, preset ${recorded.config.preset}`,
};
for (const table of experiment.tables(recorded.runs, data)) book.show(table);

// %% [markdown]
// ## Train them yourself
// Set `train` to true: about three quarters of an hour on two cores at `quick`. Finished trainings are reused, the others resume where they were stopped.

// %%
const train = false;
if (train) {
  const own = await mckd.brats.study(book.config);
  const mine = mckd.brats.rivals(book.config);
  const runs = await own.runs(mine);
  for (const table of mine.tables(runs, own.captioned)) mckd.showTable(table);
}

// %% [markdown]
// ## Try it
// Take a scan away from RFNet, and see which regions its maps still find.

// %%
const kept = mckd.brats.subsetIndex(['t2']);
const tried = {
  name: mckd.brats.subsetName(mckd.brats.MODALITY_SUBSETS[kept]),
  labels: mckd.brats.predictSubsets(rfnet.network, rfnet.prepared, rfnet.network.config.crop)[kept],
};
mckd.showFigure(mckd.brats.figures.predictions({ title: shown, prepared: rfnet.prepared, predictions: [tried] }));
for (const { network } of Object.values(networks)) mckd.brats.disposeWeights(network);

// %% [markdown]
// ## Exercises
// As in notebook 00: put your answer in the place of `undefined`. Solutions: `notebooks/solutions/`.

// %% [markdown]
// **08.1** **U-HeMIS.** One voxel of a feature map of four scans, one of them absent. What are $\mu$ and $\nu$?

// %%
const q1 = mckd.given('08.1');
console.log(q1);
mckd.check('08.1', undefined);

// %% tags=["solution"]
const present1 = q1.features.filter((value, m) => q1.available[m]);
const mean1 = present1.reduce((a, b) => a + b) / present1.length;
const squares1 = present1.map((value) => (value - mean1) ** 2);
mckd.check('08.1', [mean1, squares1.reduce((a, b) => a + b) / present1.length]);

// %% [markdown]
// **08.2** **U-HVED.** Means and variances of four scans for one feature, two of them absent. What are $\mu$ and $\sigma^2$ of the product?

// %%
const q2 = mckd.given('08.2');
console.log(q2);
mckd.check('08.2', undefined);

// %% tags=["solution"]
const factors = q2.variances.map((value, m) => (q2.available[m] ? 1 / value : 0));
const T = 1 + factors.reduce((a, b) => a + b);
const pulled = factors.reduce((sum, factor, m) => sum + factor * q2.means[m], 0);
mckd.check('08.2', [pulled / T, 1 / T]);

// %% [markdown]
// **08.3** **mmFormer.** Three tokens of six numbers. Queries, keys and values are the tokens themselves ($Q = K = V$), with `heads` heads side by side. What does the
// first token become?

// %%
const q3 = mckd.given('08.3');
console.log(q3);
mckd.check('08.3', undefined);

// %% tags=["solution"]
const tokens3 = mckd.tf.tensor2d(q3.tokens);
const headWidth = 6 / q3.heads;
const mixed = mckd.tf.split(tokens3, q3.heads, 1).map((x) => {
  const scores = mckd.tf.div(mckd.tf.matMul(x, x, false, true), Math.sqrt(headWidth));
  return mckd.tf.matMul(mckd.tf.softmax(scores) as mckd.tf.Tensor2D, x);
});
mckd.check('08.3', mckd.tf.slice(mckd.tf.concat(mixed, 1), [0, 0], [1, 6]).reshape([6]));

// %% [markdown]
// **08.4** **LCKD.** Dice of each scan alone (rows) in each region (columns). Which scans are elected as teachers: 1 or 0 for each of the four?

// %%
const q4 = mckd.given('08.4');
console.log(q4);
mckd.check('08.4', undefined);

// %% tags=["solution"]
const winners = [0, 1, 2].map((region) => {
  const column = q4.scores.map((row) => row[region]);
  return column.indexOf(Math.max(...column));
});
mckd.check(
  '08.4',
  q4.scores.map((row, m) => (winners.includes(m) ? 1 : 0)),
);

// %%
await mckd.finishNotebook([
  {
    claim: 'the recorded run has every method',
    holds: recorded.runs.length === mckd.cellsOf(experiment).length,
    found: `${recorded.runs.length} runs`,
  },
  {
    claim: 'every method was scored on 15 subsets of every test case',
    holds: recorded.runs.every((run) => Object.values(run.test).every((one) => one.length === 15)),
  },
]);
