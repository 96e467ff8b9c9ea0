// %% [markdown]
// # 07 · Ablations and figures: the effect of each component
//
// **Aim.** Change one thing at a time: distillation distance, weight normalisation, initialisation and optimizer, distillation weight, components removed. **Data.** The cases of 01. **Time.** Some
// ten minutes at `quick`, whose trainings are about a fifth as long as those of 02 to 04 and have one seed; under two hours at `standard`. **You should see**
// at `quick`, only how it is done: 151 steps are too few to segment anything, and one seed decides nothing. One effect is visible: the stronger the distillation, the less the features depend on the patient.

// %%
import * as mckd from '@mckd/lib';

const book = mckd.startNotebook('07-ablations');
const study = await mckd.brats.study(book.config);

// %% [markdown]
// ## One config line each
// Every ablation is MCKD as in the preset, with the settings named here changed. A wrong name or value would be refused.

// %%
for (const { title, variants } of mckd.brats.ABLATIONS) {
  console.log(title);
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
const findings = mckd.brats.tables.ablationFindings(recorded, { data: `${recorded.manifest.data.description}; recorded run` });
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
for (const row of mckd.brats.ablationRows(book.config).filter(({ question }) => question.key === 'distillation-weight')) {
  const encoded = await mckd.brats.encodeTraining(study.checkpoint(experiment, row.arm), crops);
  methods.push({ name: `weight ${row.variant.title}`, spread: mckd.brats.featureSpread(encoded) });
}
book.show(mckd.brats.figures.featureSpread({ name: 'brats-collapse', title: 'Features and the distillation weight', methods: methods }));

// %% [markdown]
// ## The paper's figures
// Importance weights, losses, and the distance between filled and true features in training, of this preset's MCKD run with the first seed.

// %%
const compared = mckd.brats.comparison(book.config);
await study.runs(compared, { arms: ['mckd'], seeds: [book.config.seed] });
const log = study.log(compared, 'mckd');
const stageTwo = mckd.brats.stageSteps(book.config.brats, 1);
book.show(mckd.brats.figures.importance(mckd.brats.loggedWeights(log), { name: 'brats-figure-weights', title: 'Importance weights (MCKD)', stageTwoFrom: stageTwo, normalisation: book.config.brats.importance.normalisation }));
book.show(mckd.brats.figures.losses(log, { name: 'brats-figure-losses', title: 'Losses (MCKD)' }));
book.show(mckd.brats.figures.featureDistanceCurves({ name: 'brats-figure-distance', title: 'T1ce filled from the other three, against its own feature', runs: [{ name: 'MCKD', lines: log }] }));

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
  for await (const step of mckd.brats.train(training, batches)) if (step.meta?.weights) console.log(`step ${step.step}: w =`, step.meta.weights.map((w) => w.toFixed(3)).join(', '));
};
await tryIt();
await batches.close();
mckd.brats.disposeTraining(training);

// %%
await mckd.finishNotebook([
  { claim: 'every planned training is finished', holds: runs.length === mckd.cellsOf(experiment).length, found: `${runs.length}` },
  { claim: 'every test case was scored on 15 subsets in each', holds: runs.every((run) => Object.values(run.test).every((one) => one.length === 15)) },
  ...(book.config.preset === 'smoke'
    ? []
    : [{ claim: 'strong distillation makes features of different cases similar', holds: methods.at(-1)!.spread.betweenCases < methods[0].spread.betweenCases, found: `${methods.at(-1)!.spread.betweenCases.toPrecision(2)} against ${methods[0].spread.betweenCases.toPrecision(2)}` }]),
]);
