/** Dedicated networks beside those of all subsets, scan by scan, and beside the printed numbers. */
import { MODALITIES, MODALITY_NAMES, subsetIndex, type Modality } from '../../base/modality';
import { describeInterval, mean } from '../../base/statistics';
import { counted } from '../../base/words';
import { REGIONS, type Region } from '../../datasets/brats/regions';
import { PROTOCOLS } from '../../datasets/provenance';
import type { DataRef } from '../../experiment/experiment';
import {
  findingsOf,
  findingsTable,
  type ArmComparison,
  type Finding,
} from '../../experiment/findings';
import { runsOf, seedsOf, valuesOf } from '../../experiment/metrics';
import {
  publishedAverage,
  publishedSubsets,
  publishedTable,
  subsetKey,
  type PublishedSubsetRow,
} from '../../published';
import {
  meanCell,
  type Cell,
  type Column,
  type MeanCell,
  type Row,
  type Table,
} from '../../report/tables';
import type { BratsRun, BratsScores } from '../run-record';
import { diceMetric } from '../scores';
import { describeTrainingTime } from '../step-seconds';
import { SINGLE_SCAN_METHODS, singleScanArm, type SingleScanMethod } from './dedicated-arms';

/** What all others are compared with. */
const REFERENCE = 'mckd';

/** Runs of `dedicated`; methods of which there are none are left out. */
export function dedicatedTables(runs: readonly BratsRun[], data: DataRef): Table[] {
  return [scansTable(trainedMethods(runs), runs, data), differencesTable(runs, data)];
}

/** Methods of which there are runs for every scan. */
export function trainedMethods(runs: readonly BratsRun[]): SingleScanMethod[] {
  return SINGLE_SCAN_METHODS.filter((method) =>
    MODALITIES.every((scan) => runsOf(runs, singleScanArm(method, scan)).length > 0),
  );
}

const ofScan = (region: Region, scan: Modality): ReturnType<typeof diceMetric> =>
  diceMetric(region, { subsets: [subsetIndex([scan])] });

/** One row per scan and method. */
function scansTable(
  methods: readonly SingleScanMethod[],
  runs: readonly BratsRun[],
  data: DataRef,
): Table {
  const group = (name: string, prefix: string, digits?: number): Column[] =>
    REGIONS.map((region) => ({ key: `${prefix}${region}`, title: region, group: name, digits }));
  const rows = [...MODALITIES, undefined].flatMap((scan) =>
    methods.map((method): Row => ({
      scan: scan ? MODALITY_NAMES[scan] : 'average',
      method: method.title,
      trained: method.dedicated ? 'that scan' : 'random subsets',
      ...Object.fromEntries(
        REGIONS.flatMap((region): [string, Cell][] => [
          [region, singleScanDice(runs, method, region, scan)],
          [`published ${region}`, printed(method, region, scan)],
        ]),
      ),
    })),
  );
  return {
    name: 'brats-dedicated',
    title: 'Single scans: networks trained for one, and networks of all subsets',
    caption: captionOf(runs, data),
    columns: [
      { key: 'scan', title: 'scan' },
      { key: 'method', title: 'method' },
      { key: 'trained', title: 'trained on' },
      ...group('ours', '', 1),
      ...group('published', 'published '),
    ],
    rows,
  };
}

/** Dice of a scan, or the mean over the four, seed by seed. */
export function singleScanDice(
  runs: readonly BratsRun[],
  method: SingleScanMethod,
  region: Region,
  scan: Modality | undefined,
): MeanCell {
  const byScan = (scan ? [scan] : MODALITIES).map((one) =>
    valuesOf(runs, singleScanArm(method, one), ofScan(region, one)),
  );
  return meanCell(byScan[0].map((_, seed) => mean(byScan.map((values) => values[seed]))));
}

/** The average of a table of 15 subsets is of these, so it is no number of ours. */
function printed(
  { published, dedicated }: SingleScanMethod,
  region: Region,
  scan: Modality | undefined,
): Cell {
  if (published === undefined) return null;
  const protocol = dedicated ? 'brats2018-dedicated' : 'brats2018-challenge';
  if (!scan) return dedicated ? publishedAverage(region, { protocol }).cells[published] : null;
  const row = publishedSubsets(region, { protocol }).find(({ key }) => key === subsetKey([scan]));
  return (row as PublishedSubsetRow).cells[published];
}

function captionOf(
  runs: readonly BratsRun[],
  { description, provenance, protocol }: DataRef,
): string {
  const { protocol: theirs } = publishedTable('brats2018', 'dedicated-et');
  return (
    `Dice in percent from one scan, ${Object.keys(runs[0].test).length} test cases; ${description}; ${counted(seedsOf(runs), 'seed')}; weights after the last step; every training sees as many crops, by its method’s own recipe at this length. ` +
    'The rows of a method that is trained on one scan are a network each; KD-Net’s teacher, half of its training, and ACN’s second network see all four scans, and only in training. ' +
    `KD-Net has no public code: ours is a reading of its description. ${describeTrainingTime(runs)} ` +
    `Published: ${PROTOCOLS[theirs]}, by ShaSpec’s paper; of KD-Net, ACN and ShaSpec on one scan its table of dedicated trainings, of the others that of one network for 15 subsets. ` +
    (provenance === 'real' && protocol === theirs
      ? 'Ours are of the same protocol.'
      : `Ours are of ${PROTOCOLS[protocol]}, so they are not comparable with the published numbers.`)
  );
}

/** Every network minus MCKD's, from the scan that both see: by method, scan and region. None without runs of MCKD. */
export function dedicatedFindings(runs: readonly BratsRun[]): Finding[] {
  const methods = trainedMethods(runs);
  const others = methods.filter(({ key }) => key !== REFERENCE);
  const known = others.length < methods.length ? others : [];
  const comparisons = known.flatMap((method) =>
    MODALITIES.flatMap((scan) =>
      REGIONS.map((region): ArmComparison<BratsScores> => ({
        name: `${method.title}${method.dedicated ? ' for this scan' : ''}, ${MODALITY_NAMES[scan]}, ${region}`,
        arm: singleScanArm(method, scan),
        reference: REFERENCE,
        metric: ofScan(region, scan),
      })),
    ),
  );
  return findingsOf(runs, comparisons);
}

function differencesTable(runs: readonly BratsRun[], data: DataRef): Table {
  return findingsTable(dedicatedFindings(runs), {
    name: 'brats-dedicated-differences',
    title: 'Each network minus MCKD’s, from one scan',
    caption: `Dice in points. ${captionOf(runs, data)} Differences of runs that share a seed, with ${describeInterval(seedsOf(runs))}.`,
  });
}
