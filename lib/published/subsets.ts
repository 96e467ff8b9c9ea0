/** The published BraTS tables by subset of scans, in the kit's order: the 15 subsets, and the printed average. */
import type { Region } from '../datasets/brats';
import { MODALITY_SUBSETS, subsetName, type Modality } from '../base/modality';
import type { PublishedCell } from '../report/tables/types';
import {
  publishedCell,
  publishedTable,
  type PublishedHeading,
  type PublishedName,
  type PublishedStudy,
  type PublishedTable,
} from './study';

/** Where the table of each protocol is, without the suffix `-et`, `-wt` or `-tc`. */
export const PLACES = {
  'brats2018-challenge': { study: 'brats2018', table: 'subsets' },
  'brats2018-dedicated': { study: 'brats2018', table: 'dedicated' },
  'brats2018-demoseg': { study: 'brats-local-splits', table: 'brats2018-demoseg' },
  'brats2018-prism': { study: 'brats-local-splits', table: 'brats2018-prism' },
  'brats2020-demoseg': { study: 'brats-local-splits', table: 'brats2020-demoseg' },
} as const satisfies Record<string, { study: PublishedName; table: string }>;

/**
 * On which cases, and how trained; a table never mixes numbers of two protocols.
 * `brats2018-challenge`: one model for all 15 subsets, the 66 validation cases scored by the challenge server.
 * `brats2018-dedicated`: the same cases, a model for each single scan (4 subsets).
 * The others: one model for all 15, on a local split of the training cases as the named page reports it.
 */
export type PublishedProtocol = keyof typeof PLACES;

export interface PublishedSubsetOptions {
  /** Default: `brats2018-challenge`. */
  protocol?: PublishedProtocol;
  /** The study to read from, such as a copy with an extra value. Default: its file. */
  study?: PublishedStudy;
}

/** The printed numbers of one subset of scans. */
export interface PublishedSubsetRow {
  /** Such as `flair+t1ce`, or `average`. */
  key: string;
  /** Such as `FLAIR + T1ce`. */
  title: string;
  /** The available scans; null for the average. */
  present: readonly Modality[] | null;
  /** cells[method key]: Dice in percent */
  cells: Record<string, PublishedCell>;
}

/** The key of a subset of scans in the data files, such as `flair+t1ce`. */
export function subsetKey(subset: readonly Modality[]): string {
  return subset.join('+');
}

/** The published table of a protocol and a region. */
export function bratsSubsetTable(
  region: Region,
  { protocol = 'brats2018-challenge', study }: PublishedSubsetOptions = {},
): PublishedTable {
  const place = PLACES[protocol];
  return publishedTable(study ?? place.study, `${place.table}-${region.toLowerCase()}`);
}

/** The methods of a protocol, as printed from left to right. */
export function publishedMethods(
  region: Region,
  options: PublishedSubsetOptions = {},
): PublishedHeading[] {
  return bratsSubsetTable(region, options).methods;
}

/**
 * The published Dice of a region: one row per subset in the order of `MODALITY_SUBSETS`, all 15 of them (for
 * `brats2018-dedicated` the first 4). A number that could not be confirmed has the value null.
 * @throws UserError if the file is faulty, or the given study lacks the table
 */
export function publishedSubsets(
  region: Region,
  options: PublishedSubsetOptions = {},
): PublishedSubsetRow[] {
  const table = bratsSubsetTable(region, options);
  const printed = new Set(table.conditions.map(({ key }) => key));
  return MODALITY_SUBSETS.filter((subset) => printed.has(subsetKey(subset))).map((subset) => ({
    key: subsetKey(subset),
    title: subsetName(subset),
    present: subset,
    cells: cellsOf(table, subsetKey(subset)),
  }));
}

/** The printed average over the subsets (which may differ from the mean of the rows; the table's note says where). */
export function publishedAverage(
  region: Region,
  options: PublishedSubsetOptions = {},
): PublishedSubsetRow {
  const key = 'average';
  const table = bratsSubsetTable(region, options);
  return { key, title: 'average', present: null, cells: cellsOf(table, key) };
}

function cellsOf(table: PublishedTable, condition: string): Record<string, PublishedCell> {
  return Object.fromEntries(
    table.methods.map(({ key }) => [key, publishedCell(table, key, condition)]),
  );
}
