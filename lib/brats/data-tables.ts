/** The content of a data set and its preparation, as tables and numbers for the lesson on data. */
import { LABELS, labelsOfRegions, REGIONS, type BratsCase } from '../datasets/brats';
import { statisticsOf } from '../volume/describe';
import type { Grid, VoxelArray } from '../formats/nifti';
import { columnLengths } from '../formats/nifti/affine';
import { normaliseIntensity } from '../volume/normalise';
import type { PreparedCase } from '../loading/sampling';
import { voxelCount } from '../volume/size';
import {
  MODALITIES,
  MODALITY_NAMES,
  MODALITY_SUBSETS,
  subsetName,
  type Modality,
} from '../base/modality';
import type { Table } from '../report/tables';
import type { BratsData } from './data-set';

/** Cases, grades and names of each part of a data set. */
export function dataSetTable({ cases, splits, description }: BratsData): Table {
  const parts: [string, string, readonly string[]][] = [
    ['training', 'the network is trained on them', splits.train],
    ['meta-validation', 'used by the meta step', splits.metaValidation],
    ['test', 'scored in every table', splits.test],
  ];
  const graded = (names: readonly string[], grade: 'HGG' | 'LGG'): number =>
    cases.filter((one) => one.grade === grade && names.includes(one.name)).length;
  return {
    name: 'brats-data',
    title: 'The cases and the use of each part',
    caption: `${description}. HGG and LGG: high and low grade gliomas, by the folders.`,
    columns: [
      { key: 'part', title: 'part' },
      { key: 'cases', title: 'cases', digits: 0 },
      { key: 'HGG', title: 'HGG', digits: 0 },
      { key: 'LGG', title: 'LGG', digits: 0 },
      { key: 'use', title: 'use' },
    ],
    rows: parts.map(([part, use, names]) => ({
      part,
      cases: names.length,
      HGG: graded(names, 'HGG'),
      LGG: graded(names, 'LGG'),
      use,
    })),
  };
}

/** Each scan of a case before and after normalisation, over the voxels that are not background. */
export function normalisationTable({ name, scans }: BratsCase): Table {
  const rows = MODALITIES.flatMap((modality) => {
    const values = scans[modality];
    if (!values) return [];
    const { values: after, clip, background } = normaliseIntensity(values);
    const brain = (all: VoxelArray): Float64Array =>
      Float64Array.from(all).filter((_, i) => values[i] !== background);
    const [raw, normal] = [values, after].map((all) => statisticsOf(brain(all)));
    return [
      {
        scan: MODALITY_NAMES[modality],
        mean: raw.mean,
        std: raw.std,
        max: raw.max,
        clip,
        meanAfter: normal.mean,
        stdAfter: normal.std,
        maxAfter: normal.max,
      },
    ];
  });
  return {
    name: 'brats-normalisation',
    title: `Intensities of ${name} before and after normalisation`,
    caption:
      'Over the voxels that are not background. Clip: every brighter voxel is set to this, so that a few bright vessels do not set the scale.',
    columns: [
      { key: 'scan', title: 'scan' },
      { key: 'mean', title: 'mean', group: 'as stored', digits: 1 },
      { key: 'std', title: 'standard deviation', group: 'as stored', digits: 1 },
      { key: 'max', title: 'largest', group: 'as stored', digits: 0 },
      { key: 'clip', title: 'clip', digits: 0 },
      { key: 'meanAfter', title: 'mean', group: 'normalised', digits: 3 },
      { key: 'stdAfter', title: 'standard deviation', group: 'normalised', digits: 3 },
      { key: 'maxAfter', title: 'largest', group: 'normalised', digits: 2 },
    ],
    rows,
  };
}

/** Tissues that the scans show differently. */
export const TISSUES = ['rest of the brain', 'oedema', 'core', 'enhancing tumour'] as const;
export type Tissue = (typeof TISSUES)[number];

/**
 * How bright each tissue is in each scan: mean normalised intensity over the voxels of all cases.
 * @returns [4 scans in the order of `MODALITIES`][4 tissues in the order of `TISSUES`]; null for a tissue without voxels
 */
export function tissueContrast(cases: readonly PreparedCase[]): (number | null)[][] {
  const codes = [LABELS.background, LABELS.oedema, LABELS.core, LABELS.enhancing];
  const sums = MODALITIES.map(() => codes.map(() => ({ sum: 0, count: 0 })));
  for (const { size, images, regions } of cases) {
    const count = voxelCount(size);
    const labels = labelsOfRegions(regions);
    for (let i = 0; i < count; i++) {
      // Background is 0 in every scan, and no brain voxel is in all four.
      if (MODALITIES.every((_, m) => images[m * count + i] === 0)) continue;
      const tissue = codes.indexOf(labels[i] as (typeof codes)[number]);
      MODALITIES.forEach((_, m) => {
        sums[m][tissue].sum += images[m * count + i];
        sums[m][tissue].count += 1;
      });
    }
  }
  return sums.map((row) => row.map(({ sum, count }) => (count > 0 ? sum / count : null)));
}

/** The scan with the largest contrast between two tissues, by `tissueContrast`. */
export function clearestScan(
  contrast: readonly (readonly (number | null)[])[],
  [one, other]: readonly [Tissue, Tissue],
): Modality {
  const gaps = contrast.map((row) =>
    Math.abs((row[TISSUES.indexOf(one)] ?? NaN) - (row[TISSUES.indexOf(other)] ?? NaN)),
  );
  return MODALITIES[gaps.indexOf(Math.max(...gaps))];
}

/** Voxels and volume of the regions of a case. */
export function regionTable(
  { name, size, regions }: PreparedCase,
  { affine }: Pick<Grid, 'affine'>,
): Table {
  const count = voxelCount(size);
  const voxelMm3 = columnLengths(affine).reduce((volume, mm) => volume * mm, 1);
  const meanings = {
    ET: 'enhancing tumour: label 4',
    WT: 'whole tumour: labels 1, 2 and 4',
    TC: 'tumour core: labels 1 and 4',
  };
  return {
    name: 'brats-regions',
    title: `The three regions of ${name}`,
    caption: 'They overlap: each is one output channel of the network, scored by itself.',
    columns: [
      { key: 'region', title: 'region' },
      { key: 'meaning', title: 'made of' },
      { key: 'voxels', title: 'voxels', digits: 0 },
      { key: 'millilitres', title: 'ml', digits: 1 },
    ],
    rows: REGIONS.map((region, r) => {
      const mask = regions.subarray(r * count, (r + 1) * count);
      const voxels = mask.reduce((sum, value) => sum + value, 0);
      return { region, meaning: meanings[region], voxels, millilitres: (voxels * voxelMm3) / 1000 };
    }),
  };
}

/**
 * How often the 15 subsets occur in training: by the authors' draw, in a count of such draws, and if all were
 * equally likely.
 */
export function subsetDrawTable(draws: readonly (readonly Modality[])[]): Table {
  const sizes = MODALITIES.map(
    (_, i) => MODALITY_SUBSETS.filter(({ length }) => length === i + 1).length,
  );
  const key = (subset: readonly Modality[]): string => subset.join();
  return {
    name: 'brats-subset-draws',
    title: 'How often each subset of scans is drawn in stage two',
    caption: `In percent. The authors draw the number of scans first, each number equally likely, then a subset of that size. Counted: ${draws.length} draws.`,
    columns: [
      { key: 'subset', title: 'available modalities' },
      { key: 'authors', title: "the authors' draw", digits: 2 },
      { key: 'counted', title: 'counted', digits: 2 },
      { key: 'equal', title: 'all equally likely', digits: 2 },
    ],
    rows: MODALITY_SUBSETS.map((subset) => ({
      subset: subsetName(subset),
      authors: 100 / MODALITIES.length / sizes[subset.length - 1],
      counted: (100 * draws.filter((draw) => key(draw) === key(subset)).length) / draws.length,
      equal: 100 / MODALITY_SUBSETS.length,
    })),
  };
}
