/** Printed results as data, and as tables. */
export {
  loadPublished,
  parsePublished,
  publishedCell,
  publishedTable,
  type PublishedHeading,
  type PublishedName,
  type PublishedStudy,
  type PublishedTable,
} from './study';
export {
  PLACES,
  publishedAverage,
  publishedMethods,
  publishedSubsets,
  subsetKey,
  type PublishedProtocol,
  type PublishedSubsetOptions,
  type PublishedSubsetRow,
} from './subsets';
export { publishedBratsTable, type OurDice, type PublishedBratsOptions } from './brats-table';
export { tableOfPublished, type PlainTableOptions } from './plain-table';
