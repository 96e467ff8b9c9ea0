// %% [markdown]
// # 05 · BraTS2018: fifteen subsets of scans, three regions
//
// **Aim.** Every cell of the paper's main table, from real runs, beside the published numbers. **Data.** The cases of 01. **Time.** Seconds if 02 to 04
// have run, else some minutes; at `standard` about an hour, at `paper` days on a GPU. **You should see** the collapse of the model that was
// trained on complete modalities, and what two methods recover. Phantoms are synthetic: their scores show that the kit works, and are never compared with published ones.

// %%
import * as mckd from '@mckd/lib';

const book = mckd.startNotebook('05-brats-table');
const settings = book.config.brats;
const data = await mckd.openStudy(book.config);
book.recordData({ name: 'brats', sha256: data.sha256, description: data.description });
const place = mckd.studyPlace(book.resultsDirectory, data);
const show = (table: mckd.Table) => (mckd.showTable(table), book.saveTable(table));
const draw = (name: string, figure: mckd.Figure) => (mckd.showFigure(figure), book.saveFigure(name, figure));

// %% [markdown]
// ## Three trainings, each with every seed of the preset
// Complete modalities only; random subsets; MCKD. Finished trainings are reused; the others run in parallel processes and resume where they were stopped.

// %%
const experiment = mckd.comparison(book.config);
await mckd.followTrainings(mckd.runExperiment(experiment, place));
const runs = mckd.finishedRuns(experiment, place);
book.recordTrainings(mckd.trainingRecords(experiment, runs, place));
const captioned = { ...data, description: `${data.description}, preset ${book.config.preset}` };

// %%
show(mckd.subsetTable(runs, { data: captioned }));

// %%
const named = (all: mckd.BratsRun[]) => mckd.COMPARED.map(({ key, title }) => ({ name: title, scores: mckd.subsetScores(mckd.runsOf(all, key)) }));
draw('brats-subsets', mckd.methodsHeatmapFigure({ title: 'Dice (%) of three trainings over the 15 subsets', methods: named(runs) }));

// %% [markdown]
// ## Case by case
// Mean of the 15 subsets; above the diagonal MCKD is better.

// %%
for (const region of mckd.REGIONS) {
  const a = { name: 'MCKD', runs: mckd.runsOf(runs, 'mckd') };
  const b = { name: 'random subsets', runs: mckd.runsOf(runs, 'randomSubsets') };
  draw(`brats-cases-${region.toLowerCase()}`, mckd.caseScatterFigure({ title: `${region}, one point per test case`, a: a, b: b, region: region }));
}

// %%
mckd.showMarkdown(['### What this run shows', ...mckd.bratsConclusions(runs)].join('\n\n'));
show(mckd.comparisonFindings(runs, captioned));

// %% [markdown]
// ## Beside the published numbers
// One table per region. The papers report the 66 validation cases as scored by the challenge server, which can't be repeated without it. A cell
// that could not be confirmed says "not verified"; add a value with its source to `lib/published/brats2018.json` and the tables show it.

// %%
const minutes = mckd.coreSeconds(runs) / 60;
const seeds = mckd.seedsOf(runs);
for (const region of mckd.REGIONS) {
  const ours: mckd.OurDice = {
    title: 'MCKD',
    subsets: mckd.MODALITY_SUBSETS.map((_, s) => mckd.meanOf(runs, 'mckd', mckd.diceMetric(region, { subsets: [s] }))),
    average: mckd.meanOf(runs, 'mckd', mckd.diceMetric(region)),
    protocol: data.protocol,
    caption: `${captioned.description}, ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}, ${minutes.toFixed(0)} core-minutes of training in total.`,
  };
  show(mckd.publishedBratsTable({ region: region, ours: ours }));
}

// %% [markdown]
// ## The long run
// Preset `standard` on its phantoms (1,500 iterations, three seeds), made by `npx mckd compare --preset standard` and recorded with its manifest.

// %%
const recorded = mckd.recordedBrats();
const longData = { ...recorded.manifest.data, description: `${recorded.manifest.data.description}; recorded run` };
const long = mckd.subsetTable(recorded.runs, { data: longData });
show({ ...long, name: 'brats-subsets-standard', title: `${long.title} (recorded run, preset standard)` });

// %%
draw('brats-subsets-standard', mckd.methodsHeatmapFigure({ title: 'Recorded run, preset standard: Dice (%)', methods: named(recorded.runs) }));
mckd.showMarkdown(['### What the long run shows', ...mckd.bratsConclusions(recorded.runs)].join('\n\n'));
show({ ...mckd.comparisonFindings(recorded.runs, longData), name: 'brats-findings-standard' });

// %% [markdown]
// ## Segmenting with trained weights
// The weights of the long run's first seed are part of the kit, each checked by its sha256, so this works without training. On the command line:
// `npx mckd segment --checkpoint recorded:mckd --case DIR --available flair,t1 --out seg.nii.gz --viewer page.html`.

// %%
const shipped = await mckd.loadRecordedWeights('mckd');
const prepared = await mckd.openPrepared(data.cases).whole(data.splits.test[1 % data.splits.test.length]);
const predictions = mckd.predictSubsets(shipped, prepared, shipped.config.crop);
draw('brats-shipped-subsets', mckd.subsetGridFigure({ title: prepared.name, prepared: prepared, predictions: predictions }));

// %% [markdown]
// ## A real case
// If `MCKD_DATA` names real cases, the first is segmented here, by a small network trained only on phantoms, with the case resampled to their resolution. It is no
// medical result, and only shows that real scans can be processed. (Committed output: TCGA-DU-7294, TCGA-LGG, The Cancer Imaging Archive, CC BY 3.0; the ground truth is an automatic consensus.)

// %%
const mine = mckd.realCases();
if (mine.length === 0) console.log('no case of your own: MCKD_DATA is not set, or names no folder of cases with all four scans');
for (const one of mine.slice(0, 1)) {
  const fine = await mckd.openPrepared([one], { withoutLabels: !one.labels }).whole(one.name);
  const coarse = mckd.resizeSample(fine, prepared.size);
  const maps = mckd.predictSubsets(shipped, coarse, shipped.config.crop);
  const chosen = [mckd.ALL_SCANS, mckd.subsetWithout('t1ce'), mckd.subsetIndex(['flair'])].map((s) => ({ name: mckd.subsetName(mckd.MODALITY_SUBSETS[s]), labels: maps[s] }));
  draw('brats-real-case', mckd.caseFigure({ title: `${fine.name}, a network trained on phantoms`, prepared: coarse, predictions: chosen, background: 'flair' }));
}

// %% [markdown]
// ## Try it
// Remove a scan that this case can do without, and one that it can't: change the subset, and see the Dice above the image.

// %%
const kept = mckd.subsetIndex(['t1ce', 't2']);
const tried = { name: mckd.subsetName(mckd.MODALITY_SUBSETS[kept]), labels: predictions[kept] };
mckd.showFigure(mckd.caseFigure({ title: prepared.name, prepared: prepared, predictions: [tried] }));
mckd.disposeWeights(shipped);

// %%
const cells = runs.flatMap((run) => Object.values(run.test).flat(2));
await mckd.finishNotebook([
  { claim: 'every planned training is finished', holds: runs.length === mckd.cellsOf(experiment).length, found: `${runs.length}` },
  { claim: 'every cell comes from a Dice between 0 and 1', holds: cells.every((dice) => dice >= 0 && dice <= 1), found: `${cells.length} scores` },
  { claim: 'the recorded comparison is complete', holds: recorded.runs.length === 3 * recorded.manifest.config.brats.seeds, found: `${recorded.runs.length} runs` },
]);
