// %% [markdown]
// # 04 · Pairwise distillation: from important scans into the others
//
// **Aim.** See the effect of distillation on the features, and on the segmentation. **Data.** The cases of 01, and the trainings of 02 and 03 (made here if missing).
// **You should see** features of different scans become similar, and, if they become too similar, why that does not help.

// %%
import * as mckd from '@mckd/lib';

const book = mckd.startNotebook('04-pairwise-distillation');
const settings = book.config.brats;
const study = await mckd.brats.study(book.config);

// %% [markdown]
// ## The loss, by hand
// $$\mathcal{L}_{KD} = \frac1N \sum_n \sum_{i \neq j} \frac{w_i}{w_j}\; \overline{|\,\mathrm{stop}(f_i) - f_j\,|}$$
// over the pairs of scans that the sample has. The teacher has a stop-gradient ("stop"), so only the student learns. Two scans with features of three numbers, $w = (0.8, 0.2)$:

// %%
const tf = mckd.tf;
const fA = tf.tensor2d([[1, 2, 3]]);
const fB = tf.tensor2d([[1, 1, 1]]);
const w = tf.tensor1d([0.8, 0.2]);
const byHand = (0.8 / 0.2) * 1 + (0.2 / 0.8) * 1;
const computed = mckd.pairwiseDistillation([fA, fB], [[true, true]], mckd.teacherStudentRatios(w)).dataSync()[0];
console.log('mean |fA - fB| = 1, so by hand 4 + 0.25 =', byHand, ', computed', computed);

// %% [markdown]
// The ratios by hand: teacher A to student B $0.8 / 0.2 = 4$, teacher B to student A $0.2 / 0.8 = 0.25$; on the diagonal 1, which the sum leaves out. The same in code, a line for
// each sign of the formula:

// %%
console.log('teacher by student', mckd.teacherStudentRatios(w).arraySync());
book.showSource(mckd.pairwiseDistillation);

// %% [markdown]
// ## And its gradient
// Both features are pulled towards each other, the less important one sixteen times more strongly.

// %%
const pulls = tf.grads((a, b) => mckd.pairwiseDistillation([a, b], [[true, true]], mckd.teacherStudentRatios(w)))([
  fA,
  fB,
]);
console.log('on the important one', pulls[0].arraySync(), ', on the other', pulls[1].arraySync());

// %% [markdown]
// ## The same training without distillation
// Random subsets as in 03, same seed, same crops, same draws; only the distillation weight is 0.

// %%
const experiment = mckd.brats.comparison(book.config);
const plain = await study.run(experiment, 'randomSubsets', { title: 'Random subsets, no distillation' });

// %%
const arms = ['allScans', 'mckd', 'randomSubsets'];
const runs = await study.runs(experiment, { arms: arms, seeds: [book.config.seed] });
const [ours] = mckd.runsOf(runs, 'mckd');
book.show(
  mckd.figures.curves({
    name: 'brats-distillation-loss',
    title: 'L_KD in training (MCKD)',
    x: { title: 'step' },
    y: { title: 'L_KD, before its weight' },
    series: [
      {
        name: 'MCKD',
        x: ours.curves.losses.distillation.map((_, i) => i * ours.curves.stride),
        y: ours.curves.losses.distillation,
      },
    ],
  }),
);

// %% [markdown]
// ## The effect on the features
// Crops around the tumour of the test cases through each encoder. The distance *between scans* is what distillation minimises. That *between cases* should stay
// large: features that no longer depend on the patient agree, too, but are useless.

// %%
const crops = await mckd.brats.tumourCrops(study.data, settings, 6);
const methods: mckd.brats.tables.FeatureFacts[] = [];
for (const arm of arms) {
  const { title } = mckd.cellOf(experiment, arm, book.config.seed);
  const encoded = await mckd.brats.encodeTraining(study.checkpoint(experiment, arm), crops);
  methods.push({
    name: title,
    spread: mckd.brats.featureSpread(encoded),
    distances: mckd.brats.meanFilledDistances(encoded),
  });
}
book.show(mckd.brats.tables.features(methods, crops.length));
book.show(
  mckd.brats.figures.featureSpread({
    name: 'brats-feature-spread',
    title: 'Distances between features',
    methods: methods,
  }),
);

// %% [markdown]
// ## Filled against true
// The feature filled for a missing scan, the mean of the other three, against the one the scan would have had. Relative to the magnitude of
// features, since a network can make any distance small by making its features small.

// %%
book.show(
  mckd.brats.figures.featureDistance({
    name: 'brats-filled-features',
    title: 'A missing scan, filled: cosine with its true feature',
    methods: methods,
    measure: 'cosine',
  }),
);

// %% [markdown]
// ## The effect on the segmentation
// The hard case of the paper: enhancing tumour without T1ce. One point per test case; above the diagonal MCKD is better. One seed of a short training decides nothing; 05 has the tables.

// %%
book.show(
  mckd.brats.figures.caseScatter({
    name: 'brats-cases',
    title: 'Enhancing tumour from FLAIR, T1 and T2',
    a: { name: 'MCKD', runs: [ours] },
    b: { name: 'random subsets', runs: [plain] },
    region: 'ET',
    subset: mckd.brats.subsetWithout('t1ce'),
  }),
);

// %% [markdown]
// ## Try it
// What if the student were as important as the teacher? Set `w` to (0.5, 0.5) and predict both gradients first.

// %%
const equal = mckd.teacherStudentRatios(tf.tensor1d([0.5, 0.5]));
console.log(mckd.pairwiseDistillation([fA, fB], [[true, true]], equal).dataSync()[0]);

// %% [markdown]
// ## Exercises
// As in notebook 00: put your answer in the place of `undefined`. Solutions: `notebooks/solutions/`.

// %% [markdown]
// **04.1** Four scans with importance weights `w`. Write down $r_{ij} = w_i / w_j$ by hand: a row for each teacher $i$, a column for each student $j$.

// %%
const q1 = mckd.given('04.1');
console.log(q1);
mckd.check('04.1', undefined);

// %% tags=["solution"]
mckd.check(
  '04.1',
  q1.w.map((teacher) => q1.w.map((student) => teacher / student)),
);

// %% [markdown]
// **04.2** Three scans, two samples: `features[scan][sample]`; `available[sample]` says which scans a sample has. How large is $\mathcal{L}_{KD}$?

// %%
const q2 = mckd.given('04.2');
console.dir(q2, { depth: 3 });
mckd.check('04.2', undefined);

// %% tags=["solution"]
let loss2 = 0;
for (let n = 0; n < 2; n++) {
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      if (i === j || !q2.available[n][i] || !q2.available[n][j]) continue;
      const gaps = q2.features[i][n].map((value, k) => Math.abs(value - q2.features[j][n][k]));
      loss2 += ((q2.w[i] / q2.w[j]) * gaps.reduce((a, b) => a + b)) / gaps.length / 2;
    }
  }
}
mckd.check('04.2', loss2);

// %% [markdown]
// **04.3** Two scans: the first is `teacher`, with weight `w[0]`, the second `student`, with `w[1]`. What is the gradient of $\mathcal{L}_{KD}$ with
// respect to the *second* one's feature?

// %%
const q3 = mckd.given('04.3');
console.log(q3);
mckd.check('04.3', undefined);

// %% tags=["solution"]
const ratio3 = q3.w[0] / q3.w[1];
const gradient3 = q3.student.map((value, k) => (ratio3 * Math.sign(value - q3.teacher[k])) / 4);
mckd.check('04.3', gradient3);

// %% [markdown]
// **04.4** Two scans with weights `w`: how many times as hard is the less important one's feature pulled as the other's?

// %%
const q4 = mckd.given('04.4');
console.log(q4);
mckd.check('04.4', undefined);

// %% tags=["solution"]
mckd.check('04.4', (q4.w[0] / q4.w[1]) ** 2);

// %%
const [ofMckd, ofPlain] = ['mckd', 'randomSubsets'].map((arm) => methods[arms.indexOf(arm)].spread);
const steepness = Math.abs(pulls[1].dataSync()[2] / pulls[0].dataSync()[2]);
const checks: mckd.Check[] = [
  { claim: 'the loss equals the one by hand', holds: Math.abs(computed - byHand) < 1e-5, found: computed.toFixed(4) },
  {
    claim: 'the student is pulled 16 times as hard',
    holds: Math.abs(steepness - 16) < 1e-3,
    found: steepness.toFixed(2),
  },
];
if (book.config.preset !== 'smoke') {
  const holds = ofMckd.betweenScans < ofPlain.betweenScans;
  const found = `${ofMckd.betweenScans.toPrecision(2)} against ${ofPlain.betweenScans.toPrecision(2)}`;
  checks.push({ claim: 'distillation makes the features of the scans similar', holds, found });
}
await mckd.finishNotebook(checks);
