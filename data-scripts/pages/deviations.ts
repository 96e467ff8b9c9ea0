/** lib/recorded/deviations.md: where the text, the authors' code and the kit differ. */
import { buildConfig, type BratsQuirks } from '@mckd/lib/config';
import { bullets, head } from './page';

/** What the authors' code does and the paper's text does not say; each is a switch. */
const QUIRKS: Record<keyof BratsQuirks, string> = {
  metaStepDropsModalities: 'in stage two the meta step drops modalities, too',
  metaStepSkipsFilling:
    'and a dropped one enters it as w·encoder(0), not as w times the filled mean',
  metaStepAugments: 'meta-validation reads augmented random crops',
  subsetSizesEquallyLikely:
    'the size of a random subset is uniform, so the 15 subsets are not equally likely',
  classCentreMayBeNone: 'one class-centred crop in four is centred on no class',
  distillsInStageOne: 'distillation is on in stage one as well, with complete modalities',
};

const KEPT: readonly string[] = [
  'the sum (not the mean) of the three regions’ cross-entropies',
  'Dice with the 1 in its denominator only',
  'skip features of a missing scan left as encoder(0)',
  'importance weights that act through the ratios only',
  'the last checkpoint as the result',
];

const OURS: readonly string[] = [
  'every random number is seeded',
  'the elastic deformation of smaller crops is scaled with them',
  'a loss or gradient that is not finite stops the run',
  'rule 3 of the post-processing minimises the authors’ k-means sum exactly and changes the component’s own oedema only, where theirs starts at random and can relabel the background',
];

/** Of the recipes in `lib/config/brats-methods.ts`. */
const METHODS: readonly string[] = [
  'U-HVED and U-HeMIS: in the short presets no standardisation of histograms before the mean and variance, which are of the brain’s voxels; in all presets no scaling of crops, and the ten voxels around a case are in the threshold of the foreground alone',
  'RobustSeg, in the short presets: mean and variance of all the brain’s voxels, not of those between the 1st and the 99th percentile as in `paper`; in all presets the box around the brain is RFNet’s, at least 128 voxels long, where its own is as small as the brain',
  'ACN, in the short presets: each scan by MCKD’s mean and variance, not by its least and largest value as in `paper`',
  'KD-Net: our reading of the description; there is no public code; the learning rate stays, where it is described to fall when the validation loss stands still',
  'learning rates of RFNet, mmFormer, U-HVED, U-HeMIS and RobustSeg: five times the authors’ in the short presets, and ACN’s and KD-Net’s fifty times; chosen on meta-validation cases by RFNet, U-HeMIS, KD-Net and ACN (but for RFNet’s, mmFormer’s and RobustSeg’s after a first run, in whose test table these methods had found next to nothing)',
  'everything else by the authors’ code, where paper and code differ as well ([why published numbers differ](../published/why-numbers-differ.md))',
];

const AUDIOVISION: readonly string[] = [
  'the features of image and speech are projected to one size by a linear map each',
  'an encoder never sees the blanks of a missing modality (they would disturb the sound net’s batch norm)',
  'the meta step and the choice of the epoch use a held-out tenth of the training pairs, whose complete pairs count towards the published rate',
  'a rate keeps `floor(rate x 105)` pairs of each digit',
];

export function deviationsPage(): string {
  const [paper, quick, standard] = (['paper', 'quick', 'standard'] as const).map(
    (preset) => buildConfig(preset).brats,
  );
  const rows = (Object.keys(QUIRKS) as (keyof BratsQuirks)[]).map(
    (key) => `| \`${key}\` | ${String(paper.quirks[key])} | ${QUIRKS[key]} |`,
  );
  const channels = (width: number): string => `1/${Math.round(1 / width)} of the channels`;
  return `${head('Where text, authors’ code and kit differ', 'Preset `paper` follows the authors’ code. Where that differs from the text, there is a switch or an entry here.')}
## Segmentation: switches (\`brats.quirks\`)

| switch | \`paper\` | what the code does |
| --- | --- | --- |
${rows.join('\n')}

## Segmentation: kept as in the code, without a switch

${bullets(KEPT)}
## Segmentation: deliberately ours

${bullets(OURS)}
## Other methods (\`brats.model\`)

${bullets(METHODS)}
## The short presets

Presets \`quick\` and \`standard\` are small (${channels(quick.width)}, crop ${quick.crop.join(' x ')}, ${quick.stageTwo.until} and ${standard.stageTwo.until.toLocaleString('en-US')} iterations, where
\`paper\` has ${paper.stageTwo.until.toLocaleString('en-US')}) and distil with weight ${quick.distillationWeight} instead of ${paper.distillationWeight}: with the paper's, such short trainings make the
features of the four scans agree by making them independent of the scan (\`npx mckd compare --set brats.distillationWeight=${paper.distillationWeight}\`;
[the trials](results.md)).

## Audiovision-MNIST

The authors released only the segmentation code, so this half is our interpretation:

${bullets(AUDIOVISION)}`;
}
