// %% [markdown]
// # 01 · Data preparation: four scans of a brain, and what each of them shows
//
// **Aim.** From NIfTI files to what the network is trained on, step by step. **Data.** Phantoms: synthetic brains in BraTS' layout, so that
// everything runs without the registration that the real data need; and your own cases, if `MCKD_DATA` names their folder. **You should see** a tumour that only T1ce separates into its parts, crops as in training, and the 15 subsets of available scans.

// %%
import * as mckd from '@mckd/lib';

const book = mckd.startNotebook('01-data-preparation');
const { data } = await mckd.brats.study(book.config);
const cases = mckd.data.openPrepared(data.cases);
book.show(mckd.brats.tables.dataSet(data));

// %% [markdown]
// ## A case
// Four registered scans of one head, and a label map: 1 core, 2 oedema, 4 enhancing tumour. Above without, below with the labels.
// Look for the bright rim in T1ce: a contrast agent leaks where the tumour breaks the barrier between blood and brain, and no other scan shows that.

// %%
const files = data.cases.filter((one) => one.name === data.splits.test[0])[0];
const prepared = await cases.whole(files.name);
book.show(mckd.brats.figures.slices({ name: 'brats-case', title: `${prepared.name}: four scans`, prepared }));

// %% [markdown]
// ## From labels to regions
// BraTS scores three nested regions: ET (4) within TC (1, 4) within WT (1, 2, 4). The network has one output for each.

// %%
const raw = await mckd.data.readCase(files);
book.show(mckd.brats.tables.regions(prepared, raw.stored));

// %% [markdown]
// ## Normalisation
// MRI intensities have no unit and differ between scanners. So each scan is clipped at $k$, the last intensity that at least 50 voxels have, and then
// $$v \leftarrow \frac{\min(v, k) - \mu}{\sigma}, \qquad \mu, \sigma \text{ over the voxels that are not background.}$$
// Background stays 0, which is now also the mean of the brain. This is why a missing scan can be given to the network as a volume of zeros.

// %%
const normalised = mckd.brats.tables.normalisation(raw);
book.show(normalised);

// %% [markdown]
// ## Which scan shows what
// Mean normalised intensity of each tissue in each scan, over the meta-validation cases. Two tissues of one colour in a row are indistinguishable in
// that scan. Without T1ce, the enhancing tumour looks like its surroundings. This is what "some modalities matter more" means.

// %%
const shown: mckd.data.PreparedCase[] = [];
for (const name of data.splits.metaValidation) shown.push(await cases.whole(name));
const contrast = mckd.brats.tissueContrast(shown);
book.show(
  mckd.figures.heatmap({
    name: 'brats-tissues',
    title: 'Mean normalised intensity of each tissue',
    x: { title: 'tissue', labels: mckd.brats.TISSUES },
    y: { title: 'scan', labels: mckd.brats.MODALITIES.map((modality) => mckd.brats.MODALITY_NAMES[modality]) },
    values: contrast,
    digits: 2,
    colour: 'standard deviations',
  }),
);

// %% [markdown]
// ## Crops and augmentation
// A training step gets a crop: at random, or centred on a voxel of a class; mirrored; warped, brightened, blurred and made noisy (nine steps).
// Each crop has its own random stream, named by seed, stage and step, so any crop can be reproduced. Here are four crops of one case: FLAIR above, T1ce below.

// %%
const sampling = mckd.brats.samplingOptions(book.config.brats, 'training');
const crops = [0, 1, 2, 3].map((n) => {
  const crop = mckd.data.drawSample(prepared, sampling, mckd.randomStream(book.config.seed, `lesson/${n}`));
  return { name: `crop ${n + 1}`, crop: crop };
});
const size = crops[0].crop.size.join(' x ');
mckd.showFigure(mckd.brats.figures.crops({ title: `Crops of ${size} voxels, as in training`, crops: crops }));

// %% [markdown]
// ## Fifteen subsets of scans
// In stage two of training each step draws the available scans. The authors draw their *number* first, so all four together have
// probability $\tfrac14$, a certain pair $\tfrac14 \cdot \tfrac16$.

// %%
const stream = mckd.randomStream(book.config.seed, 'lesson/subsets');
book.show(mckd.brats.tables.subsetDraws(Array.from({ length: 6000 }, () => mckd.brats.drawModalities(stream))));

// %% [markdown]
// ## Faults of a data set
// `npx mckd verify DIR` lists every fault: shapes and affines that differ within a case, empty scans, labels outside the set, a case in two splits.

// %%
const verdict = await mckd.data.verify(data.folder);
console.log(`${verdict.cases} cases read, ${verdict.faults.length} faults`);

// %% [markdown]
// ## Your own cases
// If `MCKD_DATA` names a folder with your own cases, the first of them is shown here: real scans are 240 x 240 x 155 voxels of 1 mm. (The one in the committed output is
// TCGA-DU-7294 of TCGA-LGG, The Cancer Imaging Archive, CC BY 3.0; its labels are an automatic consensus and not a radiologist's.)

// %%
const mine = mckd.brats.realCases();
if (mine.length === 0)
  console.log('no case of your own: MCKD_DATA is not set, or names no folder of cases with all four scans');
for (const one of mine.slice(0, 1)) {
  const own = await mckd.data.openPrepared([one], { withoutLabels: !one.labels }).whole(one.name);
  mckd.showFigure(mckd.brats.figures.slices({ title: `${own.name}: ${own.size.join(' x ')}`, prepared: own }));
}

// %% [markdown]
// ## Try it
// Switch the augmentation off and look at the same crop: only its position is random then. Then choose another case: `data.splits.test[1]`.

// %%
const plain = mckd.brats.samplingOptions({ ...book.config.brats, augmentation: 'none' }, 'training');
const untouched = mckd.data.drawSample(prepared, plain, mckd.randomStream(book.config.seed, 'lesson/0'));
const both = [crops[0], { name: 'not augmented', crop: untouched }];
mckd.showFigure(mckd.brats.figures.crops({ title: 'The first crop with and without augmentation', crops: both }));

// %% [markdown]
// ## Exercises
// As in notebook 00: put your answer in the place of `undefined`. Solutions: `notebooks/solutions/`.

// %% [markdown]
// **01.1** A small scan as a histogram: `voxels[i]` voxels have intensity `intensities[i]`; 0 is the background. At which $k$ is it clipped?

// %%
const q1 = mckd.given('01.1');
console.log(q1);
mckd.check('01.1', undefined);

// %% tags=["solution"]
const common = q1.intensities.filter((value, i) => q1.voxels[i] >= 50);
mckd.check('01.1', Math.max(...common));

// %% [markdown]
// **01.2** Another such scan. To which value $v$ are its brightest voxels normalised?

// %%
const q2 = mckd.given('01.2');
console.log(q2);
mckd.check('01.2', undefined);

// %% tags=["solution"]
const k = Math.max(...q2.intensities.filter((value, i) => q2.voxels[i] >= 50));
const clipped = q2.intensities.slice(1).map((value) => Math.min(value, k)); // without the background
const counts = q2.voxels.slice(1);
const insideVoxels = counts.reduce((a, b) => a + b);
const mu = clipped.reduce((sum, value, i) => sum + value * counts[i], 0) / insideVoxels;
const variance = clipped.reduce((sum, value, i) => sum + (value - mu) ** 2 * counts[i], 0) / insideVoxels;
mckd.check('01.2', (k - mu) / Math.sqrt(variance));

// %% [markdown]
// **01.3** A label map has so many voxels of core (1), oedema (2) and enhancing tumour (4). How many voxels have ET, WT and TC?

// %%
const q3 = mckd.given('01.3');
console.log(q3);
mckd.check('01.3', undefined);

// %% tags=["solution"]
const { core, oedema, enhancing } = q3;
mckd.check('01.3', [enhancing, core + oedema + enhancing, core + enhancing]);

// %% [markdown]
// **01.4** In a step of stage two, with which probability are *both* scans available (and perhaps others)?

// %%
const q4 = mckd.given('01.4');
console.log(q4);
mckd.check('01.4', undefined);

// %% tags=["solution"]
// Of the subsets with n of four scans, the share n (n - 1) / 12 has both.
const shares = [1, 2, 3, 4].map((n) => (n * (n - 1)) / 12);
mckd.check('01.4', shares.reduce((a, b) => a + b) / 4);

// %%
const again = mckd.data.drawSample(prepared, sampling, mckd.randomStream(book.config.seed, 'lesson/3'));
const third = mckd.data.drawSample(prepared, sampling, mckd.randomStream(book.config.seed, 'lesson/3'));
const names = [...data.splits.train, ...data.splits.metaValidation, ...data.splits.test];
const voxels = prepared.size[0] * prepared.size[1] * prepared.size[2];
const inside = (part: number, whole: number) =>
  prepared.regions
    .subarray(part * voxels, (part + 1) * voxels)
    .every((value, i) => value <= prepared.regions[whole * voxels + i]);
const clearest = mckd.brats.clearestScan(contrast, ['core', 'enhancing tumour']);
await mckd.finishNotebook([
  { claim: 'no case is in two splits', holds: new Set(names).size === names.length, found: `${names.length} cases` },
  { claim: 'ET lies within TC, and TC within WT', holds: inside(0, 2) && inside(2, 1) },
  {
    claim: 'a normalised brain has mean 0 and deviation 1',
    holds: normalised.rows.every(
      (row) => Math.abs(Number(row.meanAfter)) < 1e-3 && Math.abs(Number(row.stdAfter) - 1) < 1e-2,
    ),
  },
  { claim: 'the same stream gives the same crop', holds: again.images.every((value, i) => value === third.images[i]) },
  { claim: 'the data set has no fault', holds: verdict.faults.length === 0, found: `${verdict.faults.length} faults` },
  {
    claim: 'T1ce has the largest contrast between enhancing tumour and core',
    holds: clearest === 't1ce',
    found: clearest,
  },
]);
