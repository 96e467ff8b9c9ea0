/** Checks `mckd segment` and the start of `mckd train` on a data set with known content. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { MODALITIES, randomStream, type Modality } from '@mckd/lib/base';
import { checkData, findDataSet, requireFiles, saveWeights } from '@mckd/lib/brats';
import { anyFile, caseAt, compareGrids, labelsInCodes, spatialGrid } from '@mckd/lib/datasets';
import { readNifti } from '@mckd/lib/formats';
import { segmentationParameters } from '@mckd/lib/models';
import { disposeAll } from '@mckd/lib/nn';
import { findingOf, runCommand } from './command';
import type { ExpectedCase } from './expected-case';
import type { MadeLayout } from './generate';
import { namingOf } from './namings';

/** Of a network that predicts oedema and enhancing tumour, whose codes differ between editions. */
const SEED = 4;

/** Writes weights of a random, tiny network; returns the file. */
export function writeTinyWeights(folder: string): string {
  const file = join(folder, 'w.safetensors');
  const parameters = segmentationParameters(1 / 32, randomStream(SEED, 'segment'));
  saveWeights(file, parameters);
  disposeAll(parameters);
  return file;
}

/** As `mckd segment --json` prints it. */
interface Segmentation {
  case: string;
  file: string;
  subset: Modality[];
  voxels: Record<'background' | 'core' | 'oedema' | 'enhancing', number>;
}

const scansOf = ({ scans }: ExpectedCase): Modality[] =>
  MODALITIES.filter((modality) => scans[modality]);

/** The first and the last case are segmented from their available scans, on their own grid and in their codes. */
export async function segmentsRight(
  made: MadeLayout,
  work: string,
  weights: string,
): Promise<void> {
  const { folder, options, cases, description } = made;
  const chosen = [cases[0], cases[cases.length - 1]];
  const { code, stdout, stderr } = await runCommand([
    ...['segment', '--checkpoint', weights, '--case', folder],
    ...['--name', ...chosen.map(({ name }) => name)],
    ...['--out', join(work, 'segmented'), '--json', ...options],
  ]);
  assert.equal(code, 0, `${description}: ${stderr}`);
  const { segmentations } = JSON.parse(stdout) as { segmentations: Segmentation[] };
  assert.deepEqual(
    segmentations.map((one) => [one.case, one.subset]),
    chosen.map((one) => [one.name, scansOf(one)]),
    description,
  );
  for (const one of segmentations) await requireOwnGridAndCodes(made, one);
}

async function requireOwnGridAndCodes(
  made: MadeLayout,
  { case: name, file, voxels }: Segmentation,
): Promise<void> {
  const what = `${made.description}: ${name}`;
  const { files } = caseAt(made.folder, { ...findingOf(made), name });
  const scan = MODALITIES.map((modality) => files.scans[modality]).find(Boolean);
  const own = await spatialGrid(scan ?? { file: anyFile(files) });
  const image = await readNifti(file);
  const { fault, note } = compareGrids(own, image, anyFile(files), file);
  assert.deepEqual([fault, note], [undefined, undefined], what);
  // The code of each label, in the order of the kit's own.
  const codes = labelsInCodes(Uint8Array.of(0, 1, 2, 4), namingOf(made.naming).codes);
  const counts = [...codes].map((label) => image.values.filter((value) => value === label).length);
  const { background, core, oedema, enhancing } = voxels;
  assert.deepEqual(counts, [background, core, oedema, enhancing], what);
  assert.equal(
    counts.reduce((sum, count) => sum + count),
    image.values.length,
    what,
  );
}

/** For training, for meta-validation, for testing. */
const FEWEST = 3;

/**
 * Before its first step a training accepts a data set whose labelled cases have all their scans, and refuses only one
 * that lacks some, or has too few cases.
 */
export async function trainsWhereSound(made: MadeLayout, work: string): Promise<void> {
  const { folder, cases, description } = made;
  const labelled = cases.filter(({ labels }) => labels);
  const splitting = { metaValidation: 1, test: 1 };
  const find = (): ReturnType<typeof findDataSet> =>
    findDataSet(folder, { ...findingOf(made), ...splitting });
  if (labelled.length < FEWEST) {
    assert.throws(find, new RegExp(`there are ${labelled.length} cases with labels`), description);
    return;
  }
  const data = find();
  const { train, metaValidation, test } = data.splits;
  assert.deepEqual(
    [...train, ...metaValidation, ...test].sort(),
    labelled.map(({ name }) => name).sort(),
    description,
  );
  const lacking = labelled.find((one) => scansOf(one).length < MODALITIES.length);
  if (!lacking) {
    requireFiles(data);
    return checkData(data, `${description} ${work}`, { folder: work });
  }
  assert.ok(made.faults.includes('missing'), description);
  const lacks = { name: 'UserError', message: new RegExp(`case ${lacking.name} has no `) };
  assert.throws(() => requireFiles(data), lacks, description);
}
