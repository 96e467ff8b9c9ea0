/** The tables of the segmentation. */
export {
  dataSetTable as dataSet,
  normalisationTable as normalisation,
  regionTable as regions,
  subsetDrawTable as subsetDraws,
} from '../brats/data-tables';
export { ablationFindings, ablationTable as ablations } from '../brats/experiments/ablation-table';
export { comparisonFindings } from '../brats/experiments/conclusions';
export { subsetTable as subsets } from '../brats/experiments/subset-table';
export {
  featureTable as features,
  importanceTable as importance,
  missingScanTable as missingScans,
  type FeatureFacts,
} from '../brats/run-tables';
export {
  stepKindsTable as stepKinds,
  stepProfilesTable as stepProfiles,
} from '../brats/step-tables';
export { publishedBratsTable as published, type OurDice } from '../published/brats-table';
