/** The four scans of a BraTS case, in the order of the authors' code, and their 15 non-empty subsets. */
import type { RandomStream } from './random';

/** Order of the network's channels, of the importance weights and of the printed tables. */
export const MODALITIES = ['flair', 't1', 't1ce', 't2'] as const;
export type Modality = (typeof MODALITIES)[number];

/** As the papers print them. */
export const MODALITY_NAMES: Readonly<Record<Modality, string>> = {
  flair: 'FLAIR',
  t1: 'T1',
  t1ce: 'T1ce',
  t2: 'T2',
};

/** The 15 non-empty subsets in printed order: by size, then by the order of the modalities. */
export const MODALITY_SUBSETS: readonly (readonly Modality[])[] = [1, 2, 3, 4].flatMap((size) =>
  subsets(MODALITIES, size),
);

function subsets<T>(items: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, i) =>
    subsets(items.slice(i + 1), size - 1).map((rest) => [item, ...rest]),
  );
}

/** A subset as printed tables name it: `FLAIR + T1ce`. */
export function subsetName(
  subset: readonly Modality[],
  names: Readonly<Record<Modality, string>> = MODALITY_NAMES,
): string {
  return subset.map((modality) => names[modality]).join(' + ');
}

/** The index of a subset in `MODALITY_SUBSETS`; its scans may be given in any order. */
export function subsetIndex(subset: readonly Modality[]): number {
  return MODALITY_SUBSETS.findIndex(
    (one) => one.length === subset.length && one.every((modality) => subset.includes(modality)),
  );
}

/** The index of the subset of all four scans in `MODALITY_SUBSETS`. */
export const ALL_SCANS = MODALITY_SUBSETS.length - 1;

/** The index of the subset that lacks this scan alone. */
export function subsetWithout(absent: Modality): number {
  return subsetIndex(MODALITIES.filter((modality) => modality !== absent));
}

/** Which modalities are available, as the method's functions take it: [4], in the order of `MODALITIES`. */
export function availabilityOf(present: readonly Modality[]): boolean[] {
  return MODALITIES.map((modality) => present.includes(modality));
}

/**
 * A random subset as the authors draw it: its size n uniform in 1..4, then one of the subsets of that
 * size. So sizes are equally likely, and the 15 subsets are not.
 * @param most the largest size
 */
export function drawModalities(
  stream: RandomStream,
  most: number = MODALITIES.length,
): readonly Modality[] {
  const size = 1 + stream.integer(most);
  const choices = MODALITY_SUBSETS.filter((subset) => subset.length === size);
  return choices[stream.integer(choices.length)];
}
