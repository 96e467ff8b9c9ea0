// %% [markdown]
// # 05 · BraTS2018: fifteen subsets of scans, three regions
//
// **Aim.** Every cell of the paper's main table, from real runs, beside the published numbers. **Data.** The cases of 01. It is quicker if 02 to 04
// have run; at `standard` it takes about an hour, at `paper` days on a GPU. **You should see** the collapse of the model that was
// trained on complete modalities, and what two methods recover. Phantoms are synthetic: their scores show that the kit works, and are never compared with published ones.

// %%
import * as mckd from '@mckd/lib';

const book = mckd.startNotebook('05-brats-table');
const settings = book.config.brats;
const study = await mckd.brats.study(book.config);

// %% [markdown]
// ## Three trainings, each with every seed of the preset
// Complete modalities only; random subsets; MCKD. Finished trainings are reused; the others run in parallel processes and resume where they were stopped.

// %%
const experiment = mckd.brats.comparison(book.config);
const runs = await study.runs(experiment);

// %%
book.show(mckd.brats.tables.subsets(runs, { data: study.captioned }));

// %%
const named = (all: mckd.brats.Run[]) =>
  mckd.brats.COMPARED.map(({ key, title }) => ({
    name: title,
    scores: mckd.brats.subsetScores(mckd.runsOf(all, key)),
  }));
book.show(
  mckd.brats.figures.methodsHeatmap({
    name: 'brats-subsets',
    title: 'Dice (%) of three trainings over the 15 subsets',
    methods: named(runs),
  }),
);

// %% [markdown]
// ## How two methods are compared
// With $D_{s,c,u}$ the Dice of seed $s$, test case $c$ and subset $u$, a run's score is a mean over cases and over the 15 subsets, each counted once:
// $$\bar D_s = \frac{1}{15\,C} \sum_{c, u} D_{s,c,u}.$$
// Runs of two methods $a$, $b$ with one seed share split, initial weights and crops, so what is compared is the *difference* $d_s = \bar D^a_s - \bar D^b_s$, and over $S$ seeds
// $$\bar d \pm t_{0.975,\,S-1}\, \frac{\sigma_d}{\sqrt S}, \qquad \sigma_d^2 = \frac{1}{S-1} \sum_s (d_s - \bar d)^2.$$
// An interval that holds 0 shows no difference. **One seed** has a difference, but no $\sigma_d$: nothing says how far another seed would be, so one seed can't say which method is
// better, by however much it differs. More test cases don't help: they are scored with the same network.

// %%
book.showSource(mckd.pairedVerdict);

// %% [markdown]
// ## Case by case
// Mean of the 15 subsets; above the diagonal MCKD is better.

// %%
for (const region of mckd.brats.REGIONS) {
  const a = { name: 'MCKD', runs: mckd.runsOf(runs, 'mckd') };
  const b = { name: 'random subsets', runs: mckd.runsOf(runs, 'randomSubsets') };
  book.show(
    mckd.brats.figures.caseScatter({
      name: `brats-cases-${region.toLowerCase()}`,
      title: `${region}, one point per test case`,
      a: a,
      b: b,
      region: region,
    }),
  );
}

// %%
mckd.showMarkdown(['### What this run shows', ...mckd.brats.comparisonConclusions(runs)].join('\n\n'));
book.show(mckd.brats.tables.comparisonFindings(runs, study.captioned));

// %% [markdown]
// ## Beside the published numbers
// One table per region. The papers report the 66 validation cases as scored by the challenge server, which can't be repeated without it. A cell
// that could not be confirmed says "not verified"; add a value with its source to `lib/published/brats2018.json` and the tables show it.

// %%
const minutes = mckd.coreSeconds(runs) / 60;
const seeds = mckd.seedsOf(runs);
const trained = `${seeds} ${seeds === 1 ? 'seed' : 'seeds'}, ${minutes.toFixed(0)} core-minutes of training in total`;
for (const region of mckd.brats.REGIONS) {
  const ours: mckd.brats.tables.OurDice = {
    title: 'MCKD',
    subsets: mckd.brats.MODALITY_SUBSETS.map((_, s) =>
      mckd.meanOf(runs, 'mckd', mckd.brats.diceMetric(region, { subsets: [s] })),
    ),
    average: mckd.meanOf(runs, 'mckd', mckd.brats.diceMetric(region)),
    protocol: study.data.protocol,
    caption: `${study.caption}, ${trained}.`,
  };
  book.show(mckd.brats.tables.published({ region: region, ours: ours }));
}

// %% [markdown]
// ## The long run
// Preset `standard` on its phantoms (1,500 iterations, three seeds), made by `npx mckd compare --preset standard` and recorded with its manifest.

// %%
const recorded = mckd.brats.recordedComparison();
const longData = { ...recorded.manifest.data, description: `${recorded.manifest.data.description}; recorded run` };
const long = mckd.brats.tables.subsets(recorded.runs, { data: longData });
book.show({ ...long, name: 'brats-subsets-standard', title: `${long.title} (recorded run, preset standard)` });

// %%
book.show(
  mckd.brats.figures.methodsHeatmap({
    name: 'brats-subsets-standard',
    title: 'Recorded run, preset standard: Dice (%)',
    methods: named(recorded.runs),
  }),
);
mckd.showMarkdown(['### What the long run shows', ...mckd.brats.comparisonConclusions(recorded.runs)].join('\n\n'));
book.show({ ...mckd.brats.tables.comparisonFindings(recorded.runs, longData), name: 'brats-findings-standard' });

// %% [markdown]
// ## Segmenting with trained weights
// The weights of the long run's first seed are part of the kit, each checked by its sha256, so this works without training. On the command line:
// `npx mckd segment --checkpoint recorded:mckd --case DIR --available flair,t1 --out seg.nii.gz --viewer page.html`.

// %%
const shipped = await mckd.brats.loadRecordedWeights('mckd');
const { cases, splits } = study.data;
const prepared = await mckd.data
  .openPrepared(cases, { normalisation: shipped.config.normalisation })
  .whole(splits.test[1 % splits.test.length]);
const predictions = mckd.brats.predictSubsets(shipped, prepared, shipped.config.crop);
book.show(
  mckd.brats.figures.subsetGrid({
    name: 'brats-shipped-subsets',
    title: prepared.name,
    prepared: prepared,
    predictions: predictions,
  }),
);

// %% [markdown]
// ## A real case
// If `MCKD_DATA` names real cases, the first is segmented here, by a small network trained only on phantoms, with the case resampled to their resolution. It is no
// medical result, and only shows that real scans can be processed. (Committed output: TCGA-DU-7294, TCGA-LGG, The Cancer Imaging Archive, CC BY 3.0; the ground truth is an automatic consensus.)

// %%
const mine = mckd.brats.realCases();
if (mine.length === 0)
  console.log('no case of your own: MCKD_DATA is not set, or names no folder of cases with all four scans');
for (const one of mine.slice(0, 1)) {
  const fine = await mckd.data.openPrepared([one], { withoutLabels: !one.labels }).whole(one.name);
  const coarse = mckd.data.resizeSample(fine, prepared.size);
  const maps = mckd.brats.predictSubsets(shipped, coarse, shipped.config.crop);
  const chosen = [mckd.brats.ALL_SCANS, mckd.brats.subsetWithout('t1ce'), mckd.brats.subsetIndex(['flair'])].map(
    (s) => ({ name: mckd.brats.subsetName(mckd.brats.MODALITY_SUBSETS[s]), labels: maps[s] }),
  );
  book.show(
    mckd.brats.figures.predictions({
      name: 'brats-real-case',
      title: `${fine.name}, a network trained on phantoms`,
      prepared: coarse,
      predictions: chosen,
      background: 'flair',
    }),
  );
}

// %% [markdown]
// ## Try it
// Remove a scan that this case can do without, and one that it can't: change the subset, and see the Dice above the image.

// %%
const kept = mckd.brats.subsetIndex(['t1ce', 't2']);
const tried = { name: mckd.brats.subsetName(mckd.brats.MODALITY_SUBSETS[kept]), labels: predictions[kept] };
mckd.showFigure(mckd.brats.figures.predictions({ title: prepared.name, prepared: prepared, predictions: [tried] }));
mckd.brats.disposeWeights(shipped);

// %% [markdown]
// ## Exercises
// As in notebook 00: put your answer in the place of `undefined`. Solutions: `notebooks/solutions/`.

// %% [markdown]
// **05.1** A method's mean Dice (%) over its subsets with one, two, three and four scans is `bySize`. What is its mean over the 15 subsets?

// %%
const q1 = mckd.given('05.1');
console.log(q1);
mckd.check('05.1', undefined);

// %% tags=["solution"]
const [one, two, three, four] = q1.bySize;
mckd.check('05.1', (4 * one + 6 * two + 4 * three + four) / 15);

// %% [markdown]
// **05.2** Dice of two methods, with five seeds that they share. What is the 95 % interval of the mean difference (ours minus theirs)? For four
// degrees of freedom Student's $t$ is 2.776.

// %%
const q2 = mckd.given('05.2');
console.log(q2);
mckd.check('05.2', undefined);

// %% tags=["solution"]
const differences = q2.ours.map((value, s) => value - q2.theirs[s]);
const middle = differences.reduce((a, b) => a + b) / 5;
const squares = differences.map((d) => (d - middle) ** 2).reduce((a, b) => a + b);
const half = (2.776 * Math.sqrt(squares / 4)) / Math.sqrt(5);
mckd.check('05.2', [middle - half, middle + half]);

// %% [markdown]
// **05.3** A prediction and a ground truth of twelve voxels. What is their Dice (between 0 and 1)?

// %%
const q3 = mckd.given('05.3');
console.log(q3);
mckd.check('05.3', undefined);

// %% tags=["solution"]
const common = q3.truth.filter((value, v) => value === 1 && q3.prediction[v] === 1).length;
const inPrediction = q3.prediction.filter((value) => value === 1).length;
const inTruth = q3.truth.filter((value) => value === 1).length;
mckd.check('05.3', (2 * common) / (inPrediction + inTruth));

// %% [markdown]
// **05.4** Again two methods and five seeds. Of how many seeds would you, had you run that one alone, have reported the opposite of the mean difference?

// %%
const q4 = mckd.given('05.4');
console.log(q4);
mckd.check('05.4', undefined);

// %% tags=["solution"]
const gains = q4.ours.map((value, s) => value - q4.theirs[s]);
const meanGain = gains.reduce((a, b) => a + b) / gains.length;
mckd.check('05.4', gains.filter((gain) => Math.sign(gain) !== Math.sign(meanGain)).length);

// %%
const cells = runs.flatMap((run) => Object.values(run.test).flat(2));
await mckd.finishNotebook([
  {
    claim: 'every planned training is finished',
    holds: runs.length === mckd.cellsOf(experiment).length,
    found: `${runs.length}`,
  },
  {
    claim: 'every cell comes from a Dice between 0 and 1',
    holds: cells.every((dice) => dice >= 0 && dice <= 1),
    found: `${cells.length} scores`,
  },
  {
    claim: 'the recorded comparison is complete',
    holds: recorded.runs.length === 3 * recorded.manifest.config.brats.seeds,
    found: `${recorded.runs.length} runs`,
  },
]);
