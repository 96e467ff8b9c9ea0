/** An evaluation as a table: one row per case, then mean, standard deviation and median. */
import { REGIONS, type Region } from '../datasets/brats/regions';
import type { Cell, Column, Row, Table } from '../report/tables/types';
import { CONVENTIONS, HD95_RULES } from './conventions';
import type { Evaluation } from './evaluate';
import { METRICS, type EvaluatedMetric } from './regions';
import type { Summary } from './summary';

const TITLES: Record<EvaluatedMetric, string> = {
  dice: 'Dice',
  hd95: 'HD95 (mm)',
  sensitivity: 'sensitivity',
  specificity: 'specificity',
  calibration: 'ECE',
};

const NONE: Summary = { mean: NaN, sd: null, median: NaN, n: 0, leftOut: 0 };

/** Rows after the cases. */
const SUMMARY_ROWS: Record<string, (summary: Summary) => Cell> = {
  mean: ({ mean }) => numberCell(mean),
  std: ({ sd }) => sd,
  median: ({ median }) => numberCell(median),
};

/**
 * The table of an evaluation; its caption states the conventions.
 * @param conventionColumns adds them to each row, for formats without a caption
 */
export function evaluationTable(
  evaluation: Evaluation,
  { conventionColumns = false }: { conventionColumns?: boolean } = {},
): Table {
  const { cases, summary, subsets, convention, hd95 } = evaluation;
  const count = new Set(cases.map(({ name }) => name)).size;
  const calibrated = summary.WT.calibration !== undefined;
  const metrics = [...METRICS, ...(calibrated ? (['calibration'] as const) : [])];
  const pairs = REGIONS.flatMap((region) =>
    metrics.map((metric): [Region, EvaluatedMetric] => [region, metric]),
  );
  const rowOf = (name: string, cell: (region: Region, metric: EvaluatedMetric) => Cell): Row => ({
    case: name,
    ...Object.fromEntries(
      pairs.map(([region, metric]) => [key(region, metric), cell(region, metric)]),
    ),
    convention,
    hd95,
  });
  const columns: Column[] = [
    { key: 'case', title: subsets ? 'available modalities' : 'case' },
    ...pairs.map(([region, metric]): Column => ({
      key: key(region, metric),
      title: TITLES[metric],
      group: region,
      digits: metric === 'hd95' ? 2 : 4,
    })),
  ];
  if (conventionColumns) {
    columns.push(
      { key: 'convention', title: 'empty regions' },
      { key: 'hd95', title: 'HD95 rule' },
    );
  }
  const leftOut = (region: Region, metric: EvaluatedMetric): number =>
    summary[region][metric]?.leftOut ?? 0;
  // Fifteen rows per case say little: one row per subset, the mean over its cases.
  const ofSubsets = subsets?.map(({ subset, summary: own }) =>
    rowOf(subset, (region, metric) => numberCell(own[region][metric]?.mean)),
  );
  const rows = [
    ...(ofSubsets ??
      cases.map(({ name, scores }) =>
        rowOf(name, (region, metric) => numberCell(scores[region][metric])),
      )),
    ...Object.entries(SUMMARY_ROWS).map(([name, cell]) =>
      rowOf(name, (region, metric) => cell(summary[region][metric] ?? NONE)),
    ),
  ];
  if (pairs.some(([region, metric]) => leftOut(region, metric) > 0)) {
    rows.push(rowOf('left out (NaN)', (region, metric) => String(leftOut(region, metric))));
  }
  return {
    name: 'evaluation',
    title: 'Segmentation against ground truth',
    caption:
      `${count} ${count === 1 ? 'case' : 'cases'}${subsets ? `, ${subsets.length} subsets of scans, each row the mean over its cases` : ''}; Dice, sensitivity and specificity from 0 to 1, ` +
      'over the whole volume; HD95 in mm by the voxel sizes of the ground truth. ' +
      `Empty regions, ${CONVENTIONS[convention]}. HD95, ${HD95_RULES[hd95]}. ` +
      (calibrated
        ? 'ECE is the expected calibration error of the probabilities, 0 to 1, in 15 bins over the whole volume. '
        : '') +
      `std is the sample standard deviation over ${subsets ? 'all predictions' : 'cases'} (n − 1).`,
    columns,
    rows,
  };
}

function key(region: Region, metric: EvaluatedMetric): string {
  return `${region} ${metric}`;
}

/** NaN is a result here, and shown as such. */
function numberCell(value = NaN): Cell {
  return Number.isNaN(value) ? 'NaN' : value;
}
