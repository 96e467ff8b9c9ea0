/** Tests on samples without a partner: all MNIST test images, or the recordings of speakers that no training pair has. */
import { SEEN_WITH_80_PERCENT, type TwoWay } from '../base/statistics';
import type { AvModality } from '../config';
import { comparable } from '../datasets/provenance';
import { meanIfAny, meanOf, runsOf, seedsOf, twoWayOf } from '../experiment/metrics';
import { publishedCell, publishedTable } from '../published';
import { differenceTo, type Cell, type Column, type Row, type Table } from '../report/tables';
import { avArm } from './arms';
import { sampleMetric, type SampleSet } from './measures';
import { caption, percent, RIVALS, ROWS, type AvResults } from './results';
import type { AvRun } from './run';

const EPOCHS = [
  { epoch: 'last', title: 'last epoch' },
  { epoch: 'chosen', title: 'chosen on held-out' },
] as const;

/** What the runs of a case were tested on without a partner; undefined if on nothing. */
export function aloneDescription(runs: readonly AvRun[], scarce: AvModality): string | undefined {
  const alone = runs.flatMap(({ predictions }) => predictions?.alone ?? []);
  return alone.find(({ modality }) => modality !== scarce)?.description;
}

const ABOUT: Record<AvModality, string> = {
  speech:
    'The 450 images of the pairs are among them. Printed numbers other than the lower bound are of 450 test pairs and belong to the table of those',
  image:
    'Their voices are in no training pair: how a method does with unseen speakers is a question of its own',
};

/** Accuracy of the methods that are tested with one modality; undefined if the runs have no such test. */
export function aloneTable(results: AvResults, scarce: AvModality): Table | undefined {
  const { config, runs, data } = results;
  const samples = aloneDescription(runs, scarce);
  if (samples === undefined) return undefined;
  const { rates } = config.avMnist;
  const published = publishedTable('av-mnist', `${scarce}-scarce`);
  const hasLowerBound = scarce === 'speech';
  const alike = comparable(data.protocol, published.protocol);
  const rows = ROWS.filter(({ method }) => method !== 'upperBound').map(({ method, title }) => {
    const cells: Row = { method: title, ...aloneCells(results, { method, scarce }) };
    if (method === 'lowerBound' && hasLowerBound) {
      const printed = publishedCell(published, 'lower-bound', String(rates[0]));
      cells.published = printed;
      const arm = avArm({ method, scarce, rate: rates[0] });
      cells.difference = alike
        ? differenceTo(meanOf(runs, arm, sampleMetric('alone', 'last')), printed)
        : null;
    }
    return cells;
  });
  return {
    name: `av-mnist-${scarce}-scarce-alone`,
    title: `Audiovision-MNIST, ${scarce} scarce, tested on ${samples}`,
    caption: caption(
      results,
      scarce,
      `Samples: ${samples}. ${ABOUT[scarce]}. Mean and standard deviation over seeds, at the last epoch and at the epoch chosen on held-out training pairs`,
    ),
    columns: [
      { key: 'method', title: 'method' },
      ...(hasLowerBound
        ? [
            { key: 'published', title: 'published' },
            { key: 'difference', title: 'last epoch − published' },
          ]
        : []),
      ...aloneColumns(rates),
    ],
    rows,
    notCompared: [0],
  };
}

/** A method's accuracy on samples without a partner, at each rate and choice of the epoch. */
export function aloneCells(
  { config, runs }: AvResults,
  cell: Omit<Parameters<typeof avArm>[0], 'rate'>,
): Row {
  const entries = config.avMnist.rates.flatMap((rate) =>
    EPOCHS.map(({ epoch }): [string, Cell] => [
      `${epoch}-${rate}`,
      meanIfAny(runs, avArm({ ...cell, rate }), sampleMetric('alone', epoch)),
    ]),
  );
  return Object.fromEntries(entries);
}

/** The columns of `aloneCells`. */
export function aloneColumns(rates: readonly number[]): Column[] {
  return rates.flatMap((rate) =>
    EPOCHS.map(({ epoch, title }): Column => ({
      ...{ key: `${epoch}-${rate}`, title, group: percent(rate) },
      best: 'highest',
    })),
  );
}

/**
 * MCKD minus its rivals on the test pairs and on these samples, with intervals over seeds and samples; undefined if there
 * is no such test.
 */
export function alonePairedTable(results: AvResults, scarce: AvModality): Table | undefined {
  const { config, runs } = results;
  const samples = aloneDescription(runs, scarce);
  if (samples === undefined) return undefined;
  const { rates } = config.avMnist;
  const titles: Record<SampleSet, string> = { pairs: 'the test pairs', alone: samples };
  const found: Record<SampleSet, TwoWay[]> = { pairs: [], alone: [] };
  const sets = ['pairs', 'alone'] as const;
  const rows = RIVALS.flatMap(({ method, title }) =>
    sets.flatMap((set) =>
      EPOCHS.map(({ epoch, title: at }): Row => {
        const cells = rates.map((rate) => {
          const [own, rival] = (['mckd', method] as const).map((one) =>
            avArm({ method: one, scarce, rate }),
          );
          const one = twoWayOf(runs, own, rival, sampleMetric(set, epoch));
          found[set].push(one);
          return [String(rate), one.verdict];
        });
        return {
          ...{ comparison: title, samples: titles[set], epoch: at },
          ...(Object.fromEntries(cells) as Row),
        };
      }),
    ),
  );
  const seeds = seedsOf(runsOf(runs, avArm({ method: 'mckd', scarce, rate: rates[0] })));
  return {
    name: `av-mnist-${scarce}-scarce-alone-paired`,
    title: `Audiovision-MNIST, ${scarce} scarce, on the test pairs and on ${samples}: effect of the weights and the distillation`,
    caption: caption(
      results,
      scarce,
      `Mean difference in points, sample by sample, between runs that share a seed, ${describeTwoWay(seeds)}. ${sets.map((set) => `On ${titles[set]}: ${describePower(found[set])}`).join('; ')}`,
    ),
    columns: [
      { key: 'comparison', title: 'comparison' },
      { key: 'samples', title: 'tested on' },
      { key: 'epoch', title: 'epoch' },
      ...rates.map((rate): Column => ({ key: String(rate), title: percent(rate) })),
    ],
    rows,
  };
}

/** For captions: the interval. */
export function describeTwoWay(seeds: number): string {
  return seeds === 1
    ? 'no interval, since there is one seed'
    : `with a 95 % interval over seeds and samples (two-way analysis of variance, ${seeds} seeds and all samples), which shows none where it holds 0`;
}

/** For captions: what comparisons could have shown. */
export function describePower(found: readonly TwoWay[]): string {
  const errors = found.flatMap(({ standardError }) => standardError ?? []);
  if (errors.length === 0) return 'nothing was tested';
  const least = errors.map((error) => SEEN_WITH_80_PERCENT * error);
  const [low, high] = [Math.min(...least), Math.max(...least)].map((points) => points.toFixed(2));
  return (
    `the least true difference that is seen with 80 % power, ${SEEN_WITH_80_PERCENT} standard errors, is ` +
    (low === high ? `${low} points` : `${low} to ${high} points`)
  );
}
