/** Tables of many methods over the 15 subsets: Dice and HD95 of each region, ranks, differences to MCKD, calibration. */
import { MODALITY_SUBSETS, subsetName } from '../../base/modality';
import { describeInterval, mean } from '../../base/statistics';
import { counted } from '../../base/words';
import { REGIONS, type Region } from '../../datasets/brats/regions';
import { PROTOCOLS } from '../../datasets/provenance';
import type { DataRef } from '../../experiment/experiment';
import { findingsOf, findingsTable, type ArmComparison } from '../../experiment/findings';
import { meanOf, meanTrainingSeconds, runsOf, seedsOf } from '../../experiment/metrics';
import type { Cell, Column, Row, Table } from '../../report/tables';
import type { BratsRun, BratsScores } from '../run-record';
import { calibrationMetric, diceMetric, hd95Metric } from '../scores';
import type { BratsArm } from './arms';

/** What all others are compared with. */
const REFERENCE = 'mckd';

const ALL = [...MODALITY_SUBSETS.keys()];

/** @param arms those of which there are no runs are left out */
export function rivalTables(
  arms: readonly BratsArm[],
  runs: readonly BratsRun[],
  data: DataRef,
): Table[] {
  const known = arms.filter(({ key }) => runsOf(runs, key).length > 0);
  return [
    summaryTable(known, runs, data),
    ...REGIONS.map((region) => diceTable(region, known, runs, data)),
    ...REGIONS.map((region) => hd95Table(region, known, runs, data)),
    calibrationTable(known, runs, data),
    differencesTable(known, runs, data),
  ];
}

/** What every caption says of the numbers. */
function captionOf(
  runs: readonly BratsRun[],
  { description, provenance, protocol }: DataRef,
): string {
  const count = Object.keys(runs[0].test).length;
  return (
    `${count} test cases; ${description}; up to ${counted(seedsOf(runs), 'seed')}; every method sees as many crops, by its own recipe at this length. ` +
    (provenance === 'real'
      ? `These are of ${PROTOCOLS[protocol]}; published numbers of another protocol are not comparable.`
      : 'Synthetic cases and short trainings of narrow networks: not comparable with published numbers.')
  );
}

/** Whether all runs of an arm have a score that older runs lack. */
function have(runs: readonly BratsRun[], arm: string, score: 'hd95' | 'calibration'): boolean {
  return runsOf(runs, arm).every((run) => run[score]);
}

function hd95Of(
  runs: readonly BratsRun[],
  arm: string,
  region: Region,
  subsets: readonly number[],
): Cell {
  return have(runs, arm, 'hd95') ? meanOf(runs, arm, hd95Metric(region, { subsets })) : null;
}

/** Dice and ranks of a region. */
function diceTable(
  region: Region,
  arms: readonly BratsArm[],
  runs: readonly BratsRun[],
  data: DataRef,
): Table {
  const ranks = meanRanks(arms, runs, region);
  const rankRow = Object.fromEntries(arms.map(({ key }, i): [string, Cell] => [key, ranks[i]]));
  const table = subsetsTable(arms, (key, subsets) =>
    meanOf(runs, key, diceMetric(region, { subsets })),
  );
  return {
    ...table,
    name: `rivals-${region.toLowerCase()}`,
    title: `${region}: Dice (%) of all methods over the 15 subsets of scans`,
    caption: `${captionOf(runs, data)} Mean rank: 1 is the method with the highest Dice of a subset; ties share their ranks’ mean.`,
    rows: [...table.rows, { subset: 'mean rank by Dice', ...rankRow }],
    bestInRow: [{ columns: arms.map(({ key }) => key), best: 'highest' }],
    notCompared: [MODALITY_SUBSETS.length + 1],
  };
}

function hd95Table(
  region: Region,
  arms: readonly BratsArm[],
  runs: readonly BratsRun[],
  data: DataRef,
): Table {
  return {
    ...subsetsTable(arms, (key, subsets) => hd95Of(runs, key, region, subsets)),
    name: `rivals-hd95-${region.toLowerCase()}`,
    title: `${region}: HD95 (mm) of all methods over the 15 subsets of scans`,
    caption: `${captionOf(runs, data)} HD95 by BraTS’ convention for empty regions.`,
    bestInRow: [{ columns: arms.map(({ key }) => key), best: 'lowest' }],
  };
}

/** A row per subset and one of their average, a column per arm. */
function subsetsTable(
  arms: readonly BratsArm[],
  cellOf: (arm: string, subsets: readonly number[]) => Cell,
): Pick<Table, 'columns' | 'rows'> {
  const rowOf = (subset: string, subsets: readonly number[]): Row => ({
    subset,
    ...Object.fromEntries(arms.map(({ key }): [string, Cell] => [key, cellOf(key, subsets)])),
  });
  return {
    columns: [
      { key: 'subset', title: 'available modalities' },
      ...arms.map(({ key, title }): Column => ({ key, title, digits: 1 })),
    ],
    rows: [
      ...MODALITY_SUBSETS.map((subset, s) => rowOf(subsetName(subset), [s])),
      rowOf('average', ALL),
    ],
  };
}

/** Of each arm, the mean over the subsets of its rank by Dice. */
function meanRanks(arms: readonly BratsArm[], runs: readonly BratsRun[], region: Region): number[] {
  const bySubset = ALL.map((s) =>
    ranksOf(arms.map(({ key }) => meanOf(runs, key, diceMetric(region, { subsets: [s] })).mean)),
  );
  return arms.map((_, i) => mean(bySubset.map((ranks) => ranks[i])));
}

/** 1 for the highest; equal values share the mean of their ranks. */
export function ranksOf(values: readonly number[]): number[] {
  return values.map((value) => {
    const above = values.filter((other) => other > value).length;
    const equal = values.filter((other) => other === value).length;
    return above + (equal + 1) / 2;
  });
}

function summaryTable(arms: readonly BratsArm[], runs: readonly BratsRun[], data: DataRef): Table {
  const rows = arms.map(({ key, title }): Row => {
    const seconds = meanTrainingSeconds(runsOf(runs, key));
    const [{ network }] = runsOf(runs, key);
    return {
      method: title,
      seeds: runsOf(runs, key).length,
      ...Object.fromEntries(
        REGIONS.flatMap((region): [string, Cell][] => [
          [region, meanOf(runs, key, diceMetric(region))],
          [`hd95 ${region}`, hd95Of(runs, key, region, ALL)],
        ]),
      ),
      calibration: have(runs, key, 'calibration') ? meanOf(runs, key, calibrationMetric()) : null,
      minutes: seconds === undefined ? null : seconds / 60,
      memory: highestPeak(runsOf(runs, key)),
      parameters: network ? network.parameters / 1e6 : null,
      products: network ? network.multiplyAdds / 1e9 : null,
    };
  });
  const best = 'highest' as const;
  return {
    name: 'rivals',
    title: 'All methods, mean over the 15 subsets',
    caption: `${captionOf(runs, data)} Training time is wall time beside other trainings. Memory: the highest of a process in training and scoring, with what earlier trainings left in it; older runs have none. Multiply-adds: of convolutions and matrix products, for segmenting one crop from four scans.`,
    columns: [
      { key: 'method', title: 'method' },
      { key: 'seeds', title: 'seeds', digits: 0 },
      ...REGIONS.map((region): Column => ({
        key: region,
        title: region,
        group: 'Dice, %',
        digits: 1,
        best,
      })),
      ...REGIONS.map((region): Column => ({
        key: `hd95 ${region}`,
        title: region,
        group: 'HD95, mm',
        digits: 1,
        best: 'lowest',
      })),
      { key: 'calibration', title: 'calibration error, %', digits: 2, best: 'lowest' },
      { key: 'minutes', title: 'minutes of training', digits: 1, machine: true },
      { key: 'memory', title: 'memory, MiB', digits: 0, machine: true },
      { key: 'parameters', title: 'parameters, 10⁶', digits: 2 },
      { key: 'products', title: 'multiply-adds of a crop, 10⁹', digits: 2 },
    ],
    rows,
  };
}

function highestPeak(runs: readonly BratsRun[]): Cell {
  const peaks = runs.flatMap(({ peakMiB }) => peakMiB ?? []);
  return peaks.length === 0 ? null : Math.max(...peaks);
}

function calibrationTable(
  arms: readonly BratsArm[],
  runs: readonly BratsRun[],
  data: DataRef,
): Table {
  const known = arms.filter(({ key }) => have(runs, key, 'calibration'));
  const rowOf = (subset: string, subsets: readonly number[]): Row =>
    Object.fromEntries([
      ['subset', subset],
      ...known.map(({ key }) => [key, meanOf(runs, key, calibrationMetric({ subsets }))]),
    ]) as Row;
  return {
    name: 'rivals-calibration',
    title: 'Calibration error by subset',
    caption: `Expected calibration error in percent, 15 bins, over all voxels of a case, mean over ET, WT, TC. ${captionOf(runs, data)}`,
    columns: [
      { key: 'subset', title: 'available modalities' },
      ...known.map(({ key, title }): Column => ({ key, title, digits: 2 })),
    ],
    rows: [
      ...MODALITY_SUBSETS.map((subset, s) => rowOf(subsetName(subset), [s])),
      rowOf('average', ALL),
    ],
    bestInRow: [{ columns: known.map(({ key }) => key), best: 'lowest' }],
  };
}

/** Every method minus MCKD; absent if there is no run of MCKD. */
function differencesTable(
  arms: readonly BratsArm[],
  runs: readonly BratsRun[],
  data: DataRef,
): Table {
  const comparisons = arms
    .filter(({ key }) => key !== REFERENCE && arms.some((one) => one.key === REFERENCE))
    .flatMap(({ key, title }) =>
      REGIONS.map((region): ArmComparison<BratsScores> => ({
        name: `${title}, ${region}`,
        arm: key,
        reference: REFERENCE,
        metric: diceMetric(region),
      })),
    );
  return findingsTable(findingsOf(runs, comparisons), {
    name: 'rivals-differences',
    title: 'Each method minus MCKD: Dice, mean over the 15 subsets',
    caption: `Dice in points. ${captionOf(runs, data)} Differences of runs that share a seed, with ${describeInterval(seedsOf(runs))}.`,
  });
}
