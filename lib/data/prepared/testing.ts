/** Small cases as NIfTI files, for tests of what reads and prepares them. */
import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { randomStream } from '../../random';
import { writeNifti, type Affine } from '../nifti';

/** [X, Y, Z], all different, so that no mixed-up axis goes unseen. */
export const MADE_SHAPE = [8, 9, 7];
const LPS = [
  [-1, 0, 0, 0],
  [0, -1, 0, 239],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

/** A temporary folder that goes when the test is over. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'mckd-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface MadeCase {
  /** Changes every voxel. */
  seed?: number;
  /** [X, Y, Z] */
  shape?: readonly number[];
  affine?: Affine;
  withoutLabels?: boolean;
}

/** Writes a case in BraTS 2018's layout, `<folder>/<name>/<name>_flair.nii` and so on. */
export function writeMadeCase(
  folder: string,
  name: string,
  { seed = 0, shape = MADE_SHAPE, affine = LPS, withoutLabels = false }: MadeCase = {},
): void {
  const count = shape.reduce((product, size) => product * size, 1);
  const write = (ending: string, value: (i: number, draw: number) => number): void => {
    const stream = randomStream(seed, `${name}${ending}`);
    writeNifti(join(folder, name, `${name}${ending}.nii`), {
      shape,
      affine,
      values: Int16Array.from({ length: count }, (_, i) => value(i, stream.uniform())),
      datatype: 'int16',
    });
  };
  // The first voxel is background; few values, so that the histogram has bins of 50 voxels.
  for (const ending of ['_flair', '_t1', '_t1ce', '_t2']) {
    write(ending, (i, draw) => (i === 0 || draw < 0.3 ? 0 : Math.floor(draw * 6)));
  }
  if (!withoutLabels) write('_seg', (_, draw) => [0, 0, 0, 1, 2, 4][Math.floor(draw * 6)]);
}

/** The authors' five meta-validation cases of BraTS 2018, and where they lie. */
const AUTHORS_FIVE = [
  ['HGG', 'Brats18_CBICA_AQQ_1'],
  ['HGG', 'Brats18_2013_10_1'],
  ['LGG', 'Brats18_2013_15_1'],
  ['LGG', 'Brats18_TCIA09_141_1'],
  ['LGG', 'Brats18_TCIA13_645_1'],
] as const;

/**
 * BraTS 2018's training cases as they are handed out, tiny: the authors' five and others, in HGG and LGG as the
 * 210 and 75 are; changed long ago, so that what was read is known again.
 */
export function writeHandedOut(folder: string, cases = 285): void {
  const high = Math.round((cases - 5) * (208 / 280));
  const others = Array.from({ length: cases - 5 }, (_, i) => [
    i < high ? 'HGG' : 'LGG',
    `Brats18_TCIA99_${i}_1`,
  ]);
  for (const [grade, name] of [...AUTHORS_FIVE, ...others]) {
    writeMadeCase(join(folder, grade), name);
    const own = join(folder, grade, name);
    for (const file of readdirSync(own)) utimesSync(join(own, file), 1e9, 1e9);
  }
}
