/** From finished runs to the Audiovision-MNIST tables: pure functions. */
import { buildConfig, type AvMethod, type AvModality, type Config } from '../config';
import { comparable } from '../datasets/provenance';
import type { DataRef } from '../experiment/experiment';
import { coreSeconds, differenceOf, meanOf, runsOf, type RunMetric } from '../experiment/metrics';
import { publishedCell, publishedTable, type PublishedTable } from '../published';
import { describeInterval, type PairedVerdict } from '../base/statistics';
import {
  differenceTo,
  type Cell,
  type Column,
  type MeanCell,
  type Row,
  type Table,
} from '../report/tables';
import { counted } from '../base/words';
import { accuracy, type Selection } from './accuracy';
import { avArm } from './arms';
import { describeReached, lowerBoundSentence, printedOf } from './printed';
import type { AvRun, AvScores } from './run';

const SELECTION_CAPTION: Record<Selection, string> = {
  bestOnTest:
    'The epoch with the best TEST accuracy of each run, as the published numbers were chosen; such numbers are optimistic',
  chosenOnHeldOut:
    'The epoch with the best accuracy on held-out training pairs of each run; the test pairs were not used',
};

/** Our rows, with the published method of each. */
export const ROWS: readonly { method: AvMethod; title: string; published?: string }[] = [
  { method: 'lowerBound', title: 'lower bound: one modality', published: 'lower-bound' },
  { method: 'upperBound', title: 'upper bound: both, complete', published: 'upper-bound' },
  { method: 'noDistillation', title: 'no distillation (mean filling)' },
  { method: 'equalWeights', title: 'distillation, equal weights' },
  { method: 'mckd', title: 'MCKD', published: 'mckd' },
];

const OTHER_MODALITY: Record<AvModality, string> = { speech: 'images', image: 'speech' };

function accuracyMetric(selection: Selection): RunMetric<AvScores> {
  return { title: 'test accuracy', of: (run) => accuracy(run, selection) };
}

/** The runs of one cell, ordered by seed. */
export function cellRuns(
  runs: readonly AvRun[],
  method: AvMethod,
  scarce: AvModality,
  rate: number,
): AvRun[] {
  return runsOf(runs, avArm({ method, scarce, rate }));
}

function accuracyCell(
  runs: readonly AvRun[],
  method: AvMethod,
  scarce: AvModality,
  rate: number,
  selection: Selection,
): MeanCell {
  return meanOf(runs, avArm({ method, scarce, rate }), accuracyMetric(selection));
}

/** Common parts of the tables of one experiment. */
export interface AvResults {
  config: Config;
  runs: readonly AvRun[];
  data: DataRef;
}

export const percent = (rate: number): string => `${Math.round(rate * 100)} %`;

/** What every table of these runs says, with what is its own. */
export function caption(
  { config, runs, data }: AvResults,
  scarce: AvModality,
  more: string,
): string {
  const { seeds, epochs } = config.avMnist;
  const protocol = buildConfig('paper').avMnist;
  const minutes = coreSeconds(runs) / 60;
  const source = data.provenance === 'synthetic' ? 'SYNTHETIC SPEECH' : 'Real recordings';
  const comparison =
    data.provenance === 'synthetic'
      ? ' Synthetic speech is not comparable with the published numbers, so no difference is shown.'
      : '';
  const short =
    seeds < protocol.seeds || epochs < protocol.epochs
      ? ` A short run: the protocol has ${counted(protocol.seeds, 'seed')} and ${protocol.epochs} epochs.`
      : '';
  return (
    `Test accuracy in %, tested on ${OTHER_MODALITY[scarce]} alone (the upper bound on both); columns: the share of training pairs ` +
    `that keep ${scarce === 'speech' ? 'their speech' : 'their image'}. ${more}. ${source}: ${data.description}.${comparison} ` +
    `Preset ${config.preset}: ${counted(seeds, 'seed')}, ${epochs} epochs, ${minutes.toFixed(1)} core-minutes of training for all rows of both cases.${short}`
  );
}

/** published | ours | difference for each rate, every published method included. */
export function comparisonTable(results: AvResults, scarce: AvModality): Table {
  const published = publishedTable('av-mnist', `${scarce}-scarce`);
  const { rates } = results.config.avMnist;
  const alike = comparable(results.data.protocol, published.protocol);
  const columns: Column[] = [{ key: 'method', title: 'method' }];
  for (const rate of rates) {
    const group = percent(rate);
    columns.push(
      { key: `published-${rate}`, title: 'published', group },
      { key: `ours-${rate}`, title: 'ours', group, best: 'highest' },
      { key: `difference-${rate}`, title: 'difference', group },
    );
  }
  const theirs = published.methods
    .filter(({ key }) => !ROWS.some((row) => row.published === key))
    .map(({ key, title }) => publishedRow(title, published, key, rates));
  const ours = ROWS.map((row) => {
    const cells: Row = { method: row.title };
    for (const rate of rates) {
      const cell = accuracyCell(results.runs, row.method, scarce, rate, 'bestOnTest');
      cells[`ours-${rate}`] = cell;
      if (row.published === undefined) continue;
      const printed = publishedCell(published, row.published, String(rate));
      cells[`published-${rate}`] = printed;
      cells[`difference-${rate}`] = alike ? differenceTo(cell, printed) : null;
    }
    return cells;
  });
  return {
    name: `av-mnist-${scarce}-scarce`,
    title: published.title,
    caption: [
      caption(
        results,
        scarce,
        `${SELECTION_CAPTION.bestOnTest}; mean ± standard deviation over seeds`,
      ),
      ...printedSentences(results, scarce),
    ].join(' '),
    columns,
    rows: [...ours.slice(0, 2), ...theirs, ...ours.slice(2)],
    notCompared: [0, 1],
  };
}

/** Nothing for data that are not comparable with printed numbers. */
function printedSentences({ config, runs, data }: AvResults, scarce: AvModality): string[] {
  const { protocol } = publishedTable('av-mnist', `${scarce}-scarce`);
  if (!comparable(data.protocol, protocol)) return [];
  const { rates } = config.avMnist;
  const reached = rates.flatMap((rate) => {
    const printed = printedOf('mckd', { scarce, rate });
    if (printed === undefined) return [];
    const rows = ROWS.filter(({ method }) => !method.endsWith('Bound'));
    const own = rows.map(({ method, title }) => ({
      title,
      runs: cellRuns(runs, method, scarce, rate),
    }));
    return `At ${percent(rate)}: ${describeReached(own, printed)}`;
  });
  return [lowerBoundSentence(runs, scarce, rates[0]) ?? [], ...reached].flat();
}

function publishedRow(
  title: string,
  published: PublishedTable,
  key: string,
  rates: readonly number[],
): Row {
  const cells: [string, Cell][] = rates.map((rate) => [
    `published-${rate}`,
    publishedCell(published, key, String(rate)),
  ]);
  return { method: title, ...Object.fromEntries(cells) };
}

/** Ours only, with the epoch chosen without the test pairs. */
export function heldOutTable(results: AvResults, scarce: AvModality): Table {
  const { rates } = results.config.avMnist;
  return {
    name: `av-mnist-${scarce}-scarce-held-out`,
    title: `Audiovision-MNIST, ${scarce} scarce, epoch chosen on held-out pairs`,
    caption: caption(results, scarce, SELECTION_CAPTION.chosenOnHeldOut),
    columns: [
      { key: 'method', title: 'method' },
      ...rates.map((rate): Column => ({
        key: String(rate),
        title: percent(rate),
        best: 'highest',
      })),
    ],
    rows: ROWS.map(({ method, title }) => ({
      method: title,
      ...Object.fromEntries(
        rates.map((rate) => [
          String(rate),
          accuracyCell(results.runs, method, scarce, rate, 'chosenOnHeldOut'),
        ]),
      ),
    })),
    notCompared: [0, 1],
  };
}

/** The rivals that MCKD is compared with, seed by seed. */
export const RIVALS = [
  { method: 'noDistillation', title: 'MCKD minus no distillation' },
  { method: 'equalWeights', title: 'MCKD minus equal weights' },
] as const;

/** Mean paired difference by seed with its 95 % interval, both ways of choosing the epoch. */
export function pairedTable(results: AvResults, scarce: AvModality): Table {
  const { rates } = results.config.avMnist;
  const rows = RIVALS.flatMap(({ method, title }) =>
    (['bestOnTest', 'chosenOnHeldOut'] as const).map((selection): Row => {
      const cells = rates.map((rate) => [
        String(rate),
        mckdMinus(results.runs, method, scarce, rate, selection),
      ]);
      const epoch = selection === 'bestOnTest' ? 'best on test' : 'chosen on held-out';
      return { comparison: title, epoch, ...(Object.fromEntries(cells) as Row) };
    }),
  );
  return {
    name: `av-mnist-${scarce}-scarce-paired`,
    title: `Audiovision-MNIST, ${scarce} scarce: effect of the weights and the distillation`,
    caption: caption(
      results,
      scarce,
      `Mean difference in points between runs that share a seed (so split, initial weights and batches) with ${describeInterval(results.config.avMnist.seeds)}`,
    ),
    columns: [
      { key: 'comparison', title: 'comparison' },
      { key: 'epoch', title: 'epoch' },
      ...rates.map((rate): Column => ({ key: String(rate), title: percent(rate) })),
    ],
    rows,
  };
}

/** Mean over seeds of MCKD's accuracy minus the rival's, in points. */
export function mckdMinus(
  runs: readonly AvRun[],
  rival: AvMethod,
  scarce: AvModality,
  rate: number,
  selection: Selection,
): PairedVerdict {
  const [own, other] = (['mckd', rival] as const).map((method) => avArm({ method, scarce, rate }));
  return differenceOf(runs, own, other, accuracyMetric(selection));
}

/** Test confusion counts [true][predicted] of a cell, summed over seeds, at the epochs chosen on held-out pairs. */
export function cellConfusion(
  runs: readonly AvRun[],
  method: AvMethod,
  scarce: AvModality,
  rate: number,
): number[][] {
  const cell = cellRuns(runs, method, scarce, rate);
  return Array.from({ length: 10 }, (_, truth) =>
    Array.from({ length: 10 }, (_, predicted) =>
      cell.reduce((sum, run) => sum + run.confusion[truth][predicted], 0),
    ),
  );
}
