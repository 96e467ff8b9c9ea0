import { MODALITIES, MODALITY_SUBSETS } from '../base/modality';
import { regionMasks } from '../datasets/brats/regions';
import { normaliseIntensity } from '../volume/normalise';
import { exercise } from './exercise';
import { distinct, oneOf, total } from './numbers';

/** Voxels of a scan by intensity. */
export interface Histogram {
  intensities: number[];
  voxels: number[];
}

/** A made scan: background, two tissues, a bright one that is common enough, a brighter one that is not. */
const histogram = (stream: Parameters<typeof oneOf>[0]): Histogram => ({
  intensities: [0, 100, 150, 200 + 10 * stream.integer(5), 900],
  voxels: [
    1000,
    600 + 10 * stream.integer(9),
    700 + 10 * stream.integer(9),
    60 + 5 * stream.integer(4),
    10 + stream.integer(30),
  ],
});

const scanOf = ({ intensities, voxels }: Histogram): Int16Array =>
  Int16Array.from(
    intensities.flatMap((value, i) => Array.from({ length: voxels[i] }, () => value)),
  );

/** (value - mean) / deviation over the bins from `first` on. */
function standardised(
  { intensities, voxels }: Histogram,
  { clip, first, root = true }: { clip: number; first: number; root?: boolean },
): number {
  const at = intensities.slice(first).map((value) => Math.min(value, clip));
  const count = voxels.slice(first);
  const n = total(count);
  const mean = total(at.map((value, i) => value * count[i])) / n;
  const variance = total(at.map((value, i) => (value - mean) ** 2 * count[i])) / n;
  return (at[at.length - 1] - mean) / (root ? Math.sqrt(variance) : variance);
}

const both = (of: (scans: readonly string[]) => number): number =>
  total(MODALITY_SUBSETS.map((subset) => of(subset)));

export const dataPreparation = {
  '01.1': exercise({
    asks: 'the intensity k at which the scan is clipped',
    given: histogram,
    solve: (given) => normaliseIntensity(scanOf(given)).clip,
    tolerance: 0.5,
    why: 'the brightest intensity has too few voxels to count, so the one before it is the last',
    hint: 'go through the histogram from the bright end: which is the first intensity with at least 50 voxels?',
    mistakes: [
      {
        answer: ({ intensities }) => Math.max(...intensities),
        hint: 'this is the maximum, which single voxels decide: does it have 50 of them?',
      },
      {
        answer: ({ intensities, voxels }) => intensities[voxels.indexOf(Math.max(...voxels))],
        hint: 'this is the most frequent intensity; *last* means the largest, not the most frequent',
      },
      {
        answer: ({ intensities, voxels }) =>
          total(intensities.map((value, i) => value * voxels[i])) / total(voxels),
        hint: 'this is a mean; k is one of the intensities',
      },
      {
        answer: ({ intensities, voxels }) =>
          intensities[voxels.lastIndexOf(Math.max(...voxels.slice(1)))],
        hint: 'many voxels have it, but a brighter intensity also has at least 50',
      },
    ],
  }),

  '01.2': exercise({
    asks: 'the normalised value of the brightest voxels',
    given: histogram,
    solve: (given) => {
      const scan = scanOf(given);
      return normaliseIntensity(scan).values[scan.length - 1];
    },
    why: 'clipped first, then mean and deviation of the voxels that are not background',
    hint: 'clip at k first; then mean and population standard deviation, both without the background',
    mistakes: [
      {
        answer: (given) => standardised(given, { clip: Infinity, first: 1 }),
        hint: 'these voxels are above k: what happens to them before mean and deviation are computed?',
      },
      {
        answer: (given) => standardised(given, { clip: given.intensities[3], first: 0 }),
        hint: 'the background takes part in mean and deviation here; the formula leaves it out',
      },
      {
        answer: (given) =>
          standardised(given, { clip: given.intensities[3], first: 1, root: false }),
        hint: 'this is divided by the variance; the standard deviation is its square root',
      },
    ],
  }),

  '01.3': exercise({
    asks: 'the voxels of ET, WT and TC, in this order',
    given: (stream) => {
      const [core, oedema, enhancing] = distinct(stream, 3, [40, 55, 70, 90, 120, 150]);
      return { core, oedema, enhancing };
    },
    solve: ({ core, oedema, enhancing }) => {
      const labels = Uint8Array.from([
        ...Array.from({ length: core }, () => 1),
        ...Array.from({ length: oedema }, () => 2),
        ...Array.from({ length: enhancing }, () => 4),
      ]);
      const masks = regionMasks(labels);
      return [0, 1, 2].map((r) =>
        total(Array.from(masks.subarray(r * labels.length, (r + 1) * labels.length))),
      );
    },
    tolerance: 0.5,
    why: 'the regions are nested: a voxel of the enhancing tumour counts in all three',
    hint: 'write down for each of the labels 1, 2 and 4 which regions it belongs to, then add up',
    mistakes: [
      {
        answer: ({ core, oedema, enhancing }) => [enhancing, oedema, core],
        hint: 'these are labels, one for each voxel; regions overlap',
      },
      {
        answer: ({ core, oedema, enhancing }) => [
          enhancing,
          core + enhancing,
          core + oedema + enhancing,
        ],
        hint: 'the numbers are right, their order is not: this kit’s order is ET, WT, TC',
      },
      {
        answer: ({ core, oedema, enhancing }) => [enhancing, core + oedema, core],
        hint: 'is the enhancing tumour part of the whole tumour, and of its core?',
      },
    ],
  }),

  '01.4': exercise({
    asks: 'the probability that both scans are available in a step',
    given: (stream) => ({ scans: stream.shuffle(MODALITIES).slice(0, 2) as string[] }),
    solve: ({ scans }) =>
      both((subset) => {
        const ofSize = MODALITY_SUBSETS.filter(({ length }) => length === subset.length).length;
        const share = 1 / MODALITIES.length / ofSize;
        return scans.every((scan) => subset.includes(scan)) ? share : 0;
      }),
    why: 'each number of scans has the same probability, and within it each subset',
    hint: 'for each number of scans from 1 to 4: in which share of its subsets are both? Then the mean of the four shares',
    mistakes: [
      {
        answer: ({ scans }) =>
          both((subset) => (scans.every((scan) => subset.includes(scan)) ? 1 / 15 : 0)),
        hint: 'here all 15 subsets are equally likely, but the authors draw the *number* of scans first',
      },
      {
        answer: () => 1 / 24,
        hint: 'this is the probability of exactly this pair; both are also available in larger subsets',
      },
      {
        answer: ({ scans: [scan] }) => {
          const one = both((subset) => {
            const ofSize = MODALITY_SUBSETS.filter(({ length }) => length === subset.length).length;
            return subset.includes(scan) ? 1 / 4 / ofSize : 0;
          });
          return one ** 2;
        },
        hint: 'this multiplies the probabilities of the two scans, but they are not independent',
      },
    ],
  }),
};
