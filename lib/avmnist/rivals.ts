/** The tables of all rows: printed numbers, ours, and the difference; and on samples without a partner. */
import { comparable } from '../datasets/provenance';
import { meanIfAny, pairedRuns, runsOf, twoWayOf } from '../experiment/metrics';
import type { AvMethod, AvModality } from '../config';
import { counted } from '../base/words';
import { describeVerdicts, type TwoWay } from '../base/statistics';
import { publishedCell, publishedTable } from '../published';
import { differenceTo, type Cell, type Column, type Row, type Table } from '../report/tables';
import {
  aloneCells,
  aloneColumns,
  aloneDescription,
  describePower,
  describeTwoWay,
} from './alone-tables';
import { avArm, RIVAL_ROWS, rivalArms, type AvRow } from './arms';
import { accuracy, type Selection } from './accuracy';
import { sampleMetric, type SampleSet } from './measures';
import { lowerBoundSentence } from './printed';
import { percent, type AvResults } from './results';
import { methodTitle } from './titles';

/** Printed rows of methods. */
const PRINTED: Partial<Record<AvMethod, string>> = {
  lowerBound: 'lower-bound',
  upperBound: 'upper-bound',
  autoEncoder: 'auto-encoder',
  gan: 'gan',
  full2miss: 'full2miss',
  smil: 'smil',
  shaspec: 'shaspec',
  mckd: 'mckd',
};

const EPOCHS: Record<Selection, string> = {
  bestOnTest: 'the best epoch on the TEST pairs, as the printed numbers were chosen (optimistic)',
  chosenOnHeldOut: 'the best epoch on held-out training pairs',
};

function title({ method, pretrain }: AvRow, scarce: AvModality): string {
  return `${methodTitle(method, scarce)}${pretrain === 'each' ? ', encoders trained alone first' : ''}`;
}

/** published | ours | difference for each rate. */
export function rivalTable(
  { config, runs, data }: AvResults,
  scarce: AvModality,
  selection: Selection,
): Table {
  const published = publishedTable('av-mnist', `${scarce}-scarce`);
  const { rates } = config.avMnist;
  // Printed numbers were chosen on the test pairs.
  const alike = comparable(data.protocol, published.protocol) && selection === 'bestOnTest';
  const bound = alike ? lowerBoundSentence(runs, scarce, rates[0]) : undefined;
  const columns: Column[] = [{ key: 'method', title: 'method' }];
  for (const rate of rates) {
    const group = percent(rate);
    columns.push({ key: `ours-${rate}`, title: 'ours', group, best: 'highest' });
    if (selection === 'chosenOnHeldOut') continue;
    columns.push(
      { key: `published-${rate}`, title: 'published', group },
      { key: `difference-${rate}`, title: 'difference', group },
    );
  }
  const metric = {
    title: 'test accuracy',
    of: (run: (typeof runs)[number]) => accuracy(run, selection),
  };
  const rows = RIVAL_ROWS.map((row) => {
    const cells: Row = { method: title(row, scarce) };
    const printed = PRINTED[row.method];
    for (const rate of rates) {
      const own = meanIfAny(runs, avArm({ ...row, scarce, rate }), metric);
      cells[`ours-${rate}`] = own;
      if (printed === undefined || selection === 'chosenOnHeldOut') continue;
      const cell = publishedCell(published, printed, String(rate));
      cells[`published-${rate}`] = cell;
      cells[`difference-${rate}`] = alike && own !== null ? differenceTo(own, cell) : null;
    }
    return cells;
  });
  return {
    name: `av-mnist-${scarce}-scarce-rivals${selection === 'bestOnTest' ? '' : '-held-out'}`,
    title: `${published.title}: every row${selection === 'bestOnTest' ? '' : ', epoch chosen on held-out pairs'}`,
    caption:
      `Test accuracy in %, ${EPOCHS[selection]} of each run; columns: the share of training pairs that keep ${scarce === 'speech' ? 'their speech' : 'their image'}. ` +
      [whatRowsAre({ config, runs, data }, scarce), bound ?? []].flat().join(' '),
    columns,
    rows,
    notCompared: [0, 1, 2],
  };
}

function whatRowsAre({ config, runs, data }: AvResults, scarce: AvModality): string {
  const { epochs } = config.avMnist;
  const source = data.provenance === 'synthetic' ? 'SYNTHETIC SPEECH' : 'Real recordings';
  return (
    'Our reading: for this task nothing of the method is published but its idea or its name. ' +
    (scarce === 'speech'
      ? 'SMIL is what its code does, with each stage chosen on held-out pairs'
      : 'SMIL is its code with the two modalities exchanged, in first order') +
    `${config.preset === 'quick' ? ', at the highest rate alone' : ''}. ` +
    `${source}: ${data.description}. Preset ${config.preset}: ${seedsSaid({ config, runs }, scarce)}, ${epochs} epochs; methods with schedules of their own are shortened in proportion below 60.`
  );
}

/** The number of seeds, or, while runs are missing, that of each number of seeds the arms. */
function seedsSaid(
  { config, runs }: Pick<AvResults, 'config' | 'runs'>,
  scarce: AvModality,
): string {
  const { seeds } = config.avMnist;
  const arms = rivalArms({ ...config, avMnist: { ...config.avMnist, scarce: [scarce] } });
  const counts = arms.map(({ key }) => runsOf(runs, key).length);
  if (counts.every((count) => count === seeds)) return counted(seeds, 'seed');
  const named = [...new Set(counts)]
    .sort((a, b) => b - a)
    .map((count) => `${count} of ${counts.filter((one) => one === count).length} cells`);
  return `${counted(seeds, 'seed')} when finished, so far ${named.join(', ')}`;
}

/** Every row but the upper bounds on samples without a partner, such as all MNIST test images; undefined if the runs have none. */
export function rivalAloneTable(results: AvResults, scarce: AvModality): Table | undefined {
  const { config, runs } = results;
  const samples = aloneDescription(runs, scarce);
  if (samples === undefined) return undefined;
  const rows = RIVAL_ROWS.filter(({ method }) => method !== 'upperBound').map((row): Row => ({
    method: title(row, scarce),
    ...aloneCells(results, { ...row, scarce }),
  }));
  return {
    name: `av-mnist-${scarce}-scarce-rivals-alone`,
    title: `${publishedTable('av-mnist', `${scarce}-scarce`).title}: every row, tested on ${samples}`,
    caption: `Accuracy in % on ${samples}, mean and standard deviation over seeds; columns: the share of training pairs that keep ${scarce === 'speech' ? 'their speech' : 'their image'}. ${whatRowsAre(results, scarce)}`,
    columns: [{ key: 'method', title: 'method' }, ...aloneColumns(config.avMnist.rates)],
    rows,
    notCompared: [0],
  };
}

/** A row that MCKD is compared with: the cell of each, at a rate. */
interface Comparison {
  row: AvRow;
  rate: number;
  own: string;
  other: string;
}

/** MCKD against each other row, both with encoders that start alike, where they share a seed. */
function comparisonsOf({ config, runs }: AvResults, scarce: AvModality): Comparison[] {
  return RIVAL_ROWS.filter(({ method }) => method !== 'upperBound' && method !== 'mckd')
    .flatMap((row) =>
      config.avMnist.rates.map((rate) => {
        const [own, other] = (['mckd', row.method] as const).map((method) =>
          avArm({ ...row, method, scarce, rate }),
        );
        return { row, rate, own, other };
      }),
    )
    .filter(({ own, other }) => pairedRuns(runs, own, other)[0].length > 0);
}

/** What runs were tested on: the test pairs, and samples without a partner, if there are any. */
function testsOf(runs: AvResults['runs'], scarce: AvModality): [SampleSet, string][] {
  const samples = aloneDescription(runs, scarce);
  const pairs: [SampleSet, string] = ['pairs', 'the test pairs'];
  return samples === undefined ? [pairs] : [pairs, ['alone', samples]];
}

/** MCKD against each other row on the largest test that the runs have, in sentences. */
export function rivalSentences(results: AvResults, scarce: AvModality): string[] {
  const { runs } = results;
  const [set, samples] = testsOf(runs, scarce).at(-1)!;
  const judged = comparisonsOf(results, scarce).map((one) => ({
    ...one,
    verdict: twoWayOf(runs, one.own, one.other, sampleMetric(set, 'chosen')).verdict,
  }));
  const named = (kind: 'better' | 'worse'): string =>
    judged
      .filter(({ verdict }) => verdict.kind === kind)
      .map(({ row, rate }) => `${title(row, scarce)} at ${percent(rate)}`)
      .join('; ') || 'none';
  const verdicts = judged.map(({ verdict }) => verdict);
  const single = verdicts.filter((one) => one.kind === 'untested' && one.why === 'one seed');
  const several = verdicts.filter((one) => !single.includes(one));
  const said = describeVerdicts(several.length > 0 ? several : single);
  const more = several.length > 0 && single.length > 0 ? `; ${single.length} have one seed` : '';
  return [
    `**Scarce ${scarce}.** MCKD minus every other row on ${samples}, encoders that start alike, epoch chosen on held-out pairs, ${judged.length} comparisons: ${said}${more}.`,
    `MCKD above: ${named('better')}. Below: ${named('worse')}.`,
  ];
}

/**
 * MCKD minus each other row, both with encoders that start alike, at the epoch chosen on held-out pairs, with intervals
 * over seeds and samples.
 */
export function rivalPairedTable(results: AvResults, scarce: AvModality): Table {
  const { config, runs } = results;
  const { rates } = config.avMnist;
  const tests = testsOf(runs, scarce);
  const found: Record<SampleSet, TwoWay[]> = { pairs: [], alone: [] };
  const comparisons = comparisonsOf(results, scarce);
  const compared = [...new Set(comparisons.map(({ row }) => title(row, scarce)))];
  const rows = compared.flatMap((method) =>
    tests.map(([set, samples]): Row => {
      const cells = comparisons
        .filter(({ row }) => title(row, scarce) === method)
        .map(({ rate, own, other }): [string, Cell] => {
          const one = twoWayOf(runs, own, other, sampleMetric(set, 'chosen'));
          found[set].push(one);
          return [String(rate), one.verdict];
        });
      return { method, samples, ...Object.fromEntries(cells) };
    }),
  );
  const power = tests.map(([set, samples]) => `on ${samples} ${describePower(found[set])}`);
  return {
    name: `av-mnist-${scarce}-scarce-rivals-paired`,
    title: `${publishedTable('av-mnist', `${scarce}-scarce`).title}: MCKD minus every other row`,
    caption:
      `Mean difference in points at the epoch chosen on held-out pairs, sample by sample, between runs that share a seed and encoders that start alike, ${describeTwoWay(config.avMnist.seeds)}; ${power.join('; ')}. ` +
      whatRowsAre(results, scarce),
    columns: [
      { key: 'method', title: 'MCKD minus' },
      { key: 'samples', title: 'tested on' },
      ...rates.map((rate): Column => ({ key: String(rate), title: percent(rate) })),
    ],
    rows,
  };
}
