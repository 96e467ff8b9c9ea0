// %% [markdown]
// # 07 · Ablations and figures: the effect of each component
//
// **Aim.** Change one thing at a time: distillation distance, weight normalisation, initialisation and optimizer, distillation weight, components removed. **Data.** The cases of 01. **Time.** Some
// ten minutes at `quick`, whose trainings are about a fifth as long as those of 02 to 04 and have one seed; under two hours at `standard`. **You should see**
// at `quick`, only how it is done: 151 steps are too few to segment anything, and one seed decides nothing. One effect is visible: the stronger the distillation, the less the features depend on the patient.

// %%
import * as mckd from '@mckd/lib';

const book = mckd.startNotebook('07-ablations');
const data = await mckd.openStudy(book.config);
book.recordData({ name: 'brats', sha256: data.sha256, description: data.description });
const place = mckd.studyPlace(book.resultsDirectory, data);
const show = (table: mckd.Table) => (mckd.showTable(table), book.saveTable(table));
const draw = (name: string, figure: mckd.Figure) => (mckd.showFigure(figure), book.saveFigure(name, figure));

// %% [markdown]
// ## One config line each
// Every ablation is MCKD as in the preset, with the settings named here changed. A wrong name or value would be refused.

// %%
for (const { title, variants } of mckd.ABLATIONS) {
  console.log(title);
  for (const one of variants) console.log(`    ${one.title}: ${JSON.stringify(one.changes)}`);
}

// %%
const experiment = mckd.ablations(book.config);
await mckd.followTrainings(mckd.runExperiment(experiment, place));
const runs = mckd.finishedRuns(experiment, place);
const results: mckd.AblationResults = { config: book.config, runs: runs };
book.recordTrainings(mckd.trainingRecords(experiment, runs, place));
const captioned = `${data.description}, preset ${book.config.preset}`;

// %%
show(mckd.ablationTable(results, { data: captioned }));

// %%
draw('brats-ablations', mckd.ablationFigure(results));

// %% [markdown]
// ## The long run
// Trainings of preset `standard`, as long as those of 02 to 04 at `quick` and with more seeds, made by `npx mckd ablate --preset standard` and recorded with their manifest. One dot per seed.

// %%
const recorded = mckd.recordedAblations();
const long = mckd.ablationTable(recorded, { data: `${recorded.manifest.data.description}; recorded run` });
show({ ...long, name: 'brats-ablations-standard', title: `${long.title} (recorded run, preset standard)` });

// %%
draw('brats-ablations-standard', mckd.ablationFigure(recorded));
mckd.showMarkdown(['### What the long run shows', ...mckd.ablationConclusions(recorded)].join('\n\n'));
const findings = mckd.ablationFindings(recorded, { data: `${recorded.manifest.data.description}; recorded run` });
show({ ...findings, name: 'brats-ablation-findings-standard' });

// %% [markdown]
// ## How strongly to distil
// The paper uses 0.1. In trainings as short as these a larger weight does not help; the next figure shows why.

// %%
draw('brats-distillation-weight', mckd.weightAblationFigure(results));

// %% [markdown]
// ## Why: features collapse
// Distillation makes the features of different scans agree. The cheapest way to agree is to be the same for every patient. The bars *between cases* show it: as the distillation
// weight grows, features of different patients become as similar as those of different scans, and the decoder can only use the skips.

// %%
const crops = await mckd.tumourCrops(data, book.config.brats, 6);
const methods: { name: string; spread: mckd.FeatureSpread }[] = [];
for (const row of mckd.ablationRows(book.config).filter(({ question }) => question.key === 'distillation-weight')) {
  const folder = mckd.cellFolder(mckd.bratsProblem, mckd.cellOf(experiment, row.arm, book.config.seed), place);
  methods.push({ name: `weight ${row.variant.title}`, spread: mckd.featureSpread(await mckd.encodeTraining(mckd.checkpointFile(folder), crops)) });
}
draw('brats-collapse', mckd.featureSpreadFigure({ title: 'Features and the distillation weight', methods: methods }));

// %% [markdown]
// ## The paper's figures
// Importance weights, losses, and the distance between filled and true features in training, of this preset's MCKD run with the first seed.

// %%
const compared = mckd.comparison(book.config);
const cell = mckd.cellOf(compared, 'mckd', book.config.seed);
await mckd.followTrainings(mckd.runExperiment(compared, place, { cells: [cell] }));
const log = mckd.readLog(mckd.cellFolder(mckd.bratsProblem, cell, place));
const stageTwo = mckd.stageSteps(book.config.brats, 1);
draw('brats-figure-weights', mckd.importanceFigure(mckd.loggedWeights(log), { title: 'Importance weights (MCKD)', stageTwoFrom: stageTwo, normalisation: book.config.brats.importance.normalisation }));
draw('brats-figure-losses', mckd.lossCurvesFigure(log, { title: 'Losses (MCKD)' }));
draw('brats-figure-distance', mckd.featureDistanceCurvesFigure({ title: 'T1ce filled from the other three, against its own feature', runs: [{ name: 'MCKD', lines: log }] }));

// %% [markdown]
// ## The paper's own ablations
// The numbers of the paper's own ablations could not be confirmed, so the table above says "not verified" beside each.

// %% [markdown]
// ## Try it
// Your own ablation is one line. Give the importance weights a ten times larger learning rate, on a training of a few steps:

// %%
const mine = mckd.buildConfig('smoke', { brats: { importance: { learningRate: 0.1 }, phantom: { cases: 12 } } });
const small = await mckd.openStudy(mine);
const training = mckd.createTraining(mine.brats, 0);
const batches = mckd.openBatches(small, mine.brats, 0);
const tryIt = async () => {
  for await (const step of mckd.trainBrats(training, batches)) if (step.meta?.weights) console.log(`step ${step.step}: w =`, step.meta.weights.map((w) => w.toFixed(3)).join(', '));
};
await tryIt();
await batches.close();
mckd.disposeTraining(training);

// %%
await mckd.finishNotebook([
  { claim: 'every planned training is finished', holds: runs.length === mckd.cellsOf(experiment).length, found: `${runs.length}` },
  { claim: 'every test case was scored on 15 subsets in each', holds: runs.every((run) => Object.values(run.test).every((one) => one.length === 15)) },
  ...(book.config.preset === 'smoke'
    ? []
    : [{ claim: 'strong distillation makes features of different cases similar', holds: methods.at(-1)!.spread.betweenCases < methods[0].spread.betweenCases, found: `${methods.at(-1)!.spread.betweenCases.toPrecision(2)} against ${methods[0].spread.betweenCases.toPrecision(2)}` }]),
]);
