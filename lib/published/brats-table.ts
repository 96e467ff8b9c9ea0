/** Published Dice by subset of scans as a table, alone or beside ours. */
import type { Region } from '../datasets/brats';
import { comparable, PROTOCOLS, type Protocol } from '../datasets/provenance';
import { UserError } from '../base/errors';
import { MODALITY_SUBSETS } from '../base/modality';
import { differenceTo } from '../report/tables/format';
import type { Column, MeanCell, Row, Table } from '../report/tables/types';
import type { PublishedHeading } from './study';
import {
  bratsSubsetTable,
  publishedAverage,
  publishedSubsets,
  type PublishedSubsetOptions,
  type PublishedSubsetRow,
} from './subsets';

/** Our Dice of one region, to stand beside the published ones. */
export interface OurDice {
  /** Heading of the column. Default: `MCKD`. */
  title?: string;
  /** Dice in percent over seeds, in the order of `MODALITY_SUBSETS`; null where there is none. */
  subsets: readonly (MeanCell | null)[];
  /** Dice in percent of the average over the subsets. */
  average?: MeanCell;
  /** The protocol of ours; a difference is shown only to published numbers of the same protocol. */
  protocol: Protocol;
  /** Data, preset, seeds and minutes, in whole sentences; goes to the caption. */
  caption: string;
  /** Key of the published method that ours is compared with. Default: `mckd`. */
  against?: string;
}

export interface PublishedBratsOptions extends PublishedSubsetOptions {
  region: Region;
  ours?: OurDice;
}

/**
 * One row per subset and one for the printed average, one column per published method; the best published
 * number of each row is bold. With `ours`, two more columns: ours, and ours minus the published method that it is
 * compared with. The difference is empty if the protocols differ or the published number isn't verified.
 * @throws UserError if `ours.against` is no method of the protocol
 * @throws RangeError if `ours.subsets` isn't one per subset
 */
export function publishedBratsTable(options: PublishedBratsOptions): Table {
  const { region, protocol = 'brats2018-challenge', ours } = options;
  const published = bratsSubsetTable(region, options);
  const printed = [...publishedSubsets(region, options), publishedAverage(region, options)];
  const against = ours && methodAgainst(published.methods, ours);
  const alike = ours !== undefined && comparable(ours.protocol, published.protocol);
  if (ours && ours.subsets.length !== MODALITY_SUBSETS.length) {
    throw new RangeError(`ours has ${ours.subsets.length} subsets of ${MODALITY_SUBSETS.length}`);
  }
  const theirs = published.methods.map(({ key, title }): Column => ({
    key: methodColumn(key),
    title,
    group: 'published',
  }));
  const own: Column[] = ours ? [{ key: 'ours', title: ours.title ?? 'MCKD', group: 'ours' }] : [];
  const difference: Column[] = against
    ? [{ key: 'difference', title: `ours − ${against.title}`, group: 'difference' }]
    : [];
  const rows = printed.map((row): Row => {
    const cells: Row = { subset: row.title };
    for (const [method, cell] of Object.entries(row.cells)) cells[methodColumn(method)] = cell;
    if (!ours) return cells;
    const cell = ourCell(ours, row);
    cells.ours = cell;
    if (against)
      cells.difference = cell && alike ? differenceTo(cell, row.cells[against.key]) : null;
    return cells;
  });
  return {
    name: `${ours ? 'ours-and-' : ''}published-${protocol}-${region.toLowerCase()}`,
    title: published.title,
    caption: [
      `${published.unit}; bold: the best published number of the row. Published: ${published.note}`,
      ...(ours ? [`Ours: ${ours.caption}`] : []),
      ...(ours && !alike ? [noComparison(ours.protocol, published.protocol)] : []),
    ].join(' '),
    columns: [{ key: 'subset', title: 'available modalities' }, ...theirs, ...own, ...difference],
    rows,
    bestInRow: [{ columns: theirs.map(({ key }) => key), best: 'highest' }],
  };
}

function noComparison(ours: Protocol, published: Protocol): string {
  return `Ours are of ${PROTOCOLS[ours]}; published: ${PROTOCOLS[published]}. That is not comparable, so no difference is shown.`;
}

/** Prefixed, since a method's key may be any word, also `ours`. */
function methodColumn(method: string): string {
  return `published ${method}`;
}

function ourCell(ours: OurDice, { key, present }: PublishedSubsetRow): MeanCell | null {
  if (present === null) return key === 'average' ? (ours.average ?? null) : null;
  return ours.subsets[MODALITY_SUBSETS.indexOf(present)];
}

/** The published method to compare ours with; undefined if none is named and MCKD isn't in the table. */
function methodAgainst(
  methods: readonly PublishedHeading[],
  { against }: OurDice,
): PublishedHeading | undefined {
  const found = methods.find(({ key }) => key === (against ?? 'mckd'));
  if (found || against === undefined) return found;
  throw new UserError(
    `against is "${against}", which the published table does not have; choose one of ${methods.map(({ key }) => key).join(', ')}`,
    { code: 'BAD_VALUE', field: 'against', value: against },
  );
}
