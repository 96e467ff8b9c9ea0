/** Data sets that describe themselves in a dataset.json. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Modality } from '@mckd/lib/base';
import { writeNifti } from '@mckd/lib/formats';
import { gridInAxes, gridOf, toAxes } from '@mckd/lib/volume';
import type { ExpectedCase } from './expected-case';

/** Four scans on one grid. */
export interface FourInOne {
  root: string;
  extension: string;
  axes: string;
  affine: readonly (readonly number[])[];
  shape: readonly number[];
  scans: ExpectedCase['scans'];
  name: string;
}

/** Channels in an unusual order: T2, FLAIR, T1ce, T1. */
const CHANNELS: readonly Modality[] = ['t2', 'flair', 't1ce', 't1'];

/** The Decathlon's image: the four scans in one. */
export function writeFour({ root, extension, axes, affine, shape, scans, name }: FourInOne): void {
  const grid = gridOf(shape, affine);
  const turned = gridInAxes(grid, axes);
  const channels = CHANNELS.map(
    (modality) =>
      toAxes({ ...grid, values: Float32Array.from(scans[modality] ?? []) }, axes).values,
  );
  const file = join(root, 'imagesTr', `${name}${extension}`);
  mkdirSync(dirname(file), { recursive: true });
  writeNifti(file, {
    shape: [...turned.shape, CHANNELS.length],
    affine: turned.affine,
    values: Float32Array.from(channels.flatMap((values) => [...values])),
    datatype: 'float32',
  });
}

/** The Decathlon's list of cases. */
export function writeDecathlon(
  root: string,
  cases: readonly ExpectedCase[],
  extension: string,
): void {
  const training = cases.filter(({ labels }) => labels);
  const test = cases.filter(({ labels }) => !labels);
  const json = {
    modality: { 0: 'T2w', 1: 'FLAIR', 2: 't1gd', 3: 'T1w' },
    labels: { 0: 'background', 1: 'edema', 2: 'non-enhancing tumor', 3: 'enhancing tumour' },
    numTraining: training.length,
    numTest: test.length,
    training: training.map(({ name }) => ({
      image: `./imagesTr/${name}${extension}`,
      label: `./labelsTr/${name}${extension}`,
    })),
    test: test.map(({ name }) => `./imagesTr/${name}${extension}`),
  };
  // As saved by a Windows editor.
  writeFileSync(join(root, 'dataset.json'), `\uFEFF${JSON.stringify(json)}`);
}

/** nnU-Net's channels and labels. */
export function writeNnunet(root: string, cases: readonly ExpectedCase[]): void {
  const json = {
    channel_names: { 0: 'FLAIR', 1: 'T1', 2: 'T1ce', 3: 'T2' },
    labels: {
      background: 0,
      'whole tumor': [1, 2, 3],
      'tumor core': [2, 3],
      'enhancing tumor': 3,
    },
    regions_class_order: [1, 2, 3],
    numTraining: cases.length,
    file_ending: '.nii.gz',
  };
  writeFileSync(join(root, 'dataset.json'), JSON.stringify(json, null, 2));
}
