// %% [markdown]
// # 07 · Ablations and figures: the effect of each component
//
// **Aim.** Change one thing at a time: distillation distance, weight normalisation, initialisation and optimizer, distillation weight, components removed. **Data.** The cases of 01. At
// `quick` trainings are about a fifth as long as those of 02 to 04 and have one seed; `standard` takes under two hours. **You should see**
// at `quick`, only how it is done: 151 steps are too few to segment anything, and one seed decides nothing. One effect is visible: the stronger the distillation, the less the features depend on the patient.

// %%
import * as mckd from '@mckd/lib';

const book = mckd.startNotebook('07-ablations');
const study = await mckd.brats.study(book.config);

// %% [markdown]
// ## One config line each
// Every ablation is MCKD as in the preset, with the settings named here changed. A wrong name or value would be refused. Each has a hypothesis, by
// the method's own reasoning and not by these results: say whether you expect the same, and then look at the table.

// %%
for (const { title, hypothesis, variants } of mckd.brats.ABLATIONS) {
  console.log(`${title}: ${hypothesis}`);
  for (const one of variants) console.log(`    ${one.title}: ${JSON.stringify(one.changes)}`);
}

// %%
const experiment = mckd.brats.ablations(book.config);
const runs = await study.runs(experiment);
const results: mckd.brats.AblationResults = { config: book.config, runs: runs };

// %%
book.show(mckd.brats.tables.ablations(results, { data: study.caption }));

// %%
book.show(mckd.brats.figures.ablations(results));

// %% [markdown]
// ## The long run
// Trainings of preset `standard`, as long as those of 02 to 04 at `quick` and with more seeds, made by `npx mckd ablate --preset standard` and recorded with their manifest. One dot per seed.

// %%
const recorded = mckd.brats.recordedAblations();
const long = mckd.brats.tables.ablations(recorded, { data: `${recorded.manifest.data.description}; recorded run` });
book.show({ ...long, name: 'brats-ablations-standard', title: `${long.title} (recorded run, preset standard)` });

// %%
book.show({ ...mckd.brats.figures.ablations(recorded), name: 'brats-ablations-standard' });
mckd.showMarkdown(['### What the long run shows', ...mckd.brats.ablationConclusions(recorded)].join('\n\n'));
const findings = mckd.brats.tables.ablationFindings(recorded, {
  data: `${recorded.manifest.data.description}; recorded run`,
});
book.show({ ...findings, name: 'brats-ablation-findings-standard' });

// %% [markdown]
// ## How strongly to distil
// The paper uses 0.1. In trainings as short as these a larger weight does not help; the next figure shows why.

// %%
book.show(mckd.brats.figures.distillationWeight(results));

// %% [markdown]
// ## Why: features collapse
// Distillation makes the features of different scans agree. The cheapest way to agree is to be the same for every patient. The bars *between cases* show it: as the distillation
// weight grows, features of different patients become as similar as those of different scans, and the decoder can only use the skips.

// %%
const crops = await mckd.brats.tumourCrops(study.data, book.config.brats, 6);
const methods: { name: string; spread: mckd.brats.FeatureSpread }[] = [];
for (const row of mckd.brats
  .ablationRows(book.config)
  .filter(({ question }) => question.key === 'distillation-weight')) {
  const encoded = await mckd.brats.encodeTraining(study.checkpoint(experiment, row.arm), crops);
  methods.push({ name: `weight ${row.variant.title}`, spread: mckd.brats.featureSpread(encoded) });
}
book.show(
  mckd.brats.figures.featureSpread({
    name: 'brats-collapse',
    title: 'Features and the distillation weight',
    methods: methods,
  }),
);

// %% [markdown]
// ## The paper's figures
// Importance weights, losses, and the distance between filled and true features in training, of this preset's MCKD run with the first seed.

// %%
const compared = mckd.brats.comparison(book.config);
await study.runs(compared, { arms: ['mckd'], seeds: [book.config.seed] });
const log = study.log(compared, 'mckd');
const stageTwo = mckd.brats.stageSteps(book.config.brats, 1);
book.show(
  mckd.brats.figures.importance(mckd.brats.loggedWeights(log), {
    name: 'brats-figure-weights',
    title: 'Importance weights (MCKD)',
    stageTwoFrom: stageTwo,
    normalisation: book.config.brats.importance.normalisation,
  }),
);
book.show(mckd.brats.figures.losses(log, { name: 'brats-figure-losses', title: 'Losses (MCKD)' }));
book.show(
  mckd.brats.figures.featureDistanceCurves({
    name: 'brats-figure-distance',
    title: 'T1ce filled from the other three, against its own feature',
    runs: [{ name: 'MCKD', lines: log }],
  }),
);

// %% [markdown]
// ## The paper's own ablations
// The numbers of the paper's own ablations could not be confirmed, so the table above says "not verified" beside each.

// %% [markdown]
// ## Try it
// Your own ablation is one line. Give the importance weights a ten times larger learning rate, on a training of a few steps:

// %%
const mine = mckd.buildConfig('smoke', { brats: { importance: { learningRate: 0.1 }, phantom: { cases: 12 } } });
const small = await mckd.brats.study(mine);
const training = mckd.brats.createTraining(mine.brats, 0);
const batches = mckd.brats.openBatches(small.data, mine.brats, 0);
const tryIt = async () => {
  for await (const step of mckd.brats.train(training, batches)) {
    const weights = step.meta?.weights;
    if (weights) console.log(`step ${step.step}: w =`, weights.map((w) => w.toFixed(3)).join(', '));
  }
};
await tryIt();
await batches.close();
mckd.brats.disposeTraining(training);

// %% [markdown]
// ## Exercises
// As in notebook 00: put your answer in the place of `undefined`. Solutions: `notebooks/solutions/`.

// %% [markdown]
// **07.1** Features of two cases and four scans: `features[case][scan]`. Divide the mean absolute difference between scans (of a case) by that between cases (of a scan).

// %%
const q1 = mckd.given('07.1');
console.log(q1);
mckd.check('07.1', undefined);

// %% tags=["solution"]
const gap = (a: number[], b: number[]) => (Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1])) / 2;
const average = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
const scanGaps: number[] = [];
for (const scans of q1.features) {
  for (let i = 0; i < 4; i++) for (let j = i + 1; j < 4; j++) scanGaps.push(gap(scans[i], scans[j]));
}
const caseGaps = q1.features[0].map((scan, m) => gap(scan, q1.features[1][m]));
mckd.check('07.1', average(scanGaps) / average(caseGaps));

// %% [markdown]
// **07.2** Four ablations were compared with MCKD, with these p-values. What are they after Holm's correction, in the order given?

// %%
const q2 = mckd.given('07.2');
console.log(q2);
mckd.check('07.2', undefined);

// %% tags=["solution"]
const sorted = [...q2.p].sort((a, b) => a - b);
const corrected: number[] = [];
let least = 0;
sorted.forEach((value, rank) => {
  least = Math.max(least, Math.min(1, (4 - rank) * value));
  corrected[q2.p.indexOf(value)] = least;
});
mckd.check('07.2', corrected);

// %% [markdown]
// **07.3** Two scans with parameters `theta`. What is the ratio $w_1 / w_2$ if the weights are `sigmoid` instead of `softmax`?

// %%
const q3 = mckd.given('07.3');
console.log(q3);
mckd.check('07.3', undefined);

// %% tags=["solution"]
const sigmoids = q3.theta.map((value) => 1 / (1 + Math.exp(-value)));
mckd.check('07.3', sigmoids[0] / sigmoids[1]);

// %% [markdown]
// **07.4** Two scans with weights `w` and features `fA`, `fB`: how large is $\mathcal{L}_{KD}$ with the distance `MSE`, the mean of squared differences?

// %%
const q4 = mckd.given('07.4');
console.log(q4);
mckd.check('07.4', undefined);

// %% tags=["solution"]
const squares = q4.fA.map((value, k) => (value - q4.fB[k]) ** 2);
const meanSquare = squares.reduce((a, b) => a + b) / squares.length;
mckd.check('07.4', (q4.w[0] / q4.w[1] + q4.w[1] / q4.w[0]) * meanSquare);

// %%
const [weakest, strongest] = [methods[0], methods[methods.length - 1]].map((method) => method.spread.betweenCases);
const checks: mckd.Check[] = [
  {
    claim: 'every planned training is finished',
    holds: runs.length === mckd.cellsOf(experiment).length,
    found: `${runs.length}`,
  },
  {
    claim: 'every test case was scored on 15 subsets in each',
    holds: runs.every((run) => Object.values(run.test).every((one) => one.length === 15)),
  },
];
if (book.config.preset !== 'smoke') {
  const found = `${strongest.toPrecision(2)} against ${weakest.toPrecision(2)}`;
  const claim = 'strong distillation makes features of different cases similar';
  checks.push({ claim, holds: strongest < weakest, found });
}
await mckd.finishNotebook(checks);
