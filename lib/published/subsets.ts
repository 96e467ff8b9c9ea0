/** The published BraTS tables by set of scans, in the kit's order: the 15 subsets, and the printed average. */
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

/** Where the table of each protocol is; its name goes on with `-et`, `-wt` or `-tc`. */
const PLACES = {
  'brats2018-challenge': { study: 'brats2018', table: 'subsets' },
  'brats2018-dedicated': { study: 'brats2018', table: 'dedicated' },
  'brats2018-demoseg': { study: 'brats-local-splits', table: 'brats2018-demoseg' },
  'brats2018-prism': { study: 'brats-local-splits', table: 'brats2018-prism' },
  'brats2020-demoseg': { study: 'brats-local-splits', table: 'brats2020-demoseg' },
} as const satisfies Record<string, { study: PublishedName; table: string }>;

/**
 * On which cases, and how trained; numbers of two protocols never stand in one table.
 * `brats2018-challenge`: one model for all 15 subsets, the 66 validation cases scored by the challenge server.
 * `brats2018-dedicated`: the same cases, a model for each single scan (4 subsets).
 * The others: one model for all 15, on a local split of the training cases as the named page reports it.
 */
export type PublishedProtocol = keyof typeof PLACES;

export interface PublishedSubsetOptions {
  /** `brats2018-challenge` unless told. */
  protocol?: PublishedProtocol;
  /** The study to read from, such as a copy with a value more; its file unless given. */
  study?: PublishedStudy;
}

/** The printed numbers of one set of scans. */
export interface PublishedSubsetRow {
  /** Such as `flair+t1ce`, or `average`. */
  key: string;
  /** Such as `FLAIR + T1ce`. */
  title: string;
  /** The scans that are there; null for the average. */
  present: readonly Modality[] | null;
  /** cells[method key]: Dice in percent */
  cells: Record<string, PublishedCell>;
}

/** The key of a set of scans in the data files, such as `flair+t1ce`. */
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
 * The published Dice of a region: a row for each subset in the order of `MODALITY_SUBSETS`, all 15 of them (for
 * `brats2018-dedicated` the first 4). A cell that nobody could confirm has the value null.
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
