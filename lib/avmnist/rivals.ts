/** The tables of all rows: printed numbers, ours, and the difference; and on samples without a partner. */
import { comparable } from '../datasets/provenance';
import { meanOf } from '../experiment/metrics';
import type { AvMethod, AvModality } from '../config';
import { counted } from '../base/words';
import { publishedCell, publishedTable } from '../published';
import { differenceTo, type Column, type Row, type Table } from '../report/tables';
import { aloneCells, aloneColumns, aloneDescription } from './alone-tables';
import { avArm, rivalRows, type AvRow } from './arms';
import { accuracy, type Selection } from './accuracy';
import type { AvResults } from './results';
import { METHOD_TITLES } from './titles';

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

function title({ method, pretrain }: AvRow): string {
  return `${METHOD_TITLES[method]}${pretrain === 'each' ? ', encoders trained alone first' : ''}`;
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
  const columns: Column[] = [{ key: 'method', title: 'method' }];
  for (const rate of rates) {
    const group = `${Math.round(rate * 100)} %`;
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
  const rows = rivalRows(scarce).map((row) => {
    const cells: Row = { method: title(row) };
    const printed = PRINTED[row.method];
    for (const rate of rates) {
      const own = meanOf(runs, avArm({ ...row, scarce, rate }), metric);
      cells[`ours-${rate}`] = own;
      if (printed === undefined || selection === 'chosenOnHeldOut') continue;
      const cell = publishedCell(published, printed, String(rate));
      cells[`published-${rate}`] = cell;
      cells[`difference-${rate}`] = alike ? differenceTo(own, cell) : null;
    }
    return cells;
  });
  return {
    name: `av-mnist-${scarce}-scarce-rivals${selection === 'bestOnTest' ? '' : '-held-out'}`,
    title: `${published.title}: every row`,
    caption:
      `Test accuracy in %, ${EPOCHS[selection]} of each run; columns: the share of training pairs that keep ${scarce === 'speech' ? 'their speech' : 'their image'}. ` +
      whatRowsAre({ config, data }),
    columns,
    rows,
    notCompared: [0, 1, 2],
  };
}

function whatRowsAre({ config, data }: Pick<AvResults, 'config' | 'data'>): string {
  const { seeds, epochs } = config.avMnist;
  const source = data.provenance === 'synthetic' ? 'SYNTHETIC SPEECH' : 'Real recordings';
  return (
    'Our reading: for this task nothing of the method is published but its idea or its name. SMIL is what its code does, with each stage chosen on held-out pairs. ' +
    `${source}: ${data.description}. Preset ${config.preset}: ${counted(seeds, 'seed')}, ${epochs} epochs; methods with schedules of their own are shortened in proportion below 60.`
  );
}

/** Every row but the upper bounds on samples without a partner, such as all MNIST test images; undefined if the runs have none. */
export function rivalAloneTable(results: AvResults, scarce: AvModality): Table | undefined {
  const { config, runs } = results;
  const samples = aloneDescription(runs, scarce);
  if (samples === undefined) return undefined;
  const rows = rivalRows(scarce)
    .filter(({ method }) => method !== 'upperBound')
    .map((row): Row => ({ method: title(row), ...aloneCells(results, { ...row, scarce }) }));
  return {
    name: `av-mnist-${scarce}-scarce-rivals-alone`,
    title: `${publishedTable('av-mnist', `${scarce}-scarce`).title}: every row, tested on ${samples}`,
    caption: `Accuracy in % on ${samples}, mean and standard deviation over seeds; columns: the share of training pairs that keep ${scarce === 'speech' ? 'their speech' : 'their image'}. ${whatRowsAre(results)}`,
    columns: [{ key: 'method', title: 'method' }, ...aloneColumns(config.avMnist.rates)],
    rows,
    notCompared: [0],
  };
}
